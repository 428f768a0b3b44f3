// SPDX-License-Identifier: BSL-1.0

#include <tidings/store/sqlite_file.hpp>
#include <tidings/store/sqlite_ledger.hpp>

#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/wait.h>

#include "conformance/ledger/asked_ledger.hpp"
#include "sqlite_fixture.hpp"
#include <unistd.h>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace tidings;
using sqlite_fixture::file_at;
using sqlite_fixture::Folder;

namespace {

using Told = support::Mailbox<std::error_code>;

SqliteFile::Done to(const std::shared_ptr<Told>& box) {
  return [box](std::error_code ec) { box->put(ec); };
}
std::error_code run(SqliteFile& file, const char* sql) {
  const auto box = std::make_shared<Told>();
  file.run([sql](store::SqliteDatabase& db) { db.execute(sql); }, to(box));
  return box->expect();
}

/// A piece of work that keeps the file until it is told to go on.
class Holder {
 public:
  explicit Holder(SqliteFile& file) {
    file.run(
        [this, go = go_.get_future().share()](store::SqliteDatabase&) {
          begun_.set_value();
          go.wait();
        },
        to(ended_));
    begun_.get_future().wait();
  }
  std::error_code release() {
    go_.set_value();
    return ended_->expect();
  }

 private:
  std::promise<void> begun_{};
  std::promise<void> go_{};
  std::shared_ptr<Told> ended_ = std::make_shared<Told>();
};

/// Two ends of a talk with a child, a byte at a time.
class Talk {
 public:
  Talk() {
    if (::pipe(there_.data()) != 0 || ::pipe(back_.data()) != 0) throw std::runtime_error("pipe");
    child_ = ::fork();
    in_ = is_child() ? there_[0] : back_[0];
    out_ = is_child() ? back_[1] : there_[1];
    // Whoever hears is told of the other's end.
    ::close(is_child() ? there_[1] : there_[0]);
    ::close(is_child() ? back_[0] : back_[1]);
  }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;
  ~Talk() {
    ::close(in_);
    ::close(out_);
    ::waitpid(child_, nullptr, 0);
  }
  bool is_child() const { return child_ == 0; }
  void say(char byte) { static_cast<void>(::write(out_, &byte, 1)); }
  char hear() {
    char byte = 0;
    static_cast<void>(::read(in_, &byte, 1));
    return byte;
  }

 private:
  std::array<int, 2> there_{};
  std::array<int, 2> back_{};
  pid_t child_ = -1;
  int in_ = -1;
  int out_ = -1;
};

// The other process of the test below; says what it has seen.
[[noreturn]] void live_as_p1(Talk& talk, const std::string& path) {
  talk.hear();
  SqliteLedger ledger{file_at(path)};
  conformance::Asked asked(ledger);
  asked.renew("p1", {3000});
  const std::vector<AttemptLine> lines = asked.open({conformance::send_to("alice"), conformance::send_to("bob")});
  asked.begin({lines[1].attempt.id}, "p1", {1500});
  talk.say('r');
  talk.hear();
  talk.say(asked.end(conformance::end_of(lines[1], AttemptState::accepted)).attempt.id == 0 ? 'n' : 'y');
  talk.hear();
  ::_exit(0);
}

}  // namespace

TEST_CASE("what cannot be written is told, and takes nothing else with it", "[store][sqlite]") {
  const Folder folder;
  CHECK_THROWS_AS(SqliteFile(folder.path("no/such/folder.db")), std::system_error);
  SqliteFile file = file_at(folder.path());
  SqliteLedger ledger{file};
  std::promise<std::error_code> failed;
  std::promise<std::error_code> after;
  file.run(
      [](store::SqliteDatabase& db) {
        db.execute("INSERT INTO leases VALUES ('x', 1)");
        db.execute("nonsense");
      },
      [&](std::error_code ec) { failed.set_value(ec); });
  file.run([](store::SqliteDatabase& db) { db.execute("INSERT INTO leases VALUES ('x', 2)"); },
           [&](std::error_code ec) { after.set_value(ec); });
  CHECK(failed.get_future().get() == errc::store_unavailable);
  CHECK_FALSE(after.get_future().get());
}

TEST_CASE("work beyond the bound is refused at once, and what waits is done", "[store][sqlite]") {
  const Folder folder;
  SqliteFile file(folder.path(), {.survives_power_loss = false, .max_waiting = 2});
  Holder holder(file);
  const auto waiting = std::make_shared<Told>();
  const auto refused = std::make_shared<Told>();
  const auto work = [](store::SqliteDatabase&) {};
  file.run(work, to(waiting));
  file.run(work, to(waiting));
  file.run(work, to(refused));
  REQUIRE(refused->size() == 1);
  CHECK(refused->expect() == errc::queue_full);
  CHECK_FALSE(holder.release());
  CHECK_FALSE(waiting->expect());
  CHECK_FALSE(waiting->expect());
}

TEST_CASE("a file that another one keeps is told of, and written later", "[store][sqlite]") {
  const Folder folder;
  SqliteFile other = file_at(folder.path());
  SqliteFile file(folder.path(), {.busy_timeout = std::chrono::milliseconds(1)});
  Holder holder(other);
  CHECK(run(file, "INSERT INTO leases VALUES ('x', 1)") == errc::store_unavailable);
  CHECK_FALSE(holder.release());
  CHECK_FALSE(run(file, "INSERT INTO leases VALUES ('x', 2)"));
}

TEST_CASE("on a full disk every call is answered, and nothing is half written", "[store][sqlite]") {
  const Folder folder;
  SqliteFile file = file_at(folder.path());
  SqliteLedger ledger{file};
  conformance::Asked asked(ledger);
  asked.open({conformance::send_to("alice")});
  // As many pages as there are.
  REQUIRE_FALSE(run(file, "PRAGMA max_page_count = 1"));
  SendRecord big = conformance::send_to("bob");
  big.body.assign(1'000'000, 'x');
  const auto told = std::make_shared<Told>();
  {
    Holder holder(file);
    for (int i = 0; i < 3; ++i) {
      ledger.open({conformance::send_to("bob"), big}, AttemptState::queued,
                  [told](std::error_code ec, const std::vector<AttemptLine>&) { told->put(ec); });
    }
    static_cast<void>(holder.release());
  }
  for (int i = 0; i < 3; ++i) CHECK(told->expect() == errc::store_unavailable);
  REQUIRE_FALSE(run(file, "PRAGMA max_page_count = 1000000"));
  CHECK(asked.history("bob").empty());
  CHECK(asked.history("alice").size() == 1);
  CHECK(asked.open({big}).size() == 1);
}

TEST_CASE("the last handle of a file may go with a completion", "[store][sqlite]") {
  const Folder folder;
  const auto told = std::make_shared<Told>();
  {
    auto file = std::make_unique<SqliteFile>(file_at(folder.path()));
    Holder holder(*file);
    file->run([](store::SqliteDatabase& db) { db.execute("INSERT INTO leases VALUES ('x', 1)"); },
              [told, last = *file](std::error_code ec) { told->put(ec); });
    file.reset();
    CHECK_FALSE(holder.release());
  }
  CHECK_FALSE(told->expect());
  SqliteFile again = file_at(folder.path());
  CHECK(run(again, "INSERT INTO leases VALUES ('x', 2)") == errc::store_unavailable);
}

TEST_CASE("processes that make one file at the same time all have it", "[store][sqlite][process]") {
  const Folder folder;
  for (int round = 0; round < 25; ++round) {
    const std::string path = folder.path("push" + std::to_string(round) + ".db");
    std::vector<std::unique_ptr<Talk>> talks;
    for (int i = 0; i < 3; ++i) {
      talks.push_back(std::make_unique<Talk>());
      if (!talks.back()->is_child()) continue;
      talks.back()->hear();
      try {
        SqliteFile file = file_at(path);
        talks.back()->say(run(file, "DELETE FROM leases") ? 'n' : 'y');
      } catch (const std::system_error&) {
        talks.back()->say('n');
      }
      ::_exit(0);
    }
    for (const auto& each : talks) each->say('g');
    for (const auto& each : talks) CHECK(each->hear() == 'y');
  }
}

TEST_CASE("two processes share the leases of a file", "[store][sqlite][process]") {
  const Folder folder;
  Talk talk;
  if (talk.is_child()) live_as_p1(talk, folder.path());
  talk.say('g');
  SqliteLedger ledger{file_at(folder.path())};
  conformance::Asked asked(ledger);
  REQUIRE(talk.hear() == 'r');
  CHECK(asked.adopt("oa", "p2", {2999}).empty());
  const std::vector<AttemptLine> adopted = asked.adopt("oa", "p2", {3000});
  CHECK(adopted.size() == 2);
  if (adopted.size() == 2) CHECK(adopted[1].attempt.state == AttemptState::sending);
  talk.say('g');
  CHECK(talk.hear() == 'n');
  if (adopted.size() == 2) {
    CHECK(asked.end(conformance::end_of(adopted[1], AttemptState::unknown)).attempt.state == AttemptState::unknown);
  }
  talk.say('g');
}
