// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_IMPL_MEMORY_TOPICS_HPP
#define TIDINGS_STORE_IMPL_MEMORY_TOPICS_HPP

#include <tidings/delivery/random.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/net/entropy.hpp>
#include <tidings/protocol/topic_name.hpp>
#include <tidings/store/impl/memory_topic.hpp>
#include <tidings/store/memory_store.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// All topics of a memory store, in parts with a lock each.
template <class Options>
class MemoryTopics {
 public:
  explicit MemoryTopics(Options options) : options_(std::move(options)) {
    for (Part& part : parts_) {
      const std::uint64_t seed =
          options_.seed != 0 ? options_.seed + static_cast<std::uint64_t>(&part - parts_.data()) : io::entropy();
      part.random = delivery::Random(seed);
    }
  }

  const Options& options() const { return options_; }
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
      MemoryTopic<Options>& topic = part.topic(request.message.topic, now, *this);
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
    MemoryTopic<Options>& topic = part.topic(name, now, *this);
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
    MemoryTopic<Options>& topic = found->second;
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
    std::unordered_map<std::string, MemoryTopic<Options>> topics;
    std::unordered_map<std::string, KnownKey> keys;
    std::deque<std::pair<wall_time, std::string>> key_order;
    delivery::Random random{0};
    std::atomic<std::size_t> bytes{0};
    std::size_t next_bucket = 0;

    // 60 random bits; 0 means "none".
    std::uint64_t epoch() { return (random() >> 4U) | 1U; }

    MemoryTopic<Options>& topic(const std::string& name, wall_time now, MemoryTopics& all) {
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
  static std::optional<Appended> find_duplicate(Part& part, const MemoryTopic<Options>& topic,
                                                const AppendRequest& request, wall_time now) {
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

  void retain(MemoryTopic<Options>& topic, wall_time now) const { topic.retain(options_, now); }

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
        MemoryTopic<Options>& topic = each->second;
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
      MemoryTopic<Options>* largest = nullptr;
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

  Options options_;
  std::array<Part, part_count> parts_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::size_t> topic_count_{0};
  std::atomic<std::size_t> key_count_{0};
  std::shared_mutex announce_mutex_;
  Announce announce_;
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_IMPL_MEMORY_TOPICS_HPP
