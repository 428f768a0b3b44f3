// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/send_queue.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace tidings;
using namespace tidings::delivery;

namespace {

// A message counts 64 bytes beside its text.
constexpr std::size_t overhead = 64;
constexpr std::size_t size_of_small = overhead + 36;

LiveRef message(std::uint64_t offset, const std::string& key = {}, std::size_t text = 36) {
  auto stored = std::make_shared<StoredMessage>();
  stored->position = {7, offset};
  stored->message.key = key;
  stored->message.data = std::string(text, 'x');
  return LiveRef::make(std::move(stored), 1);
}

// One item as text: `slot:offset` for a message, `slot:D from-to` and `slot:S from-to` for marks.
std::string text_of(const Queued& item) {
  const std::string slot = std::to_string(item.slot) + ":";
  if (item.message) return slot + std::to_string(item.message->offset());
  const char* const kind = item.kind == Queued::Kind::dropped ? "D" : "S";
  return slot + kind + std::to_string(item.from) + "-" + std::to_string(item.to);
}

std::string text_of(const SendQueue& queue) {
  std::string text;
  for (const Queued& item : queue.items()) text += (text.empty() ? "" : " ") + text_of(item);
  return text;
}

std::size_t bytes_of(const SendQueue& queue) {
  std::size_t bytes = 0;
  for (const Queued& item : queue.items()) bytes += item.message ? item.message->queued_bytes() : 0;
  return bytes;
}

}  // namespace

TEST_CASE("a queue gives back what it was given, slot by slot", "[delivery][queue]") {
  SendQueue queue(10 * size_of_small, QueuePolicy::spill);
  CHECK(queue.empty());
  CHECK(queue.push(message(5), 0) == SendQueue::Verdict::queued);
  CHECK(queue.push(message(9), 1) == SendQueue::Verdict::queued);
  CHECK(queue.push(message(6), 0) == SendQueue::Verdict::queued);
  CHECK(text_of(queue) == "0:5 1:9 0:6");
  CHECK(queue.size() == 3);
  CHECK(queue.bytes() == 3 * size_of_small);
  CHECK(queue.first_offset(0) == 5);
  CHECK(queue.first_offset(1) == 9);
  CHECK(queue.first_offset(2) == 0);
  CHECK(queue.front().message->offset() == 5);
  std::vector<SlotOffset> taken{{4, 4}};
  CHECK(text_of(queue.take(taken)) == "0:5");
  CHECK(taken == std::vector<SlotOffset>{{4, 4}, {0, 5}});
  CHECK(queue.bytes() == 2 * size_of_small);
  CHECK(queue.first_offset(0) == 6);
  queue.erase_slot(0);
  CHECK(text_of(queue) == "1:9");
  CHECK(queue.bytes() == size_of_small);
  queue.pop();
  CHECK(queue.empty());
  CHECK(queue.bytes() == 0);
}

TEST_CASE("the bound counts text, event name and overhead, and is inclusive", "[delivery][queue]") {
  SendQueue queue(200, QueuePolicy::spill);
  CHECK(queue.push(message(1, {}, 36), 0) == SendQueue::Verdict::queued);
  CHECK(queue.push(message(2, {}, 36), 0) == SendQueue::Verdict::queued);
  CHECK(queue.bytes() == 200);
  CHECK(queue.push(message(3, {}, 0), 0) == SendQueue::Verdict::spill);
}

TEST_CASE("an empty queue takes any message", "[delivery][queue]") {
  const QueuePolicy policy = GENERATE(QueuePolicy::spill, QueuePolicy::conflate, QueuePolicy::drop_new,
                                      QueuePolicy::drop_oldest, QueuePolicy::close);
  SendQueue queue(10, policy);
  CHECK(queue.push(message(1, {}, 1000), 0) == SendQueue::Verdict::queued);
  CHECK(queue.bytes() == 1000 + overhead);
  queue.pop();
  CHECK(queue.push(message(2, {}, 1000), 0) == SendQueue::Verdict::queued);
}

TEST_CASE("a full queue acts by its policy", "[delivery][queue]") {
  using Row = std::pair<QueuePolicy, std::pair<SendQueue::Verdict, std::string>>;
  const auto& [policy, wanted] = GENERATE(values<Row>({
      {QueuePolicy::spill, {SendQueue::Verdict::spill, "0:1 1:1 0:2"}},
      {QueuePolicy::conflate, {SendQueue::Verdict::spill, "0:1 1:1 0:2"}},
      {QueuePolicy::close, {SendQueue::Verdict::close, "0:1 1:1 0:2"}},
      {QueuePolicy::drop_new, {SendQueue::Verdict::dropped, "0:1 1:1 0:2 0:D3-3"}},
      {QueuePolicy::drop_oldest, {SendQueue::Verdict::dropped, "0:D1-1 1:1 0:2 0:3"}},
  }));
  SendQueue queue(3 * size_of_small, policy);
  queue.push(message(1), 0);
  queue.push(message(1), 1);
  queue.push(message(2), 0);
  CHECK(queue.push(message(3), 0) == wanted.first);
  CHECK(text_of(queue) == wanted.second);
  CHECK(queue.bytes() == 3 * size_of_small);
}

TEST_CASE("messages dropped one after the other are one mark for each slot", "[delivery][queue]") {
  SendQueue queue(2 * size_of_small, QueuePolicy::drop_new);
  queue.push(message(1), 0);
  queue.push(message(1), 1);
  for (std::uint64_t offset = 2; offset <= 4; ++offset) {
    CHECK(queue.push(message(offset), 0) == SendQueue::Verdict::dropped);
    CHECK(queue.push(message(offset), 1) == SendQueue::Verdict::dropped);
  }
  CHECK(text_of(queue) == "0:1 1:1 0:D2-4 1:D2-4");
  CHECK(queue.first_offset(0) == 1);
  queue.pop();
  CHECK(queue.first_offset(0) == 2);
  CHECK(queue.push(message(5), 0) == SendQueue::Verdict::queued);
  CHECK(text_of(queue) == "1:1 0:D2-4 1:D2-4 0:5");
}

TEST_CASE("the oldest give way until the new one fits, each with a mark in its place", "[delivery][queue]") {
  SendQueue queue(4 * size_of_small, QueuePolicy::drop_oldest);
  queue.push(message(1), 0);
  queue.push(message(2), 0);
  queue.push(message(1), 1);
  queue.push(message(3), 0);
  CHECK(queue.push(message(4, {}, 36 + 2 * size_of_small), 0) == SendQueue::Verdict::dropped);
  CHECK(text_of(queue) == "0:D1-2 1:D1-1 0:3 0:4");
  // One that is larger than the whole queue leaves alone.
  CHECK(queue.push(message(5, {}, 5000), 0) == SendQueue::Verdict::dropped);
  CHECK(text_of(queue) == "0:D1-4 1:D1-1 0:5");
  CHECK(queue.bytes() == 5000 + overhead);
}

TEST_CASE("a keyed message gives way to the next of its key, in its own slot only", "[delivery][queue]") {
  SendQueue queue(10 * size_of_small, QueuePolicy::conflate);
  CHECK(queue.push(message(1, "a"), 0) == SendQueue::Verdict::queued);
  CHECK(queue.push(message(1, "a"), 1) == SendQueue::Verdict::queued);
  CHECK(queue.push(message(2, "b"), 0) == SendQueue::Verdict::queued);
  CHECK(queue.push(message(3), 0) == SendQueue::Verdict::queued);
  CHECK(queue.push(message(4, "a"), 0) == SendQueue::Verdict::conflated);
  CHECK(text_of(queue) == "0:S1-1 1:1 0:2 0:3 0:4");
  CHECK(queue.push(message(5, "b"), 0) == SendQueue::Verdict::conflated);
  CHECK(text_of(queue) == "0:S1-2 1:1 0:3 0:4 0:5");
  // Messages without a key never give way.
  CHECK(queue.push(message(6), 0) == SendQueue::Verdict::queued);
  CHECK(queue.bytes() == bytes_of(queue));
}

TEST_CASE("conflating makes room before the bound is asked", "[delivery][queue]") {
  SendQueue queue(2 * size_of_small, QueuePolicy::conflate);
  queue.push(message(1, "a"), 0);
  queue.push(message(2, "b"), 0);
  CHECK(queue.push(message(3, "a"), 0) == SendQueue::Verdict::conflated);
  CHECK(queue.push(message(4, "c"), 0) == SendQueue::Verdict::spill);
  // What a spill reads on from is in front of everything that was queued, marks included.
  CHECK(queue.first_offset(0) == 1);
}

TEST_CASE("a key changed for ever takes the room of one message and one mark", "[delivery][queue]") {
  SendQueue queue(10 * size_of_small, QueuePolicy::conflate);
  for (std::uint64_t offset = 1; offset <= 1000; ++offset) queue.push(message(offset, "a"), 0);
  CHECK(text_of(queue) == "0:S1-999 0:1000");
}

TEST_CASE("dropping for ever takes no more than the bound", "[delivery][queue]") {
  const QueuePolicy policy = GENERATE(QueuePolicy::drop_new, QueuePolicy::drop_oldest);
  SendQueue queue(5 * size_of_small, policy);
  for (std::uint64_t offset = 1; offset <= 1000; ++offset) {
    for (std::uint32_t slot = 0; slot < 8; ++slot) queue.push(message(offset), slot);
  }
  CHECK(queue.bytes() == 5 * size_of_small);
  CHECK(queue.size() <= 5 + 2 * 8);
}

namespace {

// A session's end of the queue: keeps account of what every slot was given, popped or told to be lost.
class Account {
 public:
  Account(std::uint32_t seed, QueuePolicy policy) : random_(seed), queue_(6 * size_of_small, policy), policy_(policy) {}

  void step() {
    if (random_() % 3 == 0) {
      if (!queue_.empty()) pop();
    } else {
      push(random_() % slots);
    }
    if (random_() % 100 == 0) forget(random_() % slots);
    check_bytes();
  }
  void drain() {
    while (!queue_.empty()) pop();
    for (std::uint32_t slot = 0; slot < slots; ++slot) expect(popped_[slot] == pushed_[slot], "something is missing");
    expect(queue_.bytes() == 0, "bytes remain");
  }
  const std::string& wrong() const { return wrong_; }

 private:
  static constexpr std::uint32_t slots = 3;

  void push(std::uint32_t slot) {
    const std::uint64_t offset = ++pushed_[slot];
    const std::string key = random_() % 3 == 0 ? "" : std::string(1, static_cast<char>('a' + random_() % 3));
    latest_[{slot, key}] = offset;
    keys_[{slot, offset}] = key;
    switch (queue_.push(message(offset, key, random_() % 120), slot)) {
      case SendQueue::Verdict::spill:
        expect(policy_ == QueuePolicy::spill || policy_ == QueuePolicy::conflate, "spill under another policy");
        spill(slot, offset);
        break;
      case SendQueue::Verdict::close:
        expect(policy_ == QueuePolicy::close, "close under another policy");
        spill(slot, offset);
        break;
      default: break;
    }
  }

  // Everything from the first queued offset on is read again, so nothing before it may be open.
  void spill(std::uint32_t slot, std::uint64_t offset) {
    for (std::uint32_t each = 0; each < slots; ++each) {
      const std::uint64_t first = queue_.first_offset(each);
      if (first != 0) expect(first == popped_[each] + 1, "a spill would skip");
      if (first == 0 && each == slot) expect(popped_[each] + 1 == offset, "a spill would skip the new one");
      if (first == 0 && each != slot) expect(popped_[each] == pushed_[each], "a spill would forget");
      queue_.erase_slot(each);
      popped_[each] = pushed_[each];
    }
    expect(queue_.empty(), "erased, and not empty");
  }

  void forget(std::uint32_t slot) {
    queue_.erase_slot(slot);
    expect(queue_.first_offset(slot) == 0, "an erased slot remains");
    popped_[slot] = pushed_[slot];
  }

  void pop() {
    const Queued item = queue_.front();
    queue_.pop();
    const std::uint64_t from = item.first_offset();
    const std::uint64_t to = item.message ? from : item.to;
    expect(from == popped_[item.slot] + 1, "a hole or a step back at " + text_of(item));
    expect(from <= to && to <= pushed_[item.slot], "a mark of what never was: " + text_of(item));
    if (item.kind == Queued::Kind::superseded) {
      for (std::uint64_t offset = from; offset <= to; ++offset) {
        const std::string key = keys_[{item.slot, offset}];
        expect(!key.empty() && latest_[{item.slot, key}] > offset, "superseded by nothing: " + text_of(item));
      }
    }
    const bool drops = policy_ == QueuePolicy::drop_new || policy_ == QueuePolicy::drop_oldest;
    expect(item.kind != Queued::Kind::dropped || drops, "dropped under another policy");
    popped_[item.slot] = to;
  }

  void check_bytes() {
    std::size_t messages = 0;
    for (const Queued& item : queue_.items()) messages += item.message ? 1 : 0;
    expect(queue_.bytes() == bytes_of(queue_), "wrong count of bytes");
    expect(queue_.bytes() <= 6 * size_of_small || messages == 1, "over the bound");
    expect(queue_.empty() == (queue_.size() == 0), "empty and not empty");
  }

  void expect(bool truth, const std::string& what) {
    if (!truth && wrong_.empty()) wrong_ = what + ", queue: " + text_of(queue_);
  }

  std::mt19937 random_;
  SendQueue queue_;
  QueuePolicy policy_;
  std::map<std::uint32_t, std::uint64_t> pushed_;
  std::map<std::uint32_t, std::uint64_t> popped_;
  std::map<std::pair<std::uint32_t, std::string>, std::uint64_t> latest_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> keys_;
  std::string wrong_;
};

}  // namespace

// Every pushed offset is popped, or in a mark, or read again after a spill: in order, once.
TEST_CASE("nothing is lost without a mark", "[delivery][queue][property]") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  const QueuePolicy policy = GENERATE(QueuePolicy::spill, QueuePolicy::conflate, QueuePolicy::drop_new,
                                      QueuePolicy::drop_oldest, QueuePolicy::close);
  CAPTURE(seed, to_string(policy));
  Account account(seed, policy);
  for (int i = 0; i < 3000 && account.wrong().empty(); ++i) account.step();
  if (account.wrong().empty()) account.drain();
  CHECK(account.wrong() == "");
}
