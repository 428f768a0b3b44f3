// SPDX-License-Identifier: BSL-1.0

#include <tidings/store/memory_ledger.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace tidings;

namespace {

PublicationRecord record_of(std::uint64_t number, std::string event = "e") {
  PublicationRecord record;
  record.id = {1, number};
  record.time = {static_cast<std::int64_t>(number)};
  record.event = std::move(event);
  record.places = {{"t", {7, number}}};
  return record;
}

void record(MemoryLedger& ledger, PublicationRecord publication) {
  int calls = 0;
  ledger.record(std::move(publication), [&](std::error_code ec) {
    ++calls;
    CHECK_FALSE(ec);
  });
  CHECK(calls == 1);
}

// The event of a publication; its error when it is not known.
std::string find(const MemoryLedger& ledger, std::uint64_t number) {
  std::string found;
  ledger.find({1, number}, [&](std::error_code ec, PublicationRecord publication) {
    found = ec ? ec.message() : publication.event;
    if (!ec) CHECK(publication.places.at(0).second.offset == number);
  });
  return found;
}

std::vector<std::uint64_t> recent(const MemoryLedger& ledger, std::size_t limit) {
  std::vector<std::uint64_t> numbers;
  ledger.recent(limit, [&](std::error_code ec, const std::vector<PublicationRecord>& list) {
    CHECK_FALSE(ec);
    for (const PublicationRecord& each : list) numbers.push_back(each.id.low);
  });
  return numbers;
}

const std::string unknown = std::error_code(errc::unknown_message).message();
using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("the memory ledger models a ledger", "[store][ledger]") { STATIC_CHECK(Ledger<MemoryLedger>); }

TEST_CASE("a publication is found by its id", "[store][ledger]") {
  MemoryLedger ledger;
  record(ledger, record_of(1, "one"));
  record(ledger, record_of(2, "two"));
  CHECK(find(ledger, 1) == "one");
  CHECK(find(ledger, 2) == "two");
  CHECK(find(ledger, 3) == unknown);
  const MemoryLedger copy = ledger;
  CHECK(find(copy, 2) == "two");
}

TEST_CASE("the newest publications are listed first", "[store][ledger]") {
  MemoryLedger ledger;
  CHECK(recent(ledger, 10).empty());
  for (std::uint64_t number = 1; number <= 5; ++number) record(ledger, record_of(number));
  CHECK(recent(ledger, 0).empty());
  CHECK(recent(ledger, 3) == Numbers{5, 4, 3});
  CHECK(recent(ledger, 100) == Numbers{5, 4, 3, 2, 1});
}

TEST_CASE("beyond the bound the oldest publications are forgotten", "[store][ledger]") {
  MemoryLedger ledger({.max_publications = 3});
  for (std::uint64_t number = 1; number <= 10; ++number) record(ledger, record_of(number));
  CHECK(recent(ledger, 100) == Numbers{10, 9, 8});
  CHECK(find(ledger, 7) == unknown);
  CHECK(find(ledger, 8) == "e");
  MemoryLedger smallest({.max_publications = 0});
  record(smallest, record_of(1));
  CHECK(find(smallest, 1) == "e");
}

// A record may be written again: a call whose answer was lost is repeated.
TEST_CASE("a publication recorded twice is one, and its latest word counts", "[store][ledger]") {
  MemoryLedger ledger({.max_publications = 3});
  record(ledger, record_of(1, "first"));
  record(ledger, record_of(2));
  record(ledger, record_of(1, "again"));
  CHECK(find(ledger, 1) == "again");
  CHECK(recent(ledger, 100).size() == 2);
  record(ledger, record_of(3));
  CHECK(find(ledger, 1) == "again");
  CHECK(find(ledger, 2) == "e");
}

TEST_CASE("threads record and look at the same time", "[store][ledger]") {
  MemoryLedger ledger({.max_publications = 100});
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([ledger, thread]() mutable {
      for (std::uint64_t i = 0; i < 500; ++i) {
        ledger.record(record_of(thread * 1000 + i), [](std::error_code) {});
        ledger.find({1, i}, [](std::error_code, const PublicationRecord&) {});
        ledger.recent(5, [](std::error_code, const std::vector<PublicationRecord>&) {});
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(recent(ledger, 1000).size() == 100);
}

TEST_CASE("places are bounded too, and the newest publication stays whatever it takes", "[store][ledger]") {
  MemoryLedger ledger({.max_publications = 100, .max_places = 10});
  const auto to_many = [](std::uint64_t number, std::size_t users) {
    PublicationRecord many = record_of(number);
    many.places.clear();
    for (std::size_t i = 0; i < users; ++i) many.places.emplace_back("@u" + std::to_string(i), Position{1, number});
    return many;
  };
  for (std::uint64_t number = 1; number <= 5; ++number) record(ledger, to_many(number, 4));
  CHECK(recent(ledger, 100) == Numbers{5, 4});
  // Written again it counts once.
  record(ledger, to_many(5, 4));
  record(ledger, to_many(5, 4));
  CHECK(recent(ledger, 100) == Numbers{5, 4});
  record(ledger, to_many(6, 50));
  CHECK(recent(ledger, 100) == Numbers{6});
  record(ledger, to_many(7, 1));
  CHECK(recent(ledger, 100) == Numbers{7});
}

TEST_CASE("proofs only grow, one for each user and topic, and are bounded", "[store][ledger]") {
  MemoryLedger ledger({.max_proofs = 3});
  const auto prove = [&](const std::string& user, const std::string& topic, Position position) {
    ledger.prove({{user, topic, position, Evidence::pong}}, [](std::error_code ec) { CHECK_FALSE(ec); });
  };
  const auto proofs = [&](const std::string& topic) {
    std::vector<Acknowledgement> list;
    ledger.proofs(topic, [&](std::error_code, std::vector<Acknowledgement> found) { list = std::move(found); });
    return list;
  };
  prove("alice", "t", {1, 5});
  prove("alice", "t", {1, 3});
  REQUIRE(proofs("t").size() == 1);
  CHECK(proofs("t")[0].user == "alice");
  CHECK(proofs("t")[0].position == Position{1, 5});
  CHECK(proofs("t")[0].evidence == Evidence::pong);
  // Under a new epoch the old number says nothing.
  prove("alice", "t", {2, 1});
  CHECK(proofs("t")[0].position == Position{2, 1});
  prove("bob", "t", {2, 1});
  prove("carol", "u", {1, 1});
  CHECK(proofs("t").size() == 2);
  prove("dave", "u", {1, 1});
  CHECK(proofs("t").size() == 1);  // who was proved first went
  CHECK(proofs("u").size() == 2);
  CHECK(proofs("nothing").empty());
}
