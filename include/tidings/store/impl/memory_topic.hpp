// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_IMPL_MEMORY_TOPIC_HPP
#define TIDINGS_STORE_IMPL_MEMORY_TOPIC_HPP

#include <tidings/delivery/acknowledgement.hpp>
#include <tidings/delivery/gap.hpp>
#include <tidings/delivery/offset_ranges.hpp>
#include <tidings/delivery/ring.hpp>
#include <tidings/store_types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// One topic of a memory store: its log, members and seen marks. No lock of its own. A topic that was only asked for, as
/// by a session that waits in its inbox, is small: what a message or member needs is made with the first one.
template <class Options>
class MemoryTopic {
 public:
  MemoryTopic(std::uint64_t epoch, bool inbox) : epoch_(epoch), inbox_(inbox) {}

  TopicState state() const { return held_ ? held_->state : TopicState{.epoch = epoch_}; }
  std::size_t bytes() const { return held_ ? held_->bytes : 0; }
  std::size_t size() const { return held_ ? held_->live : 0; }
  /// Members by somebody's word: an inbox's owner is one by its name.
  bool has_members() const {
    return !inbox_ && held_ && std::any_of(held_->members.begin(), held_->members.end(), [](const auto& each) {
      return each.second.is_member();
    });
  }
  wall_time touched() const { return touched_; }
  void touch(wall_time now) { touched_ = now; }
  void begin_epoch(std::uint64_t epoch) { held().state.begin_epoch(epoch); }

  StoredMessagePtr append(AppendRequest request, wall_time now) {
    auto stored = std::make_shared<StoredMessage>();
    stored->id = request.id;
    Held& held = this->held();
    stored->position = {held.state.epoch, ++held.state.top};
    stored->time = now;
    if (request.message.ttl.count() > 0) stored->expires = now + request.message.ttl;
    stored->message = std::move(request.message);
    supersede(stored->message.key);
    held.bytes += size_of(*stored);
    ++held.live;
    if (!stored->message.key.empty()) {
      if (!held.keyed) held.keyed = std::make_unique<Keyed>();
      held.keyed->latest[stored->message.key] = held.state.top;
    }
    held.newest_id = std::max(held.newest_id, stored->id);
    held.log.push_back({stored});
    return stored;
  }

  /// Where the message of this id stands, or stood before it gave way lately. Ids of one hub grow, but threads may
  /// append them out of order.
  std::optional<Position> find(const MessageId& id) const {
    if (!held_ || held_->newest_id < id) return std::nullopt;
    for (std::size_t i = held_->log.size(); i-- > 0;) {
      const StoredMessagePtr& message = held_->log[i].message;
      if (message && message->id == id) return message->position;
    }
    const Keyed* const keyed = held_->keyed.get();
    for (std::size_t i = 0; keyed != nullptr && i < keyed->given_way.size(); ++i) {
      if (keyed->given_way[i].first == id) return keyed->given_way[i].second;
    }
    return std::nullopt;
  }

  void read(std::uint64_t after, std::size_t limit, wall_time now, ReadResult& result) const {
    result.through = std::max(after, held_ ? held_->state.floor : 0);
    if (result.through + 1 < first()) {
      // Between the floor and the log there are only holes that supersession left.
      result.superseded.push_back({result.through + 1, first() - 1});
      result.through = first() - 1;
    }
    for (std::uint64_t offset = result.through + 1; offset <= top(); ++offset) {
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
    while (held_ && !held_->log.empty()) {
      const StoredMessagePtr& front = held_->log.front().message;
      const bool fits = held_->live <= options.max_messages &&
                        (held_->bytes <= options.max_bytes || held_->live == 1) &&
                        held_->log.size() <= entries_per_message * options.max_messages;
      if (front && fits && !(front->time < oldest)) return;
      remove_front();
    }
  }

  void trim(std::size_t keep) {
    while (size() > keep) remove_front();
  }

  // ---- members ----

  delivery::Acknowledgements* member(const std::string& user) {
    if (!held_) return nullptr;
    const auto found = held_->members.find(user);
    return found == held_->members.end() ? nullptr : &found->second;
  }
  /// An inbox's owner is a member from the first message on, whether it is written down or not.
  delivery::Acknowledgements& owner(const std::string& user) {
    delivery::Acknowledgements& owner = held().members[user];
    owner.join(0);
    return owner;
  }
  void add_member(const std::string& user) { held().members[user].join(top()); }
  void remove_member(const std::string& user) {
    if (delivery::Acknowledgements* const found = member(user)) found->leave(top());
  }

  void standings(Position position, StandingsResult& result) const {
    if (!held_) return;
    const std::uint64_t offset = position.offset;
    // A place of another log: nobody is known to have what was there.
    const bool known = delivery::first_unknown(held_->state, position) > offset;
    for (const auto& [user, member] : held_->members) {
      if (member.is_member()) result.has_members = true;
      if (!known) {
        if (member.is_member()) result.members.push_back({user});
        continue;
      }
      const Standing standing = member.standing(offset);
      if (standing == Standing::not_member) continue;
      result.has_members = true;
      result.members.push_back({user, standing, member.evidence(offset), member.reason(offset), is_seen(offset)});
    }
  }

  // ---- inbox ----

  void mark_seen(std::uint64_t offset) {
    if (offset < 1 || offset > top()) return;
    delivery::OffsetRanges& seen = held().seen;
    seen.add(offset, offset);
    // What is no longer retained is forgotten when the marks become many.
    if (seen.ranges().size() > seen_ranges_kept) seen.forget_through(held_->state.floor);
  }
  void mark_all_seen() {
    if (top() > 0) held().seen.add(1, top());
  }

  std::size_t unread(wall_time now) const {
    std::size_t count = 0;
    for (std::uint64_t offset = top(); offset >= first(); --offset) {
      const Entry& entry = at(offset);
      if (entry.message && !is_expired(*entry.message, now) && !is_seen(offset)) ++count;
    }
    return count;
  }

  void page(std::uint64_t before, std::size_t limit, wall_time now, const delivery::Acknowledgements& owner,
            InboxPage& page) const {
    std::uint64_t offset = before == 0 ? top() : std::min(before - 1, top());
    for (; offset >= first(); --offset) {
      const Entry& entry = at(offset);
      if (!entry.message || is_expired(*entry.message, now)) continue;
      if (page.items.size() == limit) {
        page.more = true;
        return;
      }
      page.items.push_back({entry.message, owner.standing(offset) == Standing::acknowledged, is_seen(offset)});
    }
  }

 private:
  struct Entry {
    StoredMessagePtr message;
    bool superseded = false;
  };

  // Only a topic whose messages have keys.
  struct Keyed {
    std::unordered_map<std::string, std::uint64_t> latest;
    delivery::Ring<std::pair<MessageId, Position>> given_way;
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

  /// What the first message or member brings.
  struct Held {
    explicit Held(std::uint64_t epoch) { state.epoch = epoch; }

    TopicState state;
    MessageId newest_id;
    // Offsets first .. top, one entry each.
    delivery::Ring<Entry> log;
    std::uint64_t first = 1;
    std::size_t live = 0;
    std::size_t bytes = 0;
    std::unique_ptr<Keyed> keyed;
    std::unordered_map<std::string, delivery::Acknowledgements> members;
    delivery::OffsetRanges seen;
  };

  Held& held() {
    if (!held_) held_ = std::make_unique<Held>(epoch_);
    return *held_;
  }
  std::uint64_t top() const { return held_ ? held_->state.top : 0; }
  std::uint64_t first() const { return held_ ? held_->first : 1; }
  // Of a message.
  bool is_seen(std::uint64_t offset) const { return held_->seen.contains(offset); }
  const Entry& at(std::uint64_t offset) const { return held_->log[static_cast<std::size_t>(offset - held_->first)]; }

  // A later message of the same key takes the place of an earlier one.
  void supersede(const std::string& key) {
    if (key.empty() || !held_->keyed) return;
    Keyed& keyed = *held_->keyed;
    const auto found = keyed.latest.find(key);
    if (found == keyed.latest.end()) return;
    Entry& entry = held_->log[static_cast<std::size_t>(found->second - held_->first)];
    held_->bytes -= size_of(*entry.message);
    --held_->live;
    keyed.given_way.push_back({entry.message->id, entry.message->position});
    if (keyed.given_way.size() > given_way_kept) keyed.given_way.pop_front();
    entry = {nullptr, true};
  }

  void remove_front() {
    Held& held = *held_;
    if (const StoredMessagePtr& message = held.log.front().message) {
      held.bytes -= size_of(*message);
      forget_key(*message);
      --held.live;
      // The floor tells of what retention took; a hole that supersession left is no loss.
      held.state.floor = held.first;
    }
    held.log.pop_front();
    ++held.first;
  }

  void forget_key(const StoredMessage& message) {
    if (!held_->keyed) return;
    auto& latest = held_->keyed->latest;
    const auto found = latest.find(message.message.key);
    if (found != latest.end() && found->second == message.position.offset) latest.erase(found);
  }

  // Holes in the middle of the log are bounded too, for a topic where one message stays and a key changes for ever.
  static constexpr std::size_t entries_per_message = 4;
  // Superseded messages that are known by their ids: a publication that is tried again must not bring an old value back.
  static constexpr std::size_t given_way_kept = 64;

  static constexpr std::size_t seen_ranges_kept = 1024;

  // Until something is held.
  std::uint64_t epoch_;
  wall_time touched_;
  std::unique_ptr<Held> held_;
  bool inbox_;
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_IMPL_MEMORY_TOPIC_HPP
