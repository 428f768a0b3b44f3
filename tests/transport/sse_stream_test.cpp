// SPDX-License-Identifier: BSL-1.0

#include <tidings/net/config.hpp>
#include <tidings/protocol/sse/parser.hpp>
#include <tidings/sse_stream.hpp>

#include TIDINGS_ASIO_HEADER(awaitable.hpp)
#include TIDINGS_ASIO_HEADER(co_spawn.hpp)
#include TIDINGS_ASIO_HEADER(detached.hpp)
#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(use_awaitable.hpp)
#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/scripted_response.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;
using support::ResponseScript;
using support::ScriptedResponse;

namespace {

/// A stream over a script, with the reason of its end.
struct Stream {
  explicit Stream(ResponseScript::Writes writes = ResponseScript::Writes::inside, SseStreamOptions options = {})
      : script(std::make_shared<ResponseScript>(writes)), stream(ScriptedResponse(script), std::move(options)) {
    stream.on_closed([this](std::error_code ec) { closed = ec; });
  }
  // As a server does with a connection that it drops: no write stays without an answer.
  ~Stream() {
    while (script->writing()) script->complete(errc::closed);
  }

  std::optional<std::error_code> closed;
  std::shared_ptr<ResponseScript> script;
  SseStream<ScriptedResponse> stream;
};

std::string value_of(const ResponseHead& head, const std::string& name) {
  for (const Header& each : head.headers) {
    if (each.name == name) return each.value;
  }
  return {};
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a stream begins with strict headers and the retry hint", "[transport][sse]") {
  SseStreamOptions options;
  options.retry = 1500ms;
  options.headers = {{"Access-Control-Allow-Origin", "https://a.example"}};
  const Stream s(ResponseScript::Writes::inside, std::move(options));
  const ResponseHead head = s.script->head();
  CHECK(head.status == 200);
  CHECK(value_of(head, "Content-Type") == "text/event-stream");
  CHECK(value_of(head, "Cache-Control") == "no-cache, no-transform");
  CHECK(value_of(head, "X-Accel-Buffering") == "no");
  CHECK(value_of(head, "Access-Control-Allow-Origin") == "https://a.example");
  CHECK(s.script->text() == "retry: 1500\n\n");
}

TEST_CASE("each event is written at once and completes when the adapter says so", "[transport][sse]") {
  Stream s(ResponseScript::Writes::by_hand);
  s.script->complete();
  std::vector<std::error_code> done;
  s.stream.send({.data = "one\ntwo", .event = "greeting", .id = "7"}, [&](std::error_code ec) { done.push_back(ec); });
  CHECK(s.script->text().ends_with("id: 7\nevent: greeting\ndata: one\ndata: two\n\n"));
  CHECK(done.empty());
  s.script->complete();
  CHECK(done == std::vector<std::error_code>{{}});
}

TEST_CASE("events that wait are gathered, never reordered, and one write is outstanding", "[transport][sse]") {
  Stream s(ResponseScript::Writes::by_hand);
  std::vector<int> done;
  for (int i = 0; i < 5; ++i) {
    s.stream.send({.data = std::to_string(i)}, [&done, i](std::error_code ec) {
      if (!ec) done.push_back(i);
    });
  }
  const std::string hint = s.script->text();
  CHECK(s.stream.buffered_bytes() == hint.size() + 5 * 9);
  s.script->complete();
  CHECK(s.script->text() == hint + "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n");
  CHECK(done.empty());
  s.script->complete();
  CHECK(done == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(s.stream.buffered_bytes() == 0);
}

TEST_CASE("bad events are refused by name and the stream lives on", "[transport][sse]") {
  Stream s;
  const auto error_of = [&](SseEvent event) {
    std::optional<std::error_code> got;
    s.stream.send(std::move(event), [&](std::error_code ec) { got = ec; });
    return got.value();
  };
  CHECK(error_of({.data = "x", .event = "a\nb"}) == errc::invalid_event_name);
  CHECK(error_of({.data = "x", .event = "tidings.gap"}) == errc::invalid_event_name);
  CHECK(error_of({.data = "x", .id = "a\rb"}) == errc::invalid_cursor);
  CHECK(error_of({.data = "\xff"}) == errc::invalid_utf8);
  CHECK(error_of({.data = std::string(defaults::max_payload_bytes + 1, 'x')}) == errc::payload_too_large);
  CHECK(error_of({.data = "x"}) == std::error_code{});
  CHECK(s.stream.open());
}

TEST_CASE("close lets go out what is queued and ends in order", "[transport][sse]") {
  Stream s(ResponseScript::Writes::by_hand);
  s.stream.send({.data = "last"});
  s.stream.close();
  CHECK_FALSE(s.stream.open());
  CHECK_FALSE(s.script->finished());
  std::optional<std::error_code> late;
  s.stream.send({.data = "late"}, [&](std::error_code ec) { late = ec; });
  CHECK(late == errc::closed);
  s.script->complete();
  CHECK_FALSE(s.script->finished());
  s.script->complete();
  CHECK(s.script->finished());
  CHECK(s.script->text().ends_with("data: last\n\n"));
  CHECK(s.closed == std::error_code{});
}

TEST_CASE("the destructor closes, and what is queued still goes out", "[transport][sse]") {
  auto script = std::make_shared<ResponseScript>(ResponseScript::Writes::by_hand);
  {
    SseStream stream{ScriptedResponse(script)};
    stream.send({.data = "last"});
  }
  script->complete();
  script->complete();
  CHECK(script->text().ends_with("data: last\n\n"));
  CHECK(script->finished());
}

TEST_CASE("a client that goes away ends the stream once, with every completion called", "[transport][sse]") {
  Stream s(ResponseScript::Writes::by_hand);
  std::vector<std::error_code> done;
  for (int i = 0; i < 3; ++i) s.stream.send({.data = "x"}, [&](std::error_code ec) { done.push_back(ec); });
  s.script->go();
  CHECK(s.closed == errc::peer_gone);
  CHECK(s.script->aborted());
  CHECK(done == std::vector<std::error_code>(3, errc::peer_gone));
  s.script->complete(errc::peer_gone);
  CHECK(done.size() == 3);
  CHECK_FALSE(s.script->finished());
}

TEST_CASE("a failed write ends the stream with the adapter's error", "[transport][sse]") {
  Stream s;
  s.script->fail_with(std::make_error_code(std::errc::broken_pipe));
  std::optional<std::error_code> done;
  s.stream.send({.data = "x"}, [&](std::error_code ec) { done = ec; });
  CHECK(done == std::make_error_code(std::errc::broken_pipe));
  CHECK(s.closed == std::make_error_code(std::errc::broken_pipe));
}

TEST_CASE("a slow client ends by the policy close with errc::slow_consumer", "[transport][sse]") {
  SseStreamOptions options;
  options.max_queue_bytes = 40;
  Stream s(ResponseScript::Writes::by_hand, std::move(options));
  s.stream.send({.data = "1"});
  std::optional<std::error_code> done;
  s.stream.send({.data = std::string(40, 'x')}, [&](std::error_code ec) { done = ec; });
  CHECK(done == errc::slow_consumer);
  CHECK(s.closed == errc::slow_consumer);
  CHECK(s.script->aborted());
}

TEST_CASE("drop_oldest keeps a slow client's stream open and counts what went", "[transport][sse]") {
  SseStreamOptions options;
  options.max_queue_bytes = 50;
  options.policy = QueuePolicy::drop_oldest;
  Stream s(ResponseScript::Writes::by_hand, std::move(options));
  for (int i = 0; i < 9; ++i) s.stream.send({.data = std::to_string(i)});
  CHECK(s.stream.buffered_bytes() <= 50);
  CHECK(s.stream.dropped() == 5);
  s.script->complete();
  CHECK(s.script->text().ends_with("data: 5\n\ndata: 6\n\ndata: 7\n\ndata: 8\n\n"));
  CHECK(s.stream.open());
}

TEST_CASE("a server that completes inside write makes no recursion", "[transport][sse]") {
  Stream s;
  int left = 200'000;
  std::function<void(std::error_code)> next = [&](std::error_code) {
    if (--left > 0) s.stream.send({.data = "x"}, [&](std::error_code ec) { next(ec); });
  };
  // Each send is made inside the completion of the one before it.
  s.stream.send({.data = "x"}, [&](std::error_code ec) { next(ec); });
  CHECK(left == 0);
}

TEST_CASE("impossible options are refused by the constructor", "[transport][sse]") {
  const auto make = [](SseStreamOptions options) { Stream(ResponseScript::Writes::inside, std::move(options)); };
  CHECK_THROWS_AS(make({.policy = QueuePolicy::spill}), std::invalid_argument);
  CHECK_THROWS_AS(make({.retry = 0ms}), std::invalid_argument);
  CHECK_THROWS_AS(make({.heartbeat = 0ms}), std::invalid_argument);
  CHECK_THROWS_AS(make({.write_timeout = 0ms}), std::invalid_argument);
}

TEST_CASE("on an executor a quiet stream beats, and ends in order after its lifetime", "[transport][sse]") {
  net::io_context context;
  auto script = std::make_shared<ResponseScript>();
  SseStreamOptions options;
  options.heartbeat = 20ms;
  options.max_lifetime = 200ms;
  SseStream stream{context.get_executor(), ScriptedResponse(script), std::move(options)};
  std::optional<std::error_code> closed;
  stream.on_closed([&](std::error_code ec) { closed = ec; });
  // Ends by itself: nothing else keeps the context busy once the stream has ended.
  context.run();
  CHECK(closed == errc::lifetime_ended);
  CHECK(script->finished());
  CHECK(count(script->text(), ":\n\n") >= 2);
}

TEST_CASE("on an executor a write that is not taken ends the stream", "[transport][sse]") {
  net::io_context context;
  auto script = std::make_shared<ResponseScript>(ResponseScript::Writes::by_hand);
  SseStream stream{context.get_executor(), ScriptedResponse(script), {.write_timeout = 40ms}};
  std::optional<std::error_code> closed;
  stream.on_closed([&](std::error_code ec) { closed = ec; });
  context.run();
  CHECK(closed == errc::write_stalled);
  CHECK(script->aborted());
  script->complete(errc::closed);
}

TEST_CASE("async_send completes a coroutine and a future", "[transport][sse][async]") {
  net::io_context context;
  auto script = std::make_shared<ResponseScript>();
  SseStream stream{context.get_executor(), ScriptedResponse(script)};
  bool resumed = false;
  net::co_spawn(
      context,
      [&]() -> net::awaitable<void> {
        SseEvent event{.data = "from a coroutine"};
        co_await stream.async_send(std::move(event), net::use_awaitable);
        resumed = true;
        stream.close();
      },
      net::detached);
  context.run();
  CHECK(resumed);
  CHECK(script->text().ends_with("data: from a coroutine\n\n"));
  context.restart();
  std::future<void> late = stream.async_send({.data = "late"}, net::use_future);
  context.run();
  CHECK_THROWS_AS(late.get(), net_system_error);
}

TEST_CASE("sends from many threads keep each thread's order", "[transport][sse]") {
  Stream s(ResponseScript::Writes::inside);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&s, t] {
      for (int i = 0; i < 500; ++i) s.stream.send({.data = std::to_string(i), .event = "t" + std::to_string(t)});
    });
  }
  for (std::thread& each : threads) each.join();
  std::map<std::string, int> next;
  protocol::SseParser parser;
  const std::string text = s.script->text();
  std::size_t events = 0;
  parser.feed(text, [&](protocol::SseEvent&& event) {
    CHECK(event.data == std::to_string(next[event.event]++));
    ++events;
  });
  CHECK(events == 2000);
}
