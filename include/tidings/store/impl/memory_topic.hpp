// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_IMPL_MEMORY_TOPIC_HPP
#define TIDINGS_STORE_IMPL_MEMORY_TOPIC_HPP

#include <tidings/delivery/acknowledgement.hpp>
#include <tidings/delivery/offset_ranges.hpp>
#include <tidings/store_types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// One topic of a memory store: its log, members and seen marks. No lock of its own.
class MemoryTopic {
 public:
  explicit MemoryTopic(std::uint64_t epoch) { state_.epoch = epoch; }

  const TopicState& state() const { return state_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return live_; }
  bool has_members() const { return !members_.empty(); }
  wall_time touched() const { return touched_; }
  void touch(wall_time now) { touched_ = now; }
  void begin_epoch(std::uint64_t epoch) { state_.begin_epoch(epoch); }

  StoredMessagePtr append(AppendRequest request, wall_time now) {
    auto stored = std::make_shared<StoredMessage>();
    stored->id = request.id;
    stored->position = {state_.epoch, ++state_.top};
    stored->time = now;
    if (request.message.ttl.count() > 0) stored->expires = now + request.message.ttl;
    stored->message = std::move(request.message);
    supersede(stored->message.key);
    bytes_ += size_of(*stored);
    ++live_;
    if (!stored->message.key.empty()) latest_of_key_[stored->message.key] = state_.top;
    log_.push_back({stored});
    return stored;
  }

  /// The message of this id, if it is among the newest ones: ids of one hub grow.
  StoredMessagePtr find(const MessageId& id) const {
    for (auto each = log_.rbegin(); each != log_.rend(); ++each) {
      if (!each->message) continue;
      if (each->message->id == id) return each->message;
      if (each->message->id < id) break;
    }
    return nullptr;
  }

  void read(std::uint64_t after, std::size_t limit, wall_time now, ReadResult& result) const {
    result.through = std::max(after, state_.floor);
    if (result.through + 1 < first_) {
      // Between the floor and the log there are only holes that supersession left.
      result.superseded.push_back({result.through + 1, first_ - 1});
      result.through = first_ - 1;
    }
    for (std::uint64_t offset = result.through + 1; offset <= state_.top; ++offset) {
      const Entry& entry = at(offset);
      if (entry.message && !is_expired(*entry.message, now)) {
        if (result.messages.size() == limit) return;
        result.messages.push_back(entry.message);
      } else if (entry.superseded) {
        add_superseded(result, offset);
      }
      result.through = offset;
    }
  }

  /// Removes the oldest until at most `messages` messages and `bytes` bytes are left, and all that are too old. The
  /// newest message survives the bound in bytes.
  void retain(std::size_t messages, std::size_t bytes, wall_time oldest) {
    while (!log_.empty()) {
      const StoredMessagePtr& front = log_.front().message;
      const bool fits =
          live_ <= messages && (bytes_ <= bytes || live_ == 1) && log_.size() <= entries_per_message * messages;
      if (front && fits && !(front->time < oldest)) return;
      remove_front();
    }
  }

  void trim(std::size_t keep) {
    while (live_ > keep) remove_front();
  }

  // ---- members ----

  delivery::Acknowledgements* member(const std::string& user) {
    const auto found = members_.find(user);
    return found == members_.end() ? nullptr : &found->second;
  }
  /// An inbox's owner is a member from the first message on.
  delivery::Acknowledgements& owner(const std::string& user) {
    delivery::Acknowledgements& owner = members_[user];
    owner.join(0);
    return owner;
  }
  void add_member(const std::string& user) { members_[user].join(state_.top); }
  void remove_member(const std::string& user) {
    if (delivery::Acknowledgements* const found = member(user)) found->leave(state_.top);
  }

  void standings(std::uint64_t offset, StandingsResult& result) const {
    for (const auto& [user, member] : members_) {
      if (member.is_member()) result.has_members = true;
      const Standing standing = member.standing(offset);
      if (standing == Standing::not_member) continue;
      result.has_members = true;
      result.members.push_back(
          {user, standing, member.evidence(offset), member.reason(offset), seen_.contains(offset)});
    }
  }

  // ---- inbox ----

  void mark_seen(std::uint64_t offset) {
    if (offset >= 1 && offset <= state_.top) seen_.add(offset, offset);
  }
  void mark_all_seen() { seen_.add(1, state_.top); }

  std::size_t unread(wall_time now) const {
    std::size_t count = 0;
    for (std::uint64_t offset = state_.top; offset >= first_; --offset) {
      const Entry& entry = at(offset);
      if (entry.message && !is_expired(*entry.message, now) && !seen_.contains(offset)) ++count;
    }
    return count;
  }

  void page(std::uint64_t before, std::size_t limit, wall_time now, std::uint64_t acknowledged, InboxPage& page) const {
    std::uint64_t offset = before == 0 ? state_.top : std::min(before - 1, state_.top);
    for (; offset >= first_; --offset) {
      const Entry& entry = at(offset);
      if (!entry.message || is_expired(*entry.message, now)) continue;
      if (page.items.size() == limit) {
        page.more = true;
        return;
      }
      page.items.push_back({entry.message, offset <= acknowledged, seen_.contains(offset)});
    }
  }

 private:
  struct Entry {
    StoredMessagePtr message;
    bool superseded = false;
  };

  static bool is_expired(const StoredMessage& message, wall_time now) {
    return message.expires.ms != 0 && message.expires <= now;
  }
  static std::size_t size_of(const StoredMessage& stored) {
    // What one message costs beside its text: its parts and its place in the log.
    return stored.message.data.size() + stored.message.event.size() + stored.message.key.size() + sizeof(StoredMessage);
  }
  static void add_superseded(ReadResult& result, std::uint64_t offset) {
    if (!result.superseded.empty() && result.superseded.back().to + 1 == offset) {
      result.superseded.back().to = offset;
    } else {
      result.superseded.push_back({offset, offset});
    }
  }

  const Entry& at(std::uint64_t offset) const { return log_[static_cast<std::size_t>(offset - first_)]; }

  // A later message of the same key takes the place of an earlier one.
  void supersede(const std::string& key) {
    if (key.empty()) return;
    const auto found = latest_of_key_.find(key);
    if (found == latest_of_key_.end()) return;
    Entry& entry = log_[static_cast<std::size_t>(found->second - first_)];
    bytes_ -= size_of(*entry.message);
    --live_;
    entry = {nullptr, true};
  }

  void remove_front() {
    if (const StoredMessagePtr& message = log_.front().message) {
      bytes_ -= size_of(*message);
      const auto key = latest_of_key_.find(message->message.key);
      if (key != latest_of_key_.end() && key->second == message->position.offset) latest_of_key_.erase(key);
      --live_;
      // The floor tells of what retention took; a hole that supersession left is no loss.
      state_.floor = first_;
    }
    log_.pop_front();
    ++first_;
  }

  // Holes in the middle of the log are bounded too, for a topic where one message stays and a key changes for ever.
  static constexpr std::size_t entries_per_message = 4;

  TopicState state_;
  // Offsets first_ .. top, one entry each.
  std::deque<Entry> log_;
  std::uint64_t first_ = 1;
  std::size_t live_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::uint64_t> latest_of_key_;
  std::unordered_map<std::string, delivery::Acknowledgements> members_;
  delivery::OffsetRanges seen_;
  wall_time touched_;
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_IMPL_MEMORY_TOPIC_HPP
