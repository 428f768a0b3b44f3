// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_MEMORY_STORE_HPP
#define TIDINGS_STORE_MEMORY_STORE_HPP

#include <tidings/defaults.hpp>
#include <tidings/extern_template.hpp>
#include <tidings/store_concepts.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// Bounds of a memory store.
struct MemoryStoreOptions {
  /// Messages of one topic, >= 1.
  std::size_t max_messages = defaults::topic_max_messages;
  /// Payload bytes of one topic; its newest message is kept even if it alone is larger.
  std::size_t max_bytes = defaults::topic_max_bytes;
  /// Age of a message, > 0.
  std::chrono::milliseconds max_age = defaults::topic_max_age;
  /// Payload bytes of all topics; beyond it the oldest messages of the largest topics go.
  std::size_t max_total_bytes = defaults::store_max_bytes;
  /// Topics whose positions are remembered; beyond it those without messages and members go first.
  std::size_t max_topics = defaults::store_max_topics;
  /// Topics without messages are forgotten after this, and their positions with them.
  std::chrono::milliseconds metadata_age = defaults::topic_metadata_age;
  /// Idempotency keys that publishers gave are remembered for this long, at most so many.
  std::chrono::milliseconds idempotency_age = defaults::idempotency_age;
  std::size_t max_idempotency_keys = defaults::max_idempotency_keys;
  /// Unix time in ms; empty = the system's clock.
  std::function<wall_time()> clock{};
  /// Source of epochs; 0 = the system's randomness.
  std::uint64_t seed = 0;
};

namespace detail {
template <class Options>
class MemoryTopics;
}

/// A store in this process: the embedded default. Completes inline and never fails; what it holds dies with the
/// process, and positions of an earlier process are gaps.
///
/// ```cpp
/// tidings::Hub hub{tidings::MemoryStore{{.max_messages = 500, .max_age = std::chrono::hours(2)}}};
/// ```
/// @tparam Options  `MemoryStoreOptions`; a parameter so that only a unit that makes a store compiles this.
/// Thread    any. A message is handed to the hub's loops while its topic is locked, so that their order is kept.
/// Lifetime  a copy is the same store.
template <class Options>
class BasicMemoryStore {
 public:
  static constexpr bool lossy_announcements = false;

  explicit BasicMemoryStore(Options options = {});

  void attach(Announce announce, Completion<> done);
  void detach(Completion<> done);
  void append(AppendRequest request, Completion<Appended> done);
  void read(const std::string& topic, std::uint64_t after, std::size_t limit, Completion<ReadResult> done);
  void trim(const std::string& topic, std::size_t keep, Completion<> done);
  void add_member(const std::string& topic, const std::string& user, Completion<> done);
  void remove_member(const std::string& topic, const std::string& user, Completion<> done);
  void positions(const std::string& user, const std::vector<std::string>& topics,
                 Completion<std::vector<MemberPosition>> done);
  void acknowledge(const std::vector<Acknowledgement>& list, Completion<> done);
  void except(const std::vector<ExceptionEntry>& list, Completion<> done);
  void standings(const std::string& topic, Position position, Completion<StandingsResult> done);
  void mark_seen(const SeenRequest& request, Completion<std::size_t> done);
  void unread(const std::string& user, Completion<std::size_t> done);
  void inbox(const std::string& user, std::uint64_t before, std::size_t limit, Completion<InboxPage> done);

  /// Begins a new epoch of a topic, as a store does whose tail may have been rewritten. For tests of resume.
  void begin_epoch(const std::string& topic);
  /// Payload bytes held at present.
  std::size_t bytes() const;

 private:
  std::shared_ptr<detail::MemoryTopics<Options>> topics_;
};

using MemoryStore = BasicMemoryStore<MemoryStoreOptions>;
TIDINGS_EXTERN_TEMPLATE(class BasicMemoryStore<MemoryStoreOptions>)

TIDINGS_NAMESPACE_END

#include <tidings/store/impl/memory_store.hpp>

#endif  // TIDINGS_STORE_MEMORY_STORE_HPP
