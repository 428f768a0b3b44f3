// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/live_message.hpp>
#include <tidings/protocol/topic_name.hpp>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tidings;
using namespace tidings::delivery;

namespace {

constexpr std::uint64_t tag = 0x250BFAE95U;

std::shared_ptr<StoredMessage> stored(const std::string& data) {
  auto message = std::make_shared<StoredMessage>();
  message->position = {77, 42};
  message->message.topic = "orders";
  message->message.event = "created";
  message->message.data = data;
  return message;
}

}  // namespace

TEST_CASE("a live message has one encoding of each kind, made at first use", "[delivery][live]") {
  const LiveRef live = LiveRef::make(stored("hi"), tag);
  CHECK(live->offset() == 42);
  CHECK(live->tag() == tag);
  CHECK(live->stored().message.data == "hi");
  SseFrame& own = live->own_frame();
  SseFrame& single = live->single_frame();
  const std::string& json = live->json();
  CHECK(own.plain().starts_with("id: JQv66V"));
  CHECK(single.plain().starts_with("id: 1JQv66V"));
  CHECK(own.body() == single.body());
  CHECK(nlohmann::json::parse(json).at("data") == "hi");
  CHECK(&live->own_frame() == &own);
  CHECK(&live->single_frame() == &single);
  CHECK(live->json().data() == json.data());
  CHECK(live->own_frame().shared() == own.shared());
}

TEST_CASE("a message counts its text and a fixed share in a queue", "[delivery][live]") {
  CHECK(LiveRef::make(stored("hi"), tag)->queued_bytes() == 2 + 7 + 64);
  CHECK(LiveRef::make(stored(""), tag)->queued_bytes() == 7 + 64);
}

TEST_CASE("a live message goes with its last reference", "[delivery][live]") {
  const std::shared_ptr<StoredMessage> message = stored("hi");
  {
    LiveRef first = LiveRef::make(message, tag);
    CHECK(message.use_count() == 2);
    LiveRef second = first;
    const LiveRef third = std::move(first);
    CHECK_FALSE(static_cast<bool>(first));  // NOLINT(bugprone-use-after-move)
    CHECK(static_cast<bool>(third));
    second = LiveRef();
    CHECK(message.use_count() == 2);
    LiveRef fourth = third;
    LiveRef& same = fourth;
    fourth = same;
    fourth = std::move(same);
    CHECK(static_cast<bool>(fourth));
    CHECK(&*fourth == &*third);
    CHECK(message.use_count() == 2);
  }
  CHECK(message.use_count() == 1);
}

TEST_CASE("many references share one message", "[delivery][live]") {
  const std::shared_ptr<StoredMessage> message = stored("hi");
  std::vector<LiveRef> references(1000, LiveRef::make(message, tag));
  CHECK(message.use_count() == 2);
  references.erase(references.begin(), references.begin() + 999);
  CHECK(references[0]->stored().message.data == "hi");
  references.clear();
  CHECK(message.use_count() == 1);
  STATIC_CHECK(std::is_nothrow_move_constructible_v<LiveRef>);
  STATIC_CHECK(sizeof(LiveRef) == sizeof(void*));
}
