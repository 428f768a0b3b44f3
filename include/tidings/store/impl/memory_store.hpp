// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_IMPL_MEMORY_STORE_HPP
#define TIDINGS_STORE_IMPL_MEMORY_STORE_HPP

#include <tidings/net/clock.hpp>
#include <tidings/protocol/topic_name.hpp>
#include <tidings/store/impl/memory_topic.hpp>
#include <tidings/store/memory_store.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// All topics of a memory store, in parts with a lock each.
class MemoryTopics {
 public:
  explicit MemoryTopics(MemoryStoreOptions options) : options_(std::move(options)) {
    std::random_device device;
    for (Part& part : parts_) {
      const std::uint64_t seed = options_.seed != 0 ? options_.seed + static_cast<std::uint64_t>(&part - parts_.data())
                                                    : (std::uint64_t{device()} << 32U | device());
      part.random.seed(seed);
    }
  }

  const MemoryStoreOptions& options() const { return options_; }
  wall_time now() const { return options_.clock ? options_.clock() : io::wall_now(); }
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  void set_announce(Announce announce) {
    // Waits for the appends under way: after this they call the new one, or none.
    const std::unique_lock lock(announce_mutex_);
    announce_ = std::move(announce);
  }

  Appended append(AppendRequest request) {
    const std::shared_lock announcing(announce_mutex_);
    Part& part = part_of(request.message.topic);
    Appended appended;
    {
      const std::lock_guard lock(part.mutex);
      const wall_time now = this->now();
      forget_keys(part, now);
      MemoryTopic& topic = part.topic(request.message.topic, now, *this);
      if (const auto known = find_duplicate(part, topic, request, now)) return *known;
      const std::size_t before = topic.bytes();
      const std::string key = request.message.idempotency_key;
      const std::string name = request.message.topic;
      const StoredMessagePtr stored = topic.append(std::move(request), now);
      appended = {stored->id, stored->position, false};
      if (!key.empty()) remember_key(part, name, key, appended, now);
      retain(topic, now);
      account(part, before, topic.bytes());
      sweep(part, now);
      if (announce_) announce_(stored);
    }
    if (bytes() > options_.max_total_bytes) evict();
    return appended;
  }

  /// Calls `f(topic, now)` with the topic's part locked.
  template <class F>
  void with_topic(const std::string& name, F&& f) {
    Part& part = part_of(name);
    const std::lock_guard lock(part.mutex);
    const wall_time now = this->now();
    const std::size_t known = part.topics.size();
    MemoryTopic& topic = part.topic(name, now, *this);
    const std::size_t before = topic.bytes();
    retain(topic, now);
    f(topic, now);
    account(part, before, topic.bytes());
    if (part.topics.size() > known) sweep(part, now);
  }

  /// The same for a topic that exists; nothing otherwise.
  template <class F>
  void with_known_topic(const std::string& name, F&& f) {
    Part& part = part_of(name);
    const std::lock_guard lock(part.mutex);
    const auto found = part.topics.find(name);
    if (found == part.topics.end()) return;
    const wall_time now = this->now();
    MemoryTopic& topic = found->second;
    const std::size_t before = topic.bytes();
    retain(topic, now);
    f(topic, now);
    account(part, before, topic.bytes());
  }

  void begin_epoch(const std::string& name) {
    Part& part = part_of(name);
    const std::lock_guard lock(part.mutex);
    part.topic(name, now(), *this).begin_epoch(part.epoch());
  }

 private:
  static constexpr std::size_t part_count = 16;

  struct KnownKey {
    Appended appended;
    wall_time expires;
  };

  struct Part {
    std::mutex mutex;
    std::unordered_map<std::string, MemoryTopic> topics;
    std::unordered_map<std::string, KnownKey> keys;
    std::deque<std::pair<wall_time, std::string>> key_order;
    std::mt19937_64 random;
    std::atomic<std::size_t> bytes{0};
    std::size_t next_bucket = 0;

    // 60 random bits; 0 means "none".
    std::uint64_t epoch() { return (random() >> 4U) | 1U; }

    MemoryTopic& topic(const std::string& name, wall_time now, MemoryTopics& all) {
      auto found = topics.find(name);
      if (found == topics.end()) {
        found = topics.try_emplace(name, epoch(), protocol::is_inbox(name)).first;
        all.topic_count_.fetch_add(1, std::memory_order_relaxed);
      }
      found->second.touch(now);
      return found->second;
    }
  };

  Part& part_of(const std::string& topic) { return parts_[std::hash<std::string>{}(topic) % part_count]; }

  // The id is the default key: looked up in the log, since a fresh id is above the last one there.
  static std::optional<Appended> find_duplicate(Part& part, const MemoryTopic& topic, const AppendRequest& request,
                                                wall_time now) {
    if (!request.message.idempotency_key.empty()) {
      const auto known = part.keys.find(key_name(request.message.topic, request.message.idempotency_key));
      if (known == part.keys.end() || known->second.expires <= now) return std::nullopt;
      Appended again = known->second.appended;
      again.duplicate = true;
      return again;
    }
    if (const std::optional<Position> position = topic.find(request.id)) return Appended{request.id, *position, true};
    return std::nullopt;
  }

  static std::string key_name(const std::string& topic, const std::string& key) {
    return std::string(topic).append(1, '\0').append(key);
  }

  void remember_key(Part& part, const std::string& topic, const std::string& key, const Appended& appended,
                    wall_time now) {
    const wall_time expires = now + options_.idempotency_age;
    std::string name = key_name(topic, key);
    part.key_order.emplace_back(expires, name);
    part.keys[std::move(name)] = {appended, expires};
    key_count_.fetch_add(1, std::memory_order_relaxed);
    // Each part gives up its own oldest; a part keeps one key at least.
    while (key_count_.load(std::memory_order_relaxed) > options_.max_idempotency_keys && part.key_order.size() > 1) {
      forget_oldest_key(part);
    }
  }

  void forget_keys(Part& part, wall_time now) {
    while (!part.key_order.empty() && part.key_order.front().first <= now) forget_oldest_key(part);
  }

  void forget_oldest_key(Part& part) {
    const auto found = part.keys.find(part.key_order.front().second);
    if (found != part.keys.end() && found->second.expires == part.key_order.front().first) part.keys.erase(found);
    part.key_order.pop_front();
    key_count_.fetch_sub(1, std::memory_order_relaxed);
  }

  void retain(MemoryTopic& topic, wall_time now) const {
    topic.retain(options_.max_messages, options_.max_bytes, now - options_.max_age);
  }

  void account(Part& part, std::size_t before, std::size_t after) {
    // Unsigned arithmetic wraps to the right sum.
    part.bytes.fetch_add(after - before, std::memory_order_relaxed);
    bytes_.fetch_add(after - before, std::memory_order_relaxed);
  }

  // Every append looks at a few other topics, so that quiet ones grow old without a thread of ours.
  void sweep(Part& part, wall_time now) {
    const bool crowded = topic_count_.load(std::memory_order_relaxed) > options_.max_topics;
    for (int looks = 0; looks < 2 && part.topics.bucket_count() > 0; ++looks) {
      part.next_bucket = (part.next_bucket + 1) % part.topics.bucket_count();
      std::vector<std::string> gone;
      for (auto each = part.topics.begin(part.next_bucket); each != part.topics.end(part.next_bucket); ++each) {
        MemoryTopic& topic = each->second;
        const std::size_t before = topic.bytes();
        retain(topic, now);
        account(part, before, topic.bytes());
        const bool old = topic.touched() + options_.metadata_age < now || (crowded && topic.touched() < now);
        if (topic.size() == 0 && !topic.has_members() && old) gone.push_back(each->first);
      }
      for (const std::string& name : gone) {
        part.topics.erase(name);
        topic_count_.fetch_sub(1, std::memory_order_relaxed);
      }
    }
  }

  // Halves large topics until the store fits; the largest are found among a sample.
  void evict() {
    for (int rounds = 0; rounds < 64 && bytes() > options_.max_total_bytes; ++rounds) {
      Part& part = *std::max_element(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) {
        return a.bytes.load(std::memory_order_relaxed) < b.bytes.load(std::memory_order_relaxed);
      });
      const std::lock_guard lock(part.mutex);
      MemoryTopic* largest = nullptr;
      std::size_t looked = 0;
      const std::size_t start = part.topics.bucket_count() > 0 ? part.random() % part.topics.bucket_count() : 0;
      for (std::size_t i = 0; i < part.topics.bucket_count() && looked < 256; ++i) {
        const std::size_t bucket = (start + i) % part.topics.bucket_count();
        for (auto each = part.topics.begin(bucket); each != part.topics.end(bucket); ++each) {
          if (each->second.size() == 0) continue;
          ++looked;
          if (largest == nullptr || each->second.bytes() > largest->bytes()) largest = &each->second;
        }
      }
      if (largest == nullptr) return;
      const std::size_t before = largest->bytes();
      largest->trim(largest->size() / 2);
      account(part, before, largest->bytes());
    }
  }

  MemoryStoreOptions options_;
  std::array<Part, part_count> parts_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::size_t> topic_count_{0};
  std::atomic<std::size_t> key_count_{0};
  std::shared_mutex announce_mutex_;
  Announce announce_;
};

}  // namespace detail

inline MemoryStore::MemoryStore(MemoryStoreOptions options)
    : topics_(std::make_shared<detail::MemoryTopics>(std::move(options))) {}

inline void MemoryStore::attach(Announce announce, Completion<> done) {
  topics_->set_announce(std::move(announce));
  done({});
}

inline void MemoryStore::detach(Completion<> done) {
  topics_->set_announce(nullptr);
  done({});
}

inline void MemoryStore::append(AppendRequest request, Completion<Appended> done) {
  const Appended appended = topics_->append(std::move(request));
  done({}, appended);
}

inline void MemoryStore::read(const std::string& name, std::uint64_t after, std::size_t limit,
                              Completion<ReadResult> done) {
  ReadResult result;
  topics_->with_topic(name, [&](detail::MemoryTopic& topic, wall_time now) {
    result.state = topic.state();
    if (limit > 0) topic.read(after, limit, now, result);
  });
  done({}, std::move(result));
}

inline void MemoryStore::trim(const std::string& name, std::size_t keep, Completion<> done) {
  topics_->with_topic(name, [&](detail::MemoryTopic& topic, wall_time) { topic.trim(keep); });
  done({});
}

inline void MemoryStore::add_member(const std::string& name, const std::string& user, Completion<> done) {
  topics_->with_topic(name, [&](detail::MemoryTopic& topic, wall_time) { topic.add_member(user); });
  done({});
}

inline void MemoryStore::remove_member(const std::string& name, const std::string& user, Completion<> done) {
  topics_->with_topic(name, [&](detail::MemoryTopic& topic, wall_time) { topic.remove_member(user); });
  done({});
}

inline void MemoryStore::positions(const std::string& user, const std::vector<std::string>& names,
                                   Completion<std::vector<MemberPosition>> done) {
  std::vector<MemberPosition> positions;
  positions.reserve(names.size());
  const std::string inbox = protocol::inbox_of(user);
  for (const std::string& name : names) {
    MemberPosition position;
    position.topic = name;
    topics_->with_topic(name, [&](detail::MemoryTopic& topic, wall_time) {
      position.top = {topic.state().epoch, topic.state().top};
      const delivery::Acknowledgements* member = topic.member(user);
      // An owner who was never heard of takes no memory.
      if (member != nullptr && name == inbox) member = &topic.owner(user);
      position.member = member == nullptr ? name == inbox : member->is_member();
      if (!position.member) return;
      position.acknowledged = {topic.state().epoch, member == nullptr ? 0 : member->acknowledged()};
    });
    positions.push_back(std::move(position));
  }
  done({}, std::move(positions));
}

inline void MemoryStore::acknowledge(const std::vector<Acknowledgement>& list, Completion<> done) {
  for (const Acknowledgement& each : list) {
    topics_->with_known_topic(each.topic, [&](detail::MemoryTopic& topic, wall_time) {
      if (each.topic == protocol::inbox_of(each.user)) topic.owner(each.user);
      if (delivery::Acknowledgements* const member = topic.member(each.user)) {
        member->acknowledge(topic.state(), each.position, each.evidence);
      }
    });
  }
  done({});
}

inline void MemoryStore::except(const std::vector<ExceptionEntry>& list, Completion<> done) {
  for (const ExceptionEntry& each : list) {
    topics_->with_known_topic(each.topic, [&](detail::MemoryTopic& topic, wall_time) {
      if (each.topic == protocol::inbox_of(each.user)) topic.owner(each.user);
      if (delivery::Acknowledgements* const member = topic.member(each.user)) member->except(each.range);
    });
  }
  done({});
}

inline void MemoryStore::standings(const std::string& name, Position position, Completion<StandingsResult> done) {
  StandingsResult result;
  topics_->with_known_topic(name, [&](detail::MemoryTopic& topic, wall_time) {
    if (protocol::is_inbox(name)) topic.owner(name.substr(1));
    topic.standings(position, result);
  });
  done({}, std::move(result));
}

inline void MemoryStore::mark_seen(const SeenRequest& request, Completion<std::size_t> done) {
  std::size_t unread = 0;
  topics_->with_topic(protocol::inbox_of(request.user), [&](detail::MemoryTopic& topic, wall_time now) {
    if (request.all) topic.mark_all_seen();
    for (const Position& each : request.positions) {
      if (delivery::first_unknown(topic.state(), each) > each.offset) topic.mark_seen(each.offset);
    }
    unread = topic.unread(now);
  });
  done({}, unread);
}

inline void MemoryStore::unread(const std::string& user, Completion<std::size_t> done) {
  std::size_t unread = 0;
  topics_->with_known_topic(protocol::inbox_of(user),
                            [&](detail::MemoryTopic& topic, wall_time now) { unread = topic.unread(now); });
  done({}, unread);
}

inline void MemoryStore::inbox(const std::string& user, std::uint64_t before, std::size_t limit,
                               Completion<InboxPage> done) {
  InboxPage page;
  topics_->with_topic(protocol::inbox_of(user), [&](detail::MemoryTopic& topic, wall_time now) {
    topic.page(before, limit, now, topic.owner(user), page);
    page.unread = topic.unread(now);
    page.epoch = topic.state().epoch;
  });
  done({}, std::move(page));
}

inline void MemoryStore::begin_epoch(const std::string& topic) { topics_->begin_epoch(topic); }

inline std::size_t MemoryStore::bytes() const { return topics_->bytes(); }

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_IMPL_MEMORY_STORE_HPP
