// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_MEMORY_LEDGER_HPP
#define TIDINGS_STORE_MEMORY_LEDGER_HPP

#include <tidings/defaults.hpp>
#include <tidings/extern_template.hpp>
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
  /// Places of all publications together, about 100 bytes each; the oldest publications go first, the newest stays.
  std::size_t max_places = defaults::ledger_max_places;
  /// Users and topics of which something is proved, about 150 bytes each; those proved first go first.
  std::size_t max_proofs = defaults::ledger_max_proofs;
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
    state_->most_places = options.max_places;
    state_->most_proofs = options.max_proofs;
  }

  void record(PublicationRecord record, Completion<> done) {
    {
      const std::lock_guard lock(state_->mutex);
      const MessageId id = record.id;
      PublicationRecord& kept = state_->records[id];
      if (!kept.id) state_->order.push_back(id);
      state_->places += record.places.size();
      state_->places -= kept.places.size();
      kept = std::move(record);
      while (state_->crowded()) state_->forget_oldest();
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

  void prove(std::vector<Acknowledgement> list, Completion<> done) {
    {
      const std::lock_guard lock(state_->mutex);
      for (Acknowledgement& each : list) state_->prove(std::move(each));
    }
    done({});
  }

  void proofs(const std::string& topic, Completion<std::vector<Acknowledgement>> done) const {
    std::vector<Acknowledgement> list;
    {
      const std::lock_guard lock(state_->mutex);
      const auto found = state_->proved.find(topic);
      if (found != state_->proved.end()) {
        for (const auto& [user, proof] : found->second) list.push_back({user, topic, proof.position, proof.evidence});
      }
    }
    done({}, std::move(list));
  }

 private:
  struct Proof {
    Position position;
    Evidence evidence = Evidence::pong;
  };
  using Proofs = std::unordered_map<std::string, Proof>;

  struct State {
    std::mutex mutex;
    std::unordered_map<std::string, Proofs> proved;
    // Topic and user, in the order in which they came.
    std::deque<std::pair<std::string, std::string>> proved_order;
    std::size_t most_proofs = 0;
    std::unordered_map<MessageId, PublicationRecord> records;
    std::deque<MessageId> order;
    std::size_t most = 1;
    std::size_t most_places = 1;
    std::size_t places = 0;

    bool crowded() const { return order.size() > most || (places > most_places && order.size() > 1); }
    void prove(Acknowledgement proof) {
      const auto [place, fresh] = proved[proof.topic].try_emplace(proof.user);
      Proof& kept = place->second;
      if (fresh) proved_order.emplace_back(proof.topic, proof.user);
      const bool further = kept.position.epoch != proof.position.epoch || kept.position.offset < proof.position.offset;
      if (further) kept = {proof.position, proof.evidence};
      while (proved_order.size() > most_proofs) forget_first_proof();
    }
    void forget_first_proof() {
      const auto topic = proved.find(proved_order.front().first);
      topic->second.erase(proved_order.front().second);
      if (topic->second.empty()) proved.erase(topic);
      proved_order.pop_front();
    }
    void forget_oldest() {
      const auto oldest = records.find(order.front());
      places -= oldest->second.places.size();
      records.erase(oldest);
      order.pop_front();
    }
  };

  std::shared_ptr<State> state_;
};

using MemoryLedger = BasicMemoryLedger<MemoryLedgerOptions>;
TIDINGS_EXTERN_TEMPLATE(class BasicMemoryLedger<MemoryLedgerOptions>)

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_MEMORY_LEDGER_HPP
