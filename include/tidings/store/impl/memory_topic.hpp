// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_IMPL_MEMORY_TOPIC_HPP
#define TIDINGS_STORE_IMPL_MEMORY_TOPIC_HPP

#include <tidings/delivery/acknowledgement.hpp>
#include <tidings/delivery/gap.hpp>
#include <tidings/delivery/offset_ranges.hpp>
#include <tidings/store_types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// One topic of a memory store: its log, members and seen marks. No lock of its own.
template <class Options>
class MemoryTopic {
 public:
  MemoryTopic(std::uint64_t epoch, bool inbox) : inbox_(inbox) { state_.epoch = epoch; }

  const TopicState& state() const { return state_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return live_; }
  /// Members by somebody's word: an inbox's owner is one by its name.
  bool has_members() const {
    return !inbox_ &&
           std::any_of(members_.begin(), members_.end(), [](const auto& each) { return each.second.is_member(); });
  }
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
    newest_id_ = std::max(newest_id_, stored->id);
    log_.push_back({stored});
    return stored;
  }

  /// Where the message of this id stands, or stood before it gave way lately. Ids of one hub grow, but threads may
  /// append them out of order.
  std::optional<Position> find(const MessageId& id) const {
    if (newest_id_ < id) return std::nullopt;
    for (auto each = log_.rbegin(); each != log_.rend(); ++each) {
      if (each->message && each->message->id == id) return each->message->position;
    }
    for (const auto& [given_way, position] : given_way_) {
      if (given_way == id) return position;
    }
    return std::nullopt;
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

  /// Removes the oldest until the options' bounds hold, and all that are too old. The newest message survives the bound
  /// in bytes.
  void retain(const Options& options, wall_time now) {
    const wall_time oldest = now - options.max_age;
    while (!log_.empty()) {
      const StoredMessagePtr& front = log_.front().message;
      const bool fits = live_ <= options.max_messages && (bytes_ <= options.max_bytes || live_ == 1) &&
                        log_.size() <= entries_per_message * options.max_messages;
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

  void standings(Position position, StandingsResult& result) const {
    const std::uint64_t offset = position.offset;
    // A place of another log: nobody is known to have what was there.
    const bool known = delivery::first_unknown(state_, position) > offset;
    for (const auto& [user, member] : members_) {
      if (member.is_member()) result.has_members = true;
      if (!known) {
        if (member.is_member()) result.members.push_back({user});
        continue;
      }
      const Standing standing = member.standing(offset);
      if (standing == Standing::not_member) continue;
      result.has_members = true;
      result.members.push_back(
          {user, standing, member.evidence(offset), member.reason(offset), seen_.contains(offset)});
    }
  }

  // ---- inbox ----

  void mark_seen(std::uint64_t offset) {
    if (offset < 1 || offset > state_.top) return;
    seen_.add(offset, offset);
    // What is no longer retained is forgotten when the marks become many.
    if (seen_.ranges().size() > seen_ranges_kept) seen_.forget_through(state_.floor);
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

  void page(std::uint64_t before, std::size_t limit, wall_time now, const delivery::Acknowledgements& owner,
            InboxPage& page) const {
    std::uint64_t offset = before == 0 ? state_.top : std::min(before - 1, state_.top);
    for (; offset >= first_; --offset) {
      const Entry& entry = at(offset);
      if (!entry.message || is_expired(*entry.message, now)) continue;
      if (page.items.size() == limit) {
        page.more = true;
        return;
      }
      page.items.push_back({entry.message, owner.standing(offset) == Standing::acknowledged, seen_.contains(offset)});
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
    given_way_.emplace_back(entry.message->id, entry.message->position);
    if (given_way_.size() > given_way_kept) given_way_.pop_front();
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
  // Superseded messages that are known by their ids: a publication that is tried again must not bring an old value back.
  static constexpr std::size_t given_way_kept = 64;

  static constexpr std::size_t seen_ranges_kept = 1024;

  TopicState state_;
  bool inbox_;
  MessageId newest_id_;
  // Offsets first_ .. top, one entry each.
  std::deque<Entry> log_;
  std::uint64_t first_ = 1;
  std::size_t live_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::uint64_t> latest_of_key_;
  std::deque<std::pair<MessageId, Position>> given_way_;
  std::unordered_map<std::string, delivery::Acknowledgements> members_;
  delivery::OffsetRanges seen_;
  wall_time touched_;
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_IMPL_MEMORY_TOPIC_HPP
