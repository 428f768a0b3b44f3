// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_MEMORY_LEDGER_HPP
#define TIDINGS_STORE_MEMORY_LEDGER_HPP

#include <tidings/defaults.hpp>
#include <tidings/store_concepts.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// Bounds of a memory ledger.
struct MemoryLedgerOptions {
  /// Publications remembered; the oldest go first. >= 1.
  std::size_t max_publications = defaults::ledger_max_publications;
};

/// A ledger in this process: remembers where each publication went. Who got it is computed from the store's
/// acknowledged offsets and exception ranges when somebody asks.
///
/// @tparam Options  `MemoryLedgerOptions`; a parameter so that only a unit that makes a ledger compiles this.
/// Thread    any. Lifetime  a copy is the same ledger.
template <class Options>
class BasicMemoryLedger {
 public:
  explicit BasicMemoryLedger(Options options = {}) : state_(std::make_shared<State>()) {
    state_->most = std::max<std::size_t>(1, options.max_publications);
  }

  void record(PublicationRecord record, Completion<> done) {
    {
      const std::lock_guard lock(state_->mutex);
      const MessageId id = record.id;
      if (state_->records.insert_or_assign(id, std::move(record)).second) state_->order.push_back(id);
      while (state_->order.size() > state_->most) {
        state_->records.erase(state_->order.front());
        state_->order.pop_front();
      }
    }
    done({});
  }

  void find(MessageId id, Completion<PublicationRecord> done) const {
    PublicationRecord record;
    {
      const std::lock_guard lock(state_->mutex);
      const auto found = state_->records.find(id);
      if (found != state_->records.end()) record = found->second;
    }
    if (record.id) {
      done({}, std::move(record));
    } else {
      done.fail(errc::unknown_message);
    }
  }

  /// Newest first.
  void recent(std::size_t limit, Completion<std::vector<PublicationRecord>> done) const {
    std::vector<PublicationRecord> list;
    {
      const std::lock_guard lock(state_->mutex);
      const std::size_t count = std::min(limit, state_->order.size());
      list.reserve(count);
      for (std::size_t i = 0; i < count; ++i) {
        const auto found = state_->records.find(state_->order[state_->order.size() - 1 - i]);
        if (found != state_->records.end()) list.push_back(found->second);
      }
    }
    done({}, std::move(list));
  }

 private:
  struct State {
    std::mutex mutex;
    std::unordered_map<MessageId, PublicationRecord> records;
    std::deque<MessageId> order;
    std::size_t most = 1;
  };

  std::shared_ptr<State> state_;
};

using MemoryLedger = BasicMemoryLedger<MemoryLedgerOptions>;

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_MEMORY_LEDGER_HPP
