// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/client_request.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::chrono_literals;

namespace {

ClientRequest asked(const std::string& query, std::vector<Header> headers = {}) {
  RequestSnapshot snapshot;
  snapshot.target = "/push" + query;
  snapshot.peer = "10.0.0.1:5000";
  snapshot.headers = std::move(headers);
  return read_client_request(snapshot);
}

std::string token(std::uint64_t tag, std::uint64_t offset) { return to_token(tag, {77, offset}); }

// Cursors by their first letter, offsets in the order of tags: "1:10 2:20".
std::string reading(const ClientRequest& request) {
  std::string line = request.cursor_unreadable ? "unreadable" : request.cursor ? "" : "none";
  for (std::uint64_t tag = 1; tag <= 3 && request.cursor; ++tag) {
    const std::optional<Position> position = request.cursor->find(tag);
    if (!position) continue;
    if (!line.empty()) line += ' ';
    line += std::to_string(tag) + ":" + std::to_string(position->offset);
  }
  if (request.conditional) line += " conditional";
  return line;
}

// Shorthand of the tables: `A` = topics 1, 2 at 10, 20; `B` = topics 2, 3 at 99, 33; `T` = a bare token of topic 1.
std::string spelled(const std::string& letter) {
  if (letter == "A") return "1" + token(1, 10) + token(2, 20);
  if (letter == "B") return "1" + token(2, 99) + token(3, 33);
  if (letter == "T") return token(1, 5);
  return letter;
}

}  // namespace

// DESIGN 10: `Last-Event-ID` beats `after=` token by token; `If-None-Match` is another spelling of `after`.
TEST_CASE("the cursor is read wherever the client put it", "[protocol][client_request]") {
  auto [after, match, last, read] = GENERATE(table<const char*, const char*, const char*, std::string>({
      {nullptr, nullptr, nullptr, "none"},
      {"A", nullptr, nullptr, "1:10 2:20"},
      {"T", nullptr, nullptr, "unreadable"},
      {"1", nullptr, nullptr, ""},
      {"", nullptr, nullptr, "none"},
      {"junk", nullptr, nullptr, "unreadable"},
      {nullptr, "A", nullptr, "1:10 2:20 conditional"},
      {nullptr, "1", nullptr, " conditional"},
      {nullptr, "junk", nullptr, "unreadable conditional"},
      {nullptr, nullptr, "B", "2:99 3:33"},
      {nullptr, nullptr, "", "none"},
      {nullptr, nullptr, "junk", "unreadable"},
      // A reconnecting EventSource keeps its old URL, so the header is newer, topic by topic.
      {"A", nullptr, "B", "1:10 2:99 3:33"},
      {"B", nullptr, "A", "1:10 2:20 3:33"},
      {"A", nullptr, "T", "1:10 2:20"},
      {"A", nullptr, "1", "1:10 2:20"},
      {"A", nullptr, "", "1:10 2:20"},
      {nullptr, "A", "B", "1:10 2:99 3:33 conditional"},
      // The query is the client's own word, the validator may be its cache's.
      {"A", "B", nullptr, "1:10 2:20"},
      {"junk", "B", nullptr, "unreadable"},
      // One readable spelling is enough.
      {"junk", nullptr, "B", "2:99 3:33"},
      {"A", nullptr, "junk", "1:10 2:20"},
      {nullptr, "junk", "B", "2:99 3:33 conditional"},
      {"junk", nullptr, "junk", "unreadable"},
  }));
  std::string query;
  std::vector<Header> headers;
  if (after != nullptr) query = "?after=" + spelled(after);
  if (match != nullptr) headers.push_back({"If-None-Match", "\"" + spelled(match) + "\""});
  if (last != nullptr) headers.push_back({"Last-Event-ID", spelled(last)});
  CAPTURE(query, match, last);
  CHECK(reading(asked(query, headers)) == read);
}

TEST_CASE("a validator that holds no cursor is no cursor", "[protocol][client_request]") {
  const std::string value = GENERATE(values<std::string>({"*", "", "\"\"", "1", "\"open", "W/", "\"a\" \"b\""}));
  CHECK(reading(asked("", {{"if-none-match", value}})) == "none");
}

// RFC 9110 13.1.2: weak comparison, since proxies that compress make tags weak.
TEST_CASE("a weak validator counts like a strong one", "[protocol][client_request]") {
  CHECK(reading(asked("", {{"if-none-match", "W/\"" + spelled("A") + "\""}})) == "1:10 2:20 conditional");
  CHECK(reading(asked("", {{"if-none-match", "\"" + spelled("A") + "\", \"x\""}})) == "1:10 2:20 conditional");
}

TEST_CASE("more tokens than a session may have topics cannot be read", "[protocol][client_request]") {
  std::string cursor = "1";
  for (std::uint64_t tag = 1; tag <= 64; ++tag) cursor += token(tag, tag);
  CHECK(asked("?after=" + cursor).cursor->size() == 64);
  CHECK(asked("?after=" + cursor + token(65, 65)).cursor_unreadable);
}

TEST_CASE("the wait is in whole seconds, and at most an hour", "[protocol][client_request]") {
  auto [query, wait] = GENERATE(table<std::string, std::chrono::milliseconds>({
      {"", 0ms},
      {"?wait", 0ms},
      {"?wait=", 0ms},
      {"?wait=0", 0ms},
      {"?wait=1", 1s},
      {"?wait=25", 25s},
      {"?wait=0025", 25s},
      {"?wait=3600", 3600s},
      {"?wait=3601", 3600s},
      {"?wait=18446744073709551615", 3600s},
      {"?wait=18446744073709551616", 0ms},
      {"?wait=99999999999999999999999", 0ms},
      {"?wait=-1", 0ms},
      {"?wait=+1", 0ms},
      {"?wait=%2B1", 0ms},
      {"?wait=1.5", 0ms},
      {"?wait=1s", 0ms},
      {"?wait=0x10", 0ms},
      {"?wait=%32", 2s},
      {"?wait=1%00", 0ms},
      {"?wait=5&wait=9", 5s},
      {"?Wait=5", 0ms},
  }));
  CAPTURE(query);
  CHECK(asked(query).wait == wait);
}

TEST_CASE("the limit is clamped to 1 .. 1000", "[protocol][client_request]") {
  auto [query, limit] = GENERATE(table<std::string, std::size_t>({
      {"", 100},
      {"?limit=0", 1},
      {"?limit=1", 1},
      {"?limit=999", 999},
      {"?limit=1000", 1000},
      {"?limit=1001", 1000},
      {"?limit=18446744073709551615", 1000},
      {"?limit=18446744073709551616", 100},
      {"?limit=-1", 100},
      {"?limit=ten", 100},
      {"?limit=", 100},
  }));
  CAPTURE(query);
  CHECK(asked(query).limit == limit);
}

TEST_CASE("a device is 1 to 64 letters, digits, underscores and hyphens, or nothing", "[protocol][client_request]") {
  auto [query, device] = GENERATE(table<std::string, std::string>({
      {"", ""},
      {"?device=", ""},
      {"?device=phone-1_A", "phone-1_A"},
      {"?device=" + std::string(64, 'x'), std::string(64, 'x')},
      {"?device=" + std::string(65, 'x'), ""},
      {"?device=a%0Ab", ""},
      {"?device=a+b", ""},
      {"?device=a.b", ""},
      {"?device=%C3%A9", ""},
      {"?device=a%00", ""},
      {"?device=%61", "a"},
  }));
  CAPTURE(query);
  CHECK(asked(query).device == device);
}

TEST_CASE("the start, the ids and the topics are read by their words", "[protocol][client_request]") {
  using From = ClientRequest::From;
  CHECK(asked("").from == From::unsaid);
  CHECK(asked("?from=top").from == From::top);
  CHECK(asked("?from=start").from == From::start);
  CHECK(asked("?from=TOP").from == From::unsaid);
  CHECK(asked("?from=").from == From::unsaid);
  CHECK_FALSE(asked("").own_ids);
  CHECK(asked("?ids=own").own_ids);
  CHECK_FALSE(asked("?ids=shared").own_ids);
  CHECK_FALSE(asked("?ids").own_ids);
  using Topics = std::vector<std::string>;
  CHECK(asked("").topics.empty());
  CHECK(asked("?topics=a,b&topics=c").topics == Topics{"a", "b", "c"});
  CHECK(asked("?topics=%40alice,a%2Cb").topics == Topics{"@alice", "a,b"});
  CHECK(asked("").peer == "10.0.0.1:5000");
}

TEST_CASE("no target at all is a request for nothing in particular", "[protocol][client_request]") {
  const ClientRequest request = read_client_request({});
  CHECK(request.topics.empty());
  CHECK_FALSE(request.cursor);
  CHECK_FALSE(request.cursor_unreadable);
  CHECK(request.limit == 100);
}

TEST_CASE("a number in the query is all of its value", "[protocol][client_request]") {
  CHECK(query_number("/p?n=0", "n") == 0U);
  CHECK(query_number("/p?n=18446744073709551615", "n") == ~std::uint64_t{0});
  CHECK(query_number("/p?n=18446744073709551616", "n") == std::nullopt);
  CHECK(query_number("/p?n=", "n") == std::nullopt);
  CHECK(query_number("/p?n= 1", "n") == std::nullopt);
  CHECK(query_number("/p", "n") == std::nullopt);
}
