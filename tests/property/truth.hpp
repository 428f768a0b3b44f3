// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROPERTY_TRUTH_HPP
#define TIDINGS_TESTS_PROPERTY_TRUTH_HPP

#include <tidings/protocol/topic_name.hpp>
#include <tidings/store/memory_store.hpp>
#include <tidings/time.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace property {

/// What really was appended, and whether a reader may do without it. Payloads are `m` and the number of the publication.
class Truth {
 public:
  struct Entry {
    int number = 0;
    std::string topic;
    std::uint64_t offset = 0;
    tidings::wall_time expires;
    std::string key;
  };

  using Clock = std::function<tidings::wall_time()>;

  explicit Truth(Clock clock) : clock_(std::move(clock)) {}

  tidings::wall_time now() const { return clock_(); }

  void record(Entry entry) {
    std::vector<Entry>& log = topics_[entry.topic];
    if (std::getenv("TIDINGS_TRACE") != nullptr) {
      std::fprintf(stderr, "%lld appended %s %llu key %s expires %lld\n", static_cast<long long>(now().ms % 10'000'000),
                   entry.topic.c_str(), static_cast<unsigned long long>(entry.offset), entry.key.c_str(),
                   static_cast<long long>(entry.expires.ms % 10'000'000));
    }
    by_number_[{entry.number, entry.topic}] = log.size();
    know(entry.topic);
    log.push_back(std::move(entry));
  }
  void know(const std::string& topic) { tags_[tidings::protocol::topic_tag(topic)] = topic; }

  const Entry* find(int number, const std::string& topic) const {
    const auto found = by_number_.find({number, topic});
    return found == by_number_.end() ? nullptr : &topics_.at(topic)[found->second];
  }
  std::string topic_of(std::uint64_t tag) const {
    const auto found = tags_.find(tag);
    return found == tags_.end() ? std::string() : found->second;
  }
  std::uint64_t top(const std::string& topic) const {
    const auto found = topics_.find(topic);
    return found == topics_.end() ? 0 : found->second.size();
  }
  const std::map<std::string, std::vector<Entry>>& topics() const { return topics_; }

  /// Expired, or a later message of the same key has been appended.
  bool excused(const std::string& topic, std::uint64_t offset) const {
    const auto found = topics_.find(topic);
    if (found == topics_.end() || offset > found->second.size()) return true;
    const std::vector<Entry>& log = found->second;
    const Entry& entry = log[offset - 1];
    if (entry.expires.ms != 0 && entry.expires <= now()) return true;
    if (entry.key.empty()) return false;
    for (std::size_t i = offset; i < log.size(); ++i) {
      if (log[i].key == entry.key) return true;
    }
    return false;
  }

  /// The first offset in (after, to] that nobody may do without; 0 = none.
  std::uint64_t first_needed(const std::string& topic, std::uint64_t after, std::uint64_t to) const {
    for (std::uint64_t offset = after + 1; offset <= to; ++offset) {
      if (!excused(topic, offset)) return offset;
    }
    return 0;
  }

 private:
  Clock clock_;
  std::map<std::string, std::vector<Entry>> topics_;
  std::map<std::pair<int, std::string>, std::size_t> by_number_;
  std::map<std::uint64_t, std::string> tags_;
};

/// A memory store that tells the truth about every append.
class TracedStore : public tidings::MemoryStore {
 public:
  TracedStore(tidings::MemoryStoreOptions options, std::shared_ptr<Truth> truth)
      : tidings::MemoryStore(std::move(options)), truth_(std::move(truth)) {}

  void attach(tidings::Announce announce, tidings::Completion<> done) {
    tidings::MemoryStore::attach(
        [truth = truth_, announce = std::move(announce)](const tidings::StoredMessagePtr& message) {
          const tidings::Message& content = message->message;
          truth->record({std::stoi(content.data.substr(1)), content.topic, message->position.offset, message->expires,
                         content.key});
          announce(message);
        },
        std::move(done));
  }

 private:
  std::shared_ptr<Truth> truth_;
};

}  // namespace property

#endif  // TIDINGS_TESTS_PROPERTY_TRUTH_HPP
