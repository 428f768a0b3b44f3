// SPDX-License-Identifier: BSL-1.0

#include <catch2/catch_test_macros.hpp>

#include "conformance/http/kit.hpp"

#include <chrono>
#include <string>
#include <thread>

using namespace conformance;
using namespace std::chrono_literals;
using support::get;
using support::RawAnswer;
using support::RawClient;
using support::RawHead;

TEST_CASE("an answer comes late and from a foreign thread", "[conformance][http]") {
  if (!server_facts().answers.late_answer) SKIP("late_answer");
  Kit kit;
  const auto asked = support::Clock::now();
  RawClient client = kit.ask(get("/answer/1"));
  OpenAnswer answer = kit.next_answer();
  CHECK(answer.request().method == "GET");
  CHECK(answer.request().target == "/answer/1");
  CHECK(answer.request().version == 11);
  // The lateness is what is tested.
  std::this_thread::sleep_until(asked + 300ms);
  answer.respond({200, {{"Content-Type", "application/json"}, {"X-Late", "1"}}}, "{\"late\":true}");
  const RawAnswer got = support::read_answer(client);
  CHECK(support::Clock::now() - asked >= 300ms);
  CHECK(got.head.status == 200);
  CHECK(got.head.value("X-Late") == "1");
  CHECK(got.body == "{\"late\":true}");

  REQUIRE_FALSE(got.head.says_close());
  client.send(get("/answer/2"));
  kit.next_answer().respond(json_head(), "2");
  CHECK(support::read_answer(client).body == "2");
}

TEST_CASE("a body of 8 MB arrives whole and with its length", "[conformance][http]") {
  constexpr std::size_t size = 8'000'000;
  Kit kit;
  RawClient client = kit.ask(get("/answer"));
  std::string body(size, 'p');
  for (std::size_t i = 0; i < size; i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  kit.next_answer().respond(json_head(), body);
  const RawAnswer got = support::read_answer(client);
  CHECK(got.head.count("Content-Length") == 1);
  CHECK(got.head.value("Content-Length") == std::to_string(size));
  CHECK(got.head.count("Transfer-Encoding") == 0);
  // Not by CHECK's own comparison: it would print both.
  CHECK((got.body == body));
}

TEST_CASE("an answer has the headers that were given, and each once", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask(get("/answer"));
  kit.next_answer().respond(
      {404, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}, {"X-Custom", "a b; c=\"d\""}}}, "{}");
  const RawAnswer got = support::read_answer(client);
  CHECK(got.head.status == 404);
  CHECK(got.head.count("Content-Type") == 1);
  CHECK(got.head.value("Content-Type") == "application/json");
  CHECK(got.head.count("Cache-Control") == 1);
  CHECK(got.head.value("Cache-Control") == "no-store");
  CHECK(got.head.value("X-Custom") == "a b; c=\"d\"");
  CHECK(got.head.count("Content-Length") == 1);
  CHECK(got.body == "{}");
}

TEST_CASE("an answer to HEAD has a head only", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask("HEAD /answer/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  OpenAnswer first = kit.next_answer();
  CHECK(first.request().method == "HEAD");
  first.respond(json_head(), "{\"body\":1}");
  const RawHead head = support::read_head(client);
  CHECK(head.status == 200);
  CHECK(head.count("Transfer-Encoding") == 0);
  if (head.says_close()) {
    CHECK(client.read_to_end().empty());
    return;
  }
  client.send(get("/answer/2"));
  kit.next_answer().respond(json_head(), "2");
  // A body would be here instead.
  CHECK(support::read_answer(client).body == "2");
}

TEST_CASE("an answer's header cannot smuggle another one in", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask(get("/answer", "Connection: close\r\n"));
  kit.next_answer().respond({200, {{"X-User", "eve\r\nX-Injected: 1\r\n\r\nbody"}}}, "{}");
  const std::string got = client.read_to_end();
  CHECK(support::lower(got).find("x-injected") == std::string::npos);
  CHECK_FALSE(got.starts_with("HTTP/1.1 200"));
}

TEST_CASE("the second answer to a request is not sent", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask(get("/answer/1"));
  OpenAnswer answer = kit.next_answer();
  answer.respond(json_head(), "first");
  answer.respond({500, {}}, "second");
  CHECK(support::read_answer(client).body == "first");
  client.send(get("/answer/2"));
  OpenAnswer next = kit.next_answer();
  answer.respond({500, {}}, "third");
  next.respond(json_head(), "of the next request");
  CHECK(support::read_answer(client).body == "of the next request");
}

TEST_CASE("a responder that is dropped answers 503", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask(get("/answer"));
  { const OpenAnswer dropped = kit.next_answer(); }
  CHECK(support::read_answer(client).head.status == 503);
}

TEST_CASE("an answer after the client has left goes nowhere", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask(get("/answer/1"));
  OpenAnswer late = kit.next_answer();
  client.reset();
  late.respond(json_head(), std::string(1'000'000, 'x'));
  RawClient other = kit.ask(get("/answer/2"));
  kit.next_answer().respond(json_head(), "2");
  CHECK(support::read_answer(other).body == "2");
  late.respond(json_head(), "again");
}

TEST_CASE("a connection is used again and again", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.connect();
  for (int i = 0; i < 3; ++i) {
    client.send(get("/answer/" + std::to_string(i)));
    OpenAnswer answer = kit.next_answer();
    CHECK(answer.request().target == "/answer/" + std::to_string(i));
    answer.respond(json_head(), std::to_string(i));
    const RawAnswer got = support::read_answer(client);
    REQUIRE_FALSE(got.head.says_close());
    CHECK(got.body == std::to_string(i));
  }
}

TEST_CASE("a request sent before the answer to the one before is not lost", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask(get("/answer/1"));
  OpenAnswer first = kit.next_answer();
  // While the server looks after the client of the first, long enough for whoever probes to have probed.
  client.send(get("/answer/2"));
  CHECK_FALSE(first.gone()->reaches(1, 2 * server_facts().tick));
  first.respond(json_head(), "1");
  CHECK(support::read_answer(client).body == "1");
  OpenAnswer second = kit.next_answer();
  CHECK(second.request().target == "/answer/2");
  second.respond(json_head(), "2");
  CHECK(support::read_answer(client).body == "2");
}
