// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/gather_frames.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace tidings;
using namespace tidings::delivery;

namespace {

LiveRef of_size(std::uint64_t offset, std::size_t size) {
  auto stored = std::make_shared<StoredMessage>();
  stored->position = {7, offset};
  stored->message.data = std::string(size, 'x');
  return LiveRef::make(std::move(stored), 1);
}

/// Writes down what goes alone and what goes together.
struct Scribe {
  Sent send(LiveMessage& message, std::uint32_t slot) {
    log += std::to_string(slot) + ":" + std::to_string(message.offset()) + " alone\n";
    return Sent::ok;
  }
  Sent flush(SendQueue& queue) {
    std::string bytes;
    taken.clear();
    const auto append = [this](std::string& out, LiveMessage& message, std::uint32_t slot) {
      log += std::to_string(slot) + ":" + std::to_string(message.offset()) + " ";
      out.append(message.stored().message.data);
    };
    return gather_frames(*this, queue, taken, bytes, append, [this](std::string_view frames) {
      log += "in " + std::to_string(frames.size()) + "\n";
      return Sent::blocked;
    });
  }

  std::string log;
  std::vector<SlotOffset> taken;
};

}  // namespace

TEST_CASE("small messages leave in one write, up to a mark", "[delivery][queue]") {
  SendQueue queue(500, QueuePolicy::drop_new);
  for (std::uint64_t offset = 1; offset <= 3; ++offset) queue.push(of_size(offset, 100), offset == 2 ? 1 : 0);
  queue.push(of_size(4, 100), 0);
  Scribe scribe;
  CHECK(scribe.flush(queue) == Sent::blocked);
  CHECK(scribe.log == "0:1 1:2 0:3 in 300\n");
  CHECK(scribe.taken == std::vector<SlotOffset>{{0, 1}, {1, 2}, {0, 3}});
  REQUIRE(queue.size() == 1);
  CHECK(queue.front().kind == Queued::Kind::dropped);
  CHECK(queue.bytes() == 0);
}

TEST_CASE("the only message goes alone, and so does a large one", "[delivery][queue]") {
  SendQueue queue(10 * defaults::max_gather_bytes, QueuePolicy::spill);
  queue.push(of_size(1, defaults::max_gather_bytes), 0);
  queue.push(of_size(2, 10), 0);
  Scribe scribe;
  CHECK(scribe.flush(queue) == Sent::ok);
  CHECK(scribe.taken == std::vector<SlotOffset>{{0, 1}});
  CHECK(scribe.flush(queue) == Sent::ok);
  CHECK(scribe.taken == std::vector<SlotOffset>{{0, 2}});
  CHECK(scribe.log == "0:1 alone\n0:2 alone\n");
  CHECK(queue.empty());
}

TEST_CASE("one write holds what passes its bound by one message at most", "[delivery][queue]") {
  constexpr std::size_t half = defaults::max_gather_bytes / 2;
  SendQueue queue(10 * defaults::max_gather_bytes, QueuePolicy::spill);
  for (std::uint64_t offset = 1; offset <= 4; ++offset) queue.push(of_size(offset, half), 0);
  Scribe scribe;
  scribe.flush(queue);
  scribe.flush(queue);
  CHECK(scribe.log == "0:1 0:2 in " + std::to_string(2 * half) + "\n0:3 0:4 in " + std::to_string(2 * half) + "\n");
}
