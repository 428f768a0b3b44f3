// SPDX-License-Identifier: BSL-1.0

#include <tidings/hub.hpp>

#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <system_error>
#include <vector>

using namespace std::chrono_literals;
using namespace tidings;

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
