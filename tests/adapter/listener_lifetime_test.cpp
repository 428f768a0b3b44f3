// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/listener.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "adapter/hub_fixture.hpp"
#include "adapter/listener_fixture.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace fixture;
using namespace std::chrono_literals;
using namespace tidings;
using support::get;
using support::RawAnswer;
using support::RawClient;

namespace {

/// Hub, listener and mounts that can be taken down one by one, with everything open that can be open.
struct World {
  World() {
    routes.push_back(listener->handle("/hold", [this](RequestSnapshot request, Exchange exchange) {
      held.put({std::move(request), std::move(exchange)});
    }));
    routes.push_back(adapter::mount(*listener, "/push", *hub, let_in));
    open_all();
  }

  void open_all() {
    // Streams of the hub, over a socket and after HTTP/1.0; a long poll.
    for (const char* const version : {"1.1", "1.0"}) {
      streams.emplace_back(port);
      streams.back().send(get("/push", event_stream, version));
      support::read_head(streams.back());
    }
    others.emplace_back(port).send(get("/push?wait=20"));
    // Exchanges in the hands of the application: an answer, an idle stream, one that writes what nobody takes.
    others.emplace_back(port).send(get("/hold"));
    answer.emplace(std::move(held.expect().exchange).answer());
    answer->on_gone([this] { answer_gone.add(); });
    for (std::optional<Exchange::Stream>* const stream : {&idle, &blocked}) {
      others.emplace_back(port, 4096).send(get("/hold"));
      stream->emplace(std::move(held.expect().exchange).stream());
      (*stream)->on_gone([this] { stream_gone.add(); });
      (*stream)->start({200, {}});
    }
    blocked->write(share_bytes(std::string(8'000'000, 'x')), [this](std::error_code ec) { failed.add(ec ? 1 : 100); });
    // Half a request, and nothing.
    others.emplace_back(port).send("POST /hold HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    others.emplace_back(port);
  }

  void take_down(char what) {
    if (what == 'h') hub.reset();
    if (what == 'l') listener.reset();
    if (what == 'm') routes.clear();
  }

  support::Mailbox<Held> held;
  support::Tally answer_gone;
  support::Tally stream_gone;
  support::Tally failed;
  std::optional<Hub<>> hub{std::in_place, 2, quick_to_close()};
  std::optional<Listener> listener{std::in_place, *hub};
  std::uint16_t port = listener->port();
  std::vector<Mount> routes;
  std::optional<Exchange::Answer> answer;
  std::optional<Exchange::Stream> idle;
  std::optional<Exchange::Stream> blocked;
  std::vector<RawClient> streams;
  std::vector<RawClient> others;
};

}  // namespace

TEST_CASE("hub, listener and mounts go in every order, whatever is open", "[adapter][listener][lifetime]") {
  std::string order = "hlm";
  do {
    INFO(order);
    World world;
    const auto begun = support::Clock::now();
    for (const char each : order) world.take_down(each);
    CHECK(support::Clock::now() - begun < 4s * support::slowness);

    // Streams that the hub had taken over end in their own form, all others with the listener.
    for (RawClient& each : world.streams) {
      each.read_to_end();
      CHECK(each.end() == RawClient::End::closed);
    }
    for (RawClient& each : world.others) CHECK(each.wait_for_end() != RawClient::End::open);
    CHECK(world.answer_gone.count() == 1);
    CHECK(world.stream_gone.count() == 2);
    CHECK(world.failed.count() == 1);

    // What the application still holds leads nowhere.
    world.answer->respond(text_head(), share_bytes("late"));
    world.idle->write(share_bytes("late"), [&world](std::error_code ec) { world.failed.add(ec ? 1 : 100); });
    world.blocked->finish();
    CHECK(world.failed.count() == 2);
    world.answer.reset();
    world.idle.reset();
    world.blocked.reset();
    CHECK(world.answer_gone.count() == 1);
    CHECK(world.stream_gone.count() == 2);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a stream that the hub has taken over outlives listener and mount", "[adapter][listener][lifetime]") {
  Hub hub;
  std::optional<Listener> listener{std::in_place, hub};
  std::optional<Mount> mount = adapter::mount(*listener, "/push", hub, let_in);
  RawClient client(listener->port());
  client.send(get("/push", event_stream));
  support::read_head(client);
  mount.reset();
  hub.publish(order("without its mount"));
  client.read_until("without its mount");
  listener.reset();
  hub.publish(order("without its listener"));
  client.read_until("without its listener");
}

TEST_CASE("a listener whose hub is gone listens no more", "[adapter][listener][lifetime]") {
  std::optional<Hub<>> hub{std::in_place};
  Listener listener{*hub};
  hub.reset();
  CHECK_THROWS_AS(RawClient(listener.port()), std::system_error);
  CHECK(listener.connections() == 0);
  const Mount mount = listener.handle("/late", [](RequestSnapshot, Exchange) {});
  const Listener never{HubRef()};
}

TEST_CASE("a request that finds its hub gone is refused politely", "[adapter][listener][lifetime]") {
  const Hub lives;
  Listener listener{lives};
  std::optional<Hub<>> hub{std::in_place};
  const Mount mount = adapter::mount(listener, "/push", *hub, let_in);
  hub.reset();
  RawClient client(listener.port());
  client.send(get("/push", event_stream));
  const RawAnswer stream = support::read_answer(client);
  // WHATWG HTML: any other status would end an EventSource for ever.
  CHECK(stream.head.status == 200);
  CHECK(stream.head.value("Content-Type") == "text/event-stream");
  CHECK(stream.body.starts_with("retry: "));
  client.send(get("/push"));
  const RawAnswer poll = support::read_answer(client);
  CHECK(poll.head.status == 503);
  CHECK(poll.head.count("Retry-After") == 1);
}

TEST_CASE("a hub that ends waits for a reader no longer than its close timeout", "[adapter][listener][lifetime]") {
  std::optional<Hub<>> hub{std::in_place, quick_to_close()};
  Listener listener{*hub};
  const Mount mount = adapter::mount(listener, "/push", *hub, let_in);
  // It neither reads nor leaves.
  RawClient client(listener.port(), 4096);
  client.send(get("/push", event_stream));
  support::read_head(client);
  for (int i = 0; i < 4; ++i) hub->publish(order(std::string(900'000, 'x')));
  const auto begun = support::Clock::now();
  hub.reset();
  CHECK(support::Clock::now() - begun < 2s * support::slowness);
}

TEST_CASE("a hub that ends says goodbye to its streams", "[adapter][listener][lifetime]") {
  std::optional<Hub<>> hub{std::in_place};
  Listener listener{*hub};
  const Mount mount = adapter::mount(listener, "/push", *hub, let_in);
  RawClient client(listener.port());
  client.send(get("/push", event_stream));
  support::read_head(client);
  auto reader = std::async(std::launch::async, [&client] {
    std::string got = client.read_to_end();
    client.close();
    return got;
  });
  const auto begun = support::Clock::now();
  hub.reset();
  CHECK(support::Clock::now() - begun < 3s * support::slowness);
  CHECK(reader.get().ends_with("0\r\n\r\n"));
}

TEST_CASE("detaching waits for the calls that are inside", "[adapter][listener][lifetime]") {
  Served served({}, 2);
  support::Tally inside;
  support::Tally go_on;
  auto state = std::make_unique<std::string>("alive");
  std::optional<Mount> mount = served.listener.handle("/slow", [&](RequestSnapshot, Exchange exchange) {
    inside.add();
    go_on.reaches(1);
    std::move(exchange).answer().respond(text_head(), share_bytes(*state));
  });
  RawClient client = served.ask(get("/slow"));
  REQUIRE(inside.reaches(1));
  support::Tally detached;
  const auto detaching = std::async(std::launch::async, [&] {
    mount.reset();
    // Nothing of the handler is used any more.
    state.reset();
    detached.add();
  });
  CHECK_FALSE(detached.reaches(1, 100ms));
  go_on.add();
  CHECK(detached.reaches(1));
  CHECK(support::read_answer(client).body == "alive");
  client.send(get("/slow"));
  CHECK(support::read_answer(client).head.status == 404);
}

TEST_CASE("a handler may do to its listener what it likes", "[adapter][listener][lifetime]") {
  Served served;
  std::optional<Mount> mount;
  std::vector<Mount> added;
  mount = served.listener.handle("/once", [&](RequestSnapshot, Exchange exchange) {
    CHECK(served.listener.port() != 0);
    CHECK(served.listener.connections() == 1);
    added.push_back(served.listener.handle("/added", [](RequestSnapshot, Exchange other) {
      std::move(other).answer().respond(text_head(), share_bytes("added"));
    }));
    mount.reset();
    std::move(exchange).answer().respond(text_head(), share_bytes("once"));
  });
  RawClient client = served.ask(get("/once"));
  CHECK(support::read_answer(client).body == "once");
  client.send(get("/once"));
  CHECK(support::read_answer(client).head.status == 404);
  client.send(get("/added"));
  CHECK(support::read_answer(client).body == "added");
}

TEST_CASE("a handler may destroy its listener", "[adapter][listener][lifetime]") {
  const Hub hub;
  std::optional<Listener> listener{std::in_place, hub};
  support::Tally destroyed;
  support::Tally gone;
  Mount hold;
  std::optional<Exchange::Answer> answer;
  const Mount waits = listener->handle("/waits", [&](RequestSnapshot, Exchange exchange) {
    answer.emplace(std::move(exchange).answer());
    answer->on_gone([&] { gone.add(); });
  });
  const Mount ends = listener->handle("/ends", [&](RequestSnapshot, Exchange exchange) {
    listener.reset();
    destroyed.add();
    std::move(exchange).answer().respond(text_head(), share_bytes("late"));
  });
  RawClient other(listener->port());
  other.send(get("/waits"));
  CHECK_FALSE(gone.reaches(1, 50ms));
  RawClient client(listener->port());
  client.send(get("/ends"));
  CHECK(destroyed.reaches(1));
  CHECK(gone.reaches(1));
  CHECK(client.wait_for_end() != RawClient::End::open);
  CHECK(other.wait_for_end() != RawClient::End::open);
}

TEST_CASE("callbacks may call back", "[adapter][listener][lifetime]") {
  Served served;
  RawClient first = served.ask(get("/hold"));
  Exchange::Answer answer = std::move(served.next_held().exchange).answer();
  RawClient second = served.ask(get("/hold"));
  Exchange::Stream stream = std::move(served.next_held().exchange).stream();
  support::Tally done;
  answer.on_gone([&] {
    answer.respond(text_head(), share_bytes("late"));
    answer.on_gone([] {});
    CHECK(served.listener.connections() <= 2);
    stream.abort();
    done.add();
  });
  stream.start({200, {}});
  stream.write(share_bytes(std::string(8'000'000, 'x')), [&](std::error_code ec) {
    CHECK(ec);
    stream.write(share_bytes("more"), [&](std::error_code again) {
      CHECK(again);
      done.add();
    });
  });
  served.settle();
  first.close();
  CHECK(done.reaches(2));
  second.wait_for_end();
}

TEST_CASE("a listener that goes at once leaves nothing behind", "[adapter][listener][lifetime]") {
  const Hub hub{2};
  for (int i = 0; i < 50; ++i) {
    Listener listener{hub};
    const Mount mount = listener.handle("/", [](RequestSnapshot, Exchange) {});
    RawClient client(listener.port());
    client.send(get("/"));
  }
}

TEST_CASE("exchanges are used while their hub goes", "[adapter][listener][lifetime]") {
  for (int i = 0; i < 20; ++i) {
    std::optional<Hub<>> hub{std::in_place, quick_to_close()};
    Listener listener{*hub};
    support::Mailbox<Held> held;
    const Mount mount = listener.handle("/", [&held](RequestSnapshot request, Exchange exchange) {
      held.put({std::move(request), std::move(exchange)});
    });
    RawClient client(listener.port());
    client.send(get("/"));
    Exchange::Stream stream = std::move(held.expect().exchange).stream();
    stream.start({200, {}});
    support::Tally completed;
    const auto writer = std::async(std::launch::async, [&] {
      for (std::size_t n = 1; n <= 200; ++n) {
        stream.write(share_bytes("x"), [&completed](std::error_code) { completed.add(); });
        if (!completed.reaches(n)) return;
      }
    });
    completed.reaches(1);
    hub.reset();
    writer.wait();
    CHECK(completed.count() == 200);
  }
}

// ---- on the application's own context ----

TEST_CASE("a listener serves on the application's context", "[adapter][listener][lifetime]") {
  net::io_context context;
  const auto work = net::make_work_guard(context);
  std::thread runner([&context] { context.run(); });
  {
    const Hub hub{context};
    Listener listener{hub};
    const Mount mount = adapter::mount(listener, "/push", hub, let_in);
    RawClient client(listener.port());
    client.send(get("/push"));
    CHECK(support::read_answer(client).head.status == 200);
    client.send(get("/push", event_stream));
    support::read_head(client);
  }
  context.stop();
  runner.join();
}

TEST_CASE("a context that nobody runs any more holds nobody up", "[adapter][listener][lifetime]") {
  const bool was_run = GENERATE(true, false);
  net::io_context context;
  support::Tally gone;
  std::optional<Exchange::Answer> answer;
  std::optional<Hub<>> hub{std::in_place, context, quick_to_close()};
  std::optional<Listener> listener{std::in_place, *hub};
  std::optional<Mount> mount = listener->handle("/", [&](RequestSnapshot, Exchange exchange) {
    answer.emplace(std::move(exchange).answer());
    answer->on_gone([&] { gone.add(); });
    context.stop();
  });
  const std::uint16_t port = listener->port();
  RawClient client(port);
  client.send(get("/"));
  if (was_run) context.run();
  const auto begun = support::Clock::now();
  mount.reset();
  listener.reset();
  CHECK(support::Clock::now() - begun < 1s * support::slowness);
  CHECK(gone.count() == (was_run ? 1 : 0));
  CHECK_THROWS_AS(RawClient(port), std::system_error);
  hub.reset();
  client.wait_for_end();
}

TEST_CASE("a hub on a context that another thread runs goes while clients talk and others publish",
          "[adapter][listener][lifetime]") {
  for (int round = 0; round < 10; ++round) {
    net::io_context context(1);
    const auto work = net::make_work_guard(context);
    std::optional<Hub<>> hub(std::in_place, context);
    std::optional<adapter::Listener> listener(std::in_place, *hub);
    const Mount push = adapter::mount(*listener, "/push", *hub, let_in);
    std::thread running([&] { context.run(); });
    std::atomic<bool> stop{false};
    support::Tally asked;
    std::thread client([&, port = listener->port()] {
      while (!stop) {
        try {
          RawClient each(port);
          for (int i = 0; i < 20 && !stop; ++i) {
            each.send(get("/push"));
            support::read_answer(each);
            asked.add();
          }
        } catch (const std::exception&) {
          // The listener is gone; that is what the test is about.
        }
      }
    });
    std::thread publisher([&, ref = HubRef(*hub)] {
      while (!stop) ref.publish(order("x"));
    });
    CHECK(asked.reaches(5));
    hub.reset();
    stop = true;
    publisher.join();
    client.join();
    listener.reset();
    context.stop();
    running.join();
  }
}
