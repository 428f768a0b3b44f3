// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_POLL_CARRIER_HPP
#define TIDINGS_DELIVERY_POLL_CARRIER_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/gather_frames.hpp>
#include <tidings/delivery/poll_answer.hpp>
#include <tidings/delivery/shard.hpp>
#include <tidings/extern_template.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A session as one poll answer: collects while the session catches up, answers when it has something or its wait is
/// over.
///
/// @tparam Loop  See `BasicShard`.
template <class Loop>
class BasicPollCarrier final : public BasicCarrier<Loop> {
 public:
  using Session = BasicSession<Loop>;
  using OnAnswer = UniqueFunction<void(PollAnswer)>;

  /// @param waits   A long poll: an empty answer is held back until the session's wait is over.
  /// @param limit   Messages in one answer, >= 1.
  /// @param answer  Called at most once; not called when the client is gone.
  BasicPollCarrier(bool waits, std::size_t limit, OnAnswer answer)
      : answer_(std::move(answer)), limit_(limit), waits_(waits) {}

  Transport transport() const override { return waits_ ? Transport::long_poll : Transport::short_poll; }

  Sent open(Session& session, std::span<const SlotToken> slots) override {
    session_ = &session;
    return slots.empty() && !waits_ ? Sent::full : Sent::ok;
  }

  Sent send(LiveMessage& message, std::uint32_t slot) override {
    if (collected_.count > 0) collected_.messages.push_back(',');
    const std::string& text = message.json();
    collected_.messages.append(text);
    pieces_.emplace_back(slot, text.size());
    ++collected_.count;
    collected_.cursor.set(message.tag(), message.stored().position);
    if (is_full()) {
      collected_.more = !present_;
      return Sent::full;
    }
    return present_ ? Sent::full : Sent::ok;
  }

  // A batch answers as one.
  Sent send_queued(SendQueue& queue, std::vector<SlotOffset>& taken) override {
    const bool present = std::exchange(present_, false);
    Sent sent = Sent::ok;
    while (sent == Sent::ok && !queue.empty() && queue.front().message) sent = send_next(*this, queue, taken);
    present_ = present;
    return sent;
  }

  // A gap comes before all messages of its topic; behind some, it is left for the next poll to find.
  Sent gap(std::uint32_t slot, Position to) override {
    if (collected_.cursor.find(session_->tag(slot))) {
      collected_.more = true;
      return Sent::full;
    }
    collected_.gaps.emplace_back(session_->topic(slot));
    collected_.cursor.set(session_->tag(slot), to);
    return Sent::ok;
  }

  void revoked(std::uint32_t slot) override {
    std::string kept;
    std::size_t at = 0;
    for (const auto& [owner, size] : pieces_) {
      const std::string_view piece = std::string_view(collected_.messages).substr(at, size);
      at += size + 1;
      if (owner != slot) kept.append(kept.empty() ? "" : ",").append(piece);
    }
    collected_.messages = std::move(kept);
    std::erase_if(pieces_, [slot](const auto& each) { return each.first == slot; });
    collected_.count = pieces_.size();
    std::erase(collected_.gaps, std::string(session_->topic(slot)));
    collected_.cursor.erase(session_->tag(slot));
  }

  Sent slots_changed(std::span<const SlotToken>) override { return Sent::ok; }
  Sent unread(std::size_t) override { return Sent::ok; }
  Sent beat() override { return Sent::ok; }

  Sent caught_up() override {
    present_ = true;
    return !waits_ || !collected_.empty() ? Sent::full : Sent::ok;
  }
  Sent batch_end() override { return present_ && !collected_.empty() ? Sent::full : Sent::ok; }

  void finish(std::error_code why, std::chrono::milliseconds retry, std::span<const SlotToken> slots) override {
    if (!answer_) return;
    collected_.why = why;
    collected_.retry = retry;
    // Topics of which nothing came stand where the session stands.
    for (const SlotToken& each : slots) {
      if (!each.active || collected_.cursor.find(each.tag)) continue;
      collected_.cursor.set(each.tag, each.position);
      if (each.position.epoch == 0) collected_.incomplete = true;
    }
    if (collected_.incomplete && !collected_.why) collected_.why = errc::store_unavailable;
    std::exchange(answer_, nullptr)(std::move(collected_));
  }
  void abort() override { answer_ = nullptr; }

  std::size_t pending_bytes() const override { return collected_.messages.size(); }
  std::chrono::milliseconds heartbeat_period() const override { return std::chrono::milliseconds{0}; }

 private:
  bool is_full() const {
    return collected_.count >= limit_ || collected_.messages.size() >= defaults::max_poll_answer_bytes;
  }

  OnAnswer answer_;
  PollAnswer collected_;
  // Slot and size of each message's text.
  std::vector<std::pair<std::uint32_t, std::size_t>> pieces_;
  Session* session_ = nullptr;
  std::size_t limit_;
  bool waits_;
  bool present_ = false;
};

using PollCarrier = BasicPollCarrier<LoopExecutor>;
TIDINGS_EXTERN_TEMPLATE(class BasicPollCarrier<LoopExecutor>)

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_POLL_CARRIER_HPP
