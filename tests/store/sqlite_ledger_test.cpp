// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/random.hpp>
#include <tidings/store/sqlite_ledger.hpp>
#include <tidings/store/sqlite_token_store.hpp>
#include <tidings/store_concepts.hpp>

#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/wait.h>

#include "conformance/ledger/attempts_conformance.hpp"
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace tidings;
using conformance::Asked;
using conformance::send_to;

static_assert(Ledger<SqliteLedger> && AttemptLedger<SqliteLedger> && wechat::ReceiptLedger<SqliteLedger>);
static_assert(wechat::TokenStore<SqliteTokenStore>);

namespace {

/// A folder that is gone with this.
class Folder {
 public:
  Folder() {
    if (::mkdtemp(name_) == nullptr) throw std::runtime_error("no folder");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(name_); }
  std::string path(const std::string& name = "push.db") const { return std::string(name_) + "/" + name; }

 private:
  char name_[32] = "/tmp/tidings-db-XXXXXX";
};

/// No sync of the disk: what the end of a process leaves is the same.
SqliteFile file_at(const std::string& path) { return SqliteFile(path, {.survives_power_loss = false}); }

template <class Result, class F>
std::pair<std::error_code, Result> said(F ask) {
  auto box = std::make_shared<support::Mailbox<std::pair<std::error_code, Result>>>();
  ask(Completion<Result>([box](std::error_code ec, Result result) { box->put({ec, std::move(result)}); }));
  return box->expect();
}

}  // namespace

TEST_CASE("attempts in a file do what every ledger does", "[store][sqlite]") {
  const Folder folder;
  int number = 0;
  conformance::attempts_conform(
      [&] { return SqliteLedger(file_at(folder.path("push" + std::to_string(++number) + ".db"))); });
}

TEST_CASE("what was acknowledged is there when the file is opened again", "[store][sqlite]") {
  const Folder folder;
  {
    SqliteLedger ledger{SqliteFile(folder.path())};
    Asked asked(ledger);
    const AttemptLine line = asked.open({send_to("alice")}).at(0);
    conformance::bring(asked, line, AttemptState::accepted, "3557254367693750277");
  }
  SqliteLedger ledger{SqliteFile(folder.path())};
  const std::optional<AttemptLine> found = Asked(ledger).find("oa", "3557254367693750277");
  REQUIRE(found);
  SendRecord expected = send_to("alice");
  expected.id = found->send.id;
  CHECK(found->send == expected);
}

TEST_CASE("publications and proofs are kept", "[store][sqlite]") {
  const Folder folder;
  SqliteLedger ledger{file_at(folder.path())};
  const auto done = std::make_shared<support::Tally>();
  const PublicationRecord first{{1, 1}, {5}, "created", {{"orders", {7, 1}}, {"@alice", {8, 2}}}};
  ledger.record(first, [done](std::error_code ec) { done->add(ec ? 100 : 1); });
  ledger.record({{1, 2}, {6}, "", {{"orders", {7, 2}}}}, [done](std::error_code ec) { done->add(ec ? 100 : 1); });
  ledger.prove({{"alice", "orders", {7, 2}, Evidence::pong}, {"alice", "orders", {7, 1}, Evidence::ack}},
               [done](std::error_code ec) { done->add(ec ? 100 : 1); });
  REQUIRE(done->reaches(3));
  const auto [ec, found] = said<PublicationRecord>([&](auto each) { ledger.find(MessageId{1, 1}, std::move(each)); });
  CHECK_FALSE(ec);
  CHECK(found.event == "created");
  CHECK(found.places == first.places);
  CHECK(said<PublicationRecord>([&](auto each) {
          ledger.find(MessageId{9, 9}, std::move(each));
        }).first == errc::unknown_message);
  const auto recent =
      said<std::vector<PublicationRecord>>([&](auto each) { ledger.recent(1, std::move(each)); }).second;
  REQUIRE(recent.size() == 1);
  CHECK(recent[0].id == MessageId{1, 2});
  const auto proofs =
      said<std::vector<Acknowledgement>>([&](auto each) { ledger.proofs("orders", std::move(each)); }).second;
  REQUIRE(proofs.size() == 1);
  CHECK(proofs[0].position == Position{7, 2});
  CHECK(proofs[0].evidence == Evidence::pong);
}

TEST_CASE("a token is one record, whoever writes it", "[store][sqlite][token]") {
  const Folder folder;
  SqliteTokenStore store{file_at(folder.path())};
  SqliteTokenStore other{file_at(folder.path())};
  const auto write = [](SqliteTokenStore& into, std::uint64_t expected, wechat::TokenRecord record) {
    return said<bool>([&](auto done) { into.write("key", expected, std::move(record), std::move(done)); }).second;
  };
  const auto claim = [](SqliteTokenStore& from, const std::string& owner, std::int64_t now, std::int64_t until) {
    return said<bool>([&](auto done) { from.claim({"key", owner, {now}, {until}}, std::move(done)); }).second;
  };
  const auto read = [](SqliteTokenStore& from) {
    return said<wechat::TokenRecord>([&](auto done) { from.read("key", std::move(done)); }).second;
  };
  CHECK(read(store) == wechat::TokenRecord());
  CHECK(claim(store, "a", 0, 10));
  CHECK_FALSE(claim(other, "b", 9, 19));
  CHECK(claim(store, "a", 5, 15));
  CHECK(write(other, 0, {"one", {7}, 1}));
  CHECK_FALSE(write(store, 0, {"late", {9}, 1}));
  CHECK(read(store) == wechat::TokenRecord{"one", {7}, 1});
  CHECK(claim(other, "b", 15, 20));
  const auto released = std::make_shared<support::Tally>();
  store.release("key", "a", [released](std::error_code) { released->add(); });
  store.release("key", "b", [released](std::error_code) { released->add(); });
  REQUIRE(released->reaches(2));
  CHECK(claim(store, "a", 16, 20));
}

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

TEST_CASE("many who write at once share transactions, and each hears of its own", "[store][sqlite]") {
  const Folder folder;
  SqliteLedger ledger{SqliteFile(folder.path())};
  std::vector<std::thread> threads;
  const auto opened = std::make_shared<support::Tally>();
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 250; ++j) {
        ledger.open({send_to("u" + std::to_string(i))}, AttemptState::queued,
                    [opened](std::error_code ec, const std::vector<AttemptLine>& lines) {
                      if (!ec && lines.size() == 1) opened->add();
                    });
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(opened->reaches(1000));
  CHECK(Asked(ledger).history("u3", 1000).size() == 250);
}

// A child opens rows, says so in a pipe as soon as each is acknowledged, and is killed somewhere on the way.
TEST_CASE("a process that is killed leaves every row that was acknowledged", "[store][sqlite][kill]") {
  const Folder folder;
  delivery::Random random(11);
  std::size_t all = 0;
  for (int round = 0; round < 200; ++round) {
    const std::string path = folder.path("push" + std::to_string(round) + ".db");
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      SqliteLedger ledger{file_at(path)};
      for (std::uint64_t i = 1; i < 1'000'000; ++i) {
        ledger.open({send_to("alice", i)}, AttemptState::sending,
                    [out = ends[1]](std::error_code ec, const std::vector<AttemptLine>& lines) {
                      const std::uint64_t id = ec ? 0 : lines.at(0).send.message.low;
                      if (id != 0 && ::write(out, &id, sizeof id) != sizeof id) ::_exit(2);
                    });
        if (i % 8 == 0) ::usleep(200);
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    const auto after = static_cast<std::size_t>(1 + 300 * random.uniform());
    std::vector<std::uint64_t> acknowledged;
    std::uint64_t id = 0;
    while (::read(ends[0], &id, sizeof id) == sizeof id) {
      acknowledged.push_back(id);
      if (acknowledged.size() == after) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    SqliteLedger ledger{file_at(path)};
    Asked asked(ledger);
    bool found = true;
    for (const std::uint64_t each : acknowledged) {
      const std::vector<AttemptLine> lines = asked.attempts({5, each});
      found = found && lines.size() == 1 && lines[0].attempt.state == AttemptState::sending;
    }
    CHECK(found);
    // Whoever comes next has them all.
    CHECK(asked.adopt("oa", "p2", {3000}, 1'000'000).size() >= acknowledged.size());
    all += acknowledged.size();
  }
  CHECK(all > 200);
}
