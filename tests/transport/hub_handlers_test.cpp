// SPDX-License-Identifier: BSL-1.0

#include <tidings/hub.hpp>
#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace tidings;
using std::chrono::milliseconds;

TEST_CASE("handlers that can only be moved are taken by every operation of a hub", "[transport][hub]") {
  support::Tally done;
  // Counts its calls without an error.
  const auto handler = [&done] {
    return [&done, only = std::make_unique<int>(1)](std::error_code ec, auto&&...) { done.add(ec ? 100 : 1); };
  };
  const Hub hub;
  hub.async_ready(handler());
  CHECK(done.reaches(1));
  const MessageId id = hub.publish_and_wait(Message{.topic = "orders", .data = "x"}).id;
  hub.async_add_member("orders", "alice", handler());
  CHECK(done.reaches(2));
  hub.async_publish(Message{.topic = "orders", .data = "y"}, handler());
  hub.async_publish_to({"alice"}, Message{.data = "z"}, handler());
  hub.async_status(id, handler());
  hub.async_recent(10, handler());
  hub.async_unread("alice", handler());
  hub.async_inbox("alice", 0, 10, handler());
  hub.async_mark_seen({"alice", {}, true}, handler());
  hub.async_trim("orders", 1, handler());
  hub.async_sessions(handler());
  hub.async_remove_member("orders", "alice", handler());
  CHECK(done.reaches(12));
  hub.async_shutdown(0ms, 0ms, handler());
  CHECK(done.reaches(13));
  CHECK(done.count() == 13);
}

TEST_CASE("a handle that outlives its hub says so, to callbacks and futures alike", "[transport][hub]") {
  HubRef ref;
  {
    const Hub hub;
    ref = hub;
  }
  support::Mailbox<std::error_code> answers;
  ref.async_publish(Message{.topic = "orders", .data = "x"},
                    [&](std::error_code ec, const Published&) { answers.put(ec); });
  CHECK(answers.expect("the callback was not called") == errc::closed);
  std::future<std::vector<SessionInfo>> sessions = ref.async_sessions(net::use_future);
  CHECK_THROWS_AS(sessions.get(), net_system_error);
  CHECK(ref.publish(Message{.topic = "orders", .data = "x"}) == MessageId{});
}

TEST_CASE("a publication to inboxes that was there before is one", "[transport][hub]") {
  const Hub hub;
  const auto publish_to = [&](std::vector<std::string> users) {
    Message message{.data = "x", .idempotency_key = "once"};
    return hub.async_publish_to(std::move(users), std::move(message), net::use_future).get();
  };
  const Published first = publish_to({"alice", "bob"});
  CHECK_FALSE(first.duplicate);
  const Published second = publish_to({"alice", "bob"});
  CHECK(second.duplicate);
  CHECK(second.id == first.id);
  CHECK(hub.counters()->published.value() == 2);
  CHECK(hub.counters()->duplicates.value() == 2);
  CHECK(hub.async_recent(10, net::use_future).get().size() == 1);
  // Who was not there before makes it a new one, which all of them have.
  const Published third = publish_to({"alice", "carol"});
  CHECK_FALSE(third.duplicate);
  CHECK(hub.async_status(third.id, net::use_future).get().recipients.size() == 2);
}

TEST_CASE("times longer than a clock counts are cut down, not turned round", "[transport][hub]") {
  HubOptions options;
  options.max_lag = options.write_stall = options.sse_max_lifetime = options.close_timeout = milliseconds::max();
  const Hub hub(std::move(options));
  CHECK_FALSE(hub.publish_and_wait(Message{.topic = "orders", .data = "x"}).duplicate);
}
