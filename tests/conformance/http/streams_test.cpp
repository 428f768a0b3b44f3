// SPDX-License-Identifier: BSL-1.0

#include <catch2/catch_test_macros.hpp>

#include "conformance/http/kit.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace conformance;
using namespace std::chrono_literals;
using support::get;
using support::RawClient;
using support::RawHead;

namespace {

// The next event as it arrives, whatever frames it.
std::string read_event(RawClient& client, const RawHead& head) {
  if (!head.chunked()) return client.read_until("\n\n");
  std::string text;
  while (!text.ends_with("\n\n")) text += support::read_chunk(client).value();
  return text;
}

// The body must be over: with the last chunk, or the connection.
bool ends_cleanly(RawClient& client, const RawHead& head) {
  if (head.chunked()) return support::read_chunk(client) == std::nullopt;
  return client.read_to_end().empty() && client.end() == RawClient::End::closed;
}

}  // namespace

TEST_CASE("events arrive one by one, in order, and then the end", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask(get("/stream"));
  OpenStream stream = kit.next_started_stream();
  for (std::size_t i = 0; i < 10; ++i) {
    stream.write(event(i));
    REQUIRE(stream.written());
    std::this_thread::sleep_for(30ms);
  }
  stream.finish();
  const RawHead head = support::read_head(client);
  CHECK(head.status == 200);
  // Never two events in one chunk: each was out before the next was written.
  for (std::size_t i = 0; i < 10; ++i) CHECK(read_event(client, head) == event(i));
  CHECK(ends_cleanly(client, head));
  CHECK(stream.events()->gone.count() == 0);
}

TEST_CASE("the head and each event leave at once", "[conformance][http]") {
  // A machine that many share stalls now and then; it does not do so half of the time.
  const auto limit = std::getenv("CI") != nullptr || support::sanitized ? 250ms : 50ms;
  Kit kit;
  RawClient client = kit.ask(get("/stream"));
  OpenStream stream = kit.next_started_stream();
  const RawHead head = support::read_head(client);
  std::vector<support::Clock::duration> delays;
  for (std::size_t i = 0; i < 10; ++i) {
    const auto begun = support::Clock::now();
    stream.write(event(i));
    // Nothing is written behind it that could push it out.
    CHECK(read_event(client, head) == event(i));
    delays.push_back(support::Clock::now() - begun);
    REQUIRE(stream.written());
  }
  std::sort(delays.begin(), delays.end());
  CHECK(delays[delays.size() / 2] < limit);
}

TEST_CASE("a stream's head has no length and each header once", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask(get("/stream"));
  OpenStream stream = kit.next_stream();
  stream.start({200,
                {{"Content-Type", "text/event-stream"},
                 {"Cache-Control", "no-cache, no-transform"},
                 {"X-Accel-Buffering", "no"},
                 {"X-Custom", "a, b"}}});
  const RawHead head = support::read_head(client);
  CHECK(head.status == 200);
  CHECK(head.count("Content-Type") == 1);
  CHECK(head.value("Content-Type") == "text/event-stream");
  CHECK(head.count("Cache-Control") == 1);
  CHECK(head.value("Cache-Control") == "no-cache, no-transform");
  CHECK(head.value("X-Accel-Buffering") == "no");
  CHECK(head.value("X-Custom") == "a, b");
  CHECK(head.count("Content-Length") == 0);
  CHECK(head.count("Transfer-Encoding") + (head.says_close() ? 1U : 0U) == 1);
}

TEST_CASE("a stream's header cannot smuggle another one in", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask(get("/stream", "Connection: close\r\n"));
  {
    OpenStream stream = kit.next_stream();
    stream.start({200, {{"Content-Type", "text/event-stream\nX-Injected: 1"}}});
    stream.write("data: x\n\n");
    CHECK_FALSE(stream.written());
  }
  const std::string got = client.read_to_end();
  CHECK(support::lower(got).find("x-injected") == std::string::npos);
  CHECK_FALSE(got.starts_with("HTTP/1.1 200"));
}

TEST_CASE("an HTTP/1.0 client gets a stream that ends with the connection", "[conformance][http]") {
  if (!server_facts().streams.http10_stream) SKIP("http10_stream");
  Kit kit;
  RawClient client = kit.ask(get("/stream", {}, "1.0"));
  OpenStream stream = kit.next_started_stream();
  CHECK(stream.request().version == 10);
  const RawHead head = support::read_head(client);
  CHECK(head.status == 200);
  CHECK(head.count("Transfer-Encoding") == 0);
  CHECK(head.count("Content-Length") == 0);
  for (std::size_t i = 0; i < 3; ++i) {
    stream.write(event(i));
    CHECK(client.read_until("\n\n") == event(i));
    REQUIRE(stream.written());
  }
  stream.finish();
  CHECK(client.read_to_end().empty());
  CHECK(client.end() == RawClient::End::closed);
}

TEST_CASE("a stream that is dropped or aborted does not look complete", "[conformance][http]") {
  Kit kit;
  RawClient dropped = kit.ask(get("/stream/1"));
  {
    OpenStream stream = kit.next_started_stream();
    stream.write(event(1));
    REQUIRE(stream.written());
  }
  RawClient aborted = kit.ask(get("/stream/2"));
  OpenStream stream = kit.next_started_stream();
  stream.write(event(2));
  REQUIRE(stream.written());
  stream.abort();
  stream.write(event(3));
  CHECK_FALSE(stream.written());
  for (RawClient* const client : {&dropped, &aborted}) {
    const std::string got = client->read_to_end();
    CHECK_FALSE(got.ends_with("0\r\n\r\n"));
  }
  CHECK(stream.events()->gone.count() <= 1);
}

TEST_CASE("a reader that stalls holds up the writer, and loses nothing", "[conformance][http]") {
  if (!server_facts().streams.write_completion) SKIP("write_completion");
  constexpr std::size_t count = 64;
  constexpr std::size_t size = 1'000'000;
  Kit kit;
  RawClient client = kit.ask(get("/stream"));
  OpenStream stream = kit.next_started_stream();
  const auto writer = std::async(std::launch::async, [&stream] {
    for (std::size_t i = 0; i < count; ++i) {
      stream.write(event(i, size));
      if (!stream.written()) return;
    }
    stream.finish();
  });
  CHECK_FALSE(stream.events()->completed.reaches(16, 1500ms));
  const RawHead head = support::read_head(client);
  for (std::size_t i = 0; i < count; ++i) REQUIRE((read_event(client, head) == event(i, size)));
  CHECK(ends_cleanly(client, head));
  writer.wait();
  CHECK(stream.events()->completed.count() == count);
  CHECK(stream.events()->failed.count() == 0);
}

TEST_CASE("four threads write to a hundred streams", "[conformance][http]") {
  constexpr std::size_t events = 20;
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  const std::size_t count = std::min<std::size_t>(100, server_facts().open_at_once);
  Kit kit;
  std::vector<RawClient> clients;
  std::vector<OpenStream> streams;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(kit.ask(get("/stream")));
    streams.push_back(kit.next_started_stream());
  }
  // A stream is in here when its write before has completed: whoever takes it writes next.
  support::Mailbox<std::size_t> ready;
  support::Tally finished;
  std::vector<std::size_t> written(count, 0);
  const auto write = [&] {
    for (std::size_t i = ready.expect(); i != none; i = ready.expect()) {
      if (written[i] == events) {
        streams[i].finish();
        finished.add();
      } else {
        const std::size_t id = written[i]++;
        streams[i].write(event(id), [&ready, i](std::error_code) { ready.put(i); });
      }
    }
  };
  std::vector<std::future<void>> writers;
  for (int i = 0; i < 4; ++i) writers.push_back(std::async(std::launch::async, write));
  for (std::size_t i = 0; i < count; ++i) ready.put(i);
  CHECK(finished.reaches(count));
  for (int i = 0; i < 4; ++i) ready.put(none);
  for (std::future<void>& each : writers) each.get();

  std::string expected;
  for (std::size_t i = 0; i < events; ++i) expected += event(i);
  for (std::size_t i = 0; i < count; ++i) CHECK(support::read_answer(clients[i]).body == expected);
}

TEST_CASE("a stream is not held back for a client that takes gzip", "[conformance][http]") {
  Kit kit;
  RawClient client = kit.ask(get("/stream", "Accept-Encoding: gzip, deflate, br\r\n"));
  OpenStream stream = kit.next_started_stream();
  const RawHead head = support::read_head(client);
  CHECK(head.count("Content-Encoding") == 0);
  for (std::size_t i = 0; i < 3; ++i) {
    stream.write(event(i));
    CHECK(read_event(client, head) == event(i));
    REQUIRE(stream.written());
  }
}
