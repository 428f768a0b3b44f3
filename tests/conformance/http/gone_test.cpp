// SPDX-License-Identifier: BSL-1.0

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "conformance/http/kit.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace conformance;
using namespace std::chrono_literals;
using support::get;
using support::RawClient;

namespace {

void leave(RawClient& client, bool with_reset) {
  if (with_reset) {
    client.reset();
  } else {
    client.close();
  }
}

// Writes until the client is known to be gone; the time it took.
support::Clock::duration write_until_over(OpenStream& stream, const std::string& bytes, std::chrono::milliseconds pause,
                                          std::chrono::milliseconds limit) {
  const auto begun = support::Clock::now();
  StreamEvents& events = *stream.events();
  while (support::Clock::now() - begun < limit) {
    stream.write(bytes);
    if (!stream.written() || events.gone.reaches(1, pause)) break;
  }
  return support::Clock::now() - begun;
}

}  // namespace

TEST_CASE("a client that leaves an active stream is noticed", "[conformance][http]") {
  const bool with_reset = GENERATE(false, true);
  const auto limit = 1s * support::slowness;
  Kit kit;
  RawClient client = kit.ask(get("/stream"));
  std::shared_ptr<StreamEvents> events;
  {
    OpenStream stream = kit.next_started_stream();
    events = stream.events();
    stream.write(event(0));
    REQUIRE(stream.written());
    client.read_until("\n\n");
    leave(client, with_reset);
    CHECK(write_until_over(stream, event(1), 50ms, limit) < limit);
    CHECK(events->completed.reaches(stream.begun()));
    stream.write(event(2));
    CHECK_FALSE(stream.written());
    CHECK(events->completed.count() == stream.begun());
  }
  CHECK(events->gone.count() <= 1);
}

TEST_CASE("a client that leaves an idle stream is noticed", "[conformance][http]") {
  if (!server_facts().streams.gone_while_idle) SKIP("gone_while_idle");
  const bool with_reset = GENERATE(false, true);
  Kit kit;
  RawClient client = kit.ask(get("/stream"));
  OpenStream stream = kit.next_started_stream();
  support::read_head(client);
  leave(client, with_reset);
  CHECK(stream.events()->gone.reaches(1, 2 * server_facts().tick * support::slowness));
  stream.write(event(0));
  CHECK_FALSE(stream.written());
  CHECK(stream.events()->gone.count() == 1);
}

TEST_CASE("a client that leaves a stream is noticed by its heartbeat", "[conformance][http]") {
  const bool with_reset = GENERATE(false, true);
  const auto limit = 3s * support::slowness;
  Kit kit;
  RawClient client = kit.ask(get("/stream"));
  OpenStream stream = kit.next_started_stream();
  support::read_head(client);
  leave(client, with_reset);
  CHECK(write_until_over(stream, ":\n\n", 1s, limit) < limit);
  CHECK(stream.events()->completed.reaches(stream.begun()));
}

TEST_CASE("a client that leaves while it waits for an answer is noticed", "[conformance][http]") {
  if (!server_facts().answers.gone_while_idle) SKIP("gone_while_idle");
  const bool with_reset = GENERATE(false, true);
  Kit kit;
  RawClient client = kit.ask(get("/answer/1"));
  OpenAnswer answer = kit.next_answer();
  leave(client, with_reset);
  CHECK(answer.gone()->reaches(1, 2 * server_facts().tick * support::slowness));
  answer.respond(json_head(), "late");

  RawClient other = kit.ask(get("/answer/2"));
  kit.next_answer().respond(json_head(), "2");
  CHECK(support::read_answer(other).body == "2");
  CHECK(answer.gone()->count() == 1);
}

TEST_CASE("nobody is called gone who got an answer or a whole stream", "[conformance][http]") {
  Kit kit;
  RawClient first = kit.ask(get("/answer"));
  OpenAnswer answer = kit.next_answer();
  answer.respond(json_head(), "1");
  support::read_answer(first);
  RawClient second = kit.ask(get("/stream"));
  OpenStream stream = kit.next_started_stream();
  stream.write(event(0));
  REQUIRE(stream.written());
  stream.finish();
  support::read_answer(second);
  first.close();
  second.close();
  CHECK_FALSE(answer.gone()->reaches(1, 2 * server_facts().tick));
  CHECK(stream.events()->gone.count() == 0);
}

TEST_CASE("a server stops with streams and answers open", "[conformance][http]") {
  Kit kit;
  std::vector<RawClient> clients;
  std::vector<OpenStream> streams;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(kit.ask(get("/stream")));
    streams.push_back(kit.next_started_stream());
    support::read_head(clients.back());
  }
  clients.push_back(kit.ask(get("/answer")));
  OpenAnswer answer = kit.next_answer();

  const auto begun = support::Clock::now();
  kit.stop();
  CHECK(support::Clock::now() - begun < 2s * support::slowness);
  for (OpenStream& each : streams) CHECK(each.events()->gone.reaches(1));
  for (RawClient& each : clients) CHECK(each.wait_for_end() != RawClient::End::open);

  // What is still held leads nowhere.
  answer.respond(json_head(), "late");
  for (OpenStream& each : streams) {
    each.write(event(0));
    CHECK_FALSE(each.written());
    each.finish();
    CHECK(each.events()->gone.count() == 1);
  }
  CHECK(answer.gone()->count() <= 1);
}

TEST_CASE("a write that nobody takes is over when its server stops", "[conformance][http]") {
  if (!server_facts().streams.write_completion) SKIP("write_completion");
  Kit kit;
  RawClient client = kit.ask(get("/stream"));
  OpenStream stream = kit.next_started_stream();
  do {
    stream.write(event(stream.begun(), 1'000'000));
  } while (stream.events()->completed.reaches(stream.begun(), 200ms));
  const auto begun = support::Clock::now();
  kit.stop();
  CHECK(support::Clock::now() - begun < 2s * support::slowness);
  CHECK(stream.events()->completed.reaches(stream.begun()));
  CHECK(stream.events()->failed.count() == 1);
  CHECK(stream.events()->gone.reaches(1));
  client.wait_for_end();
}
