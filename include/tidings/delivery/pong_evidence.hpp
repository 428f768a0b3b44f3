// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_PONG_EVIDENCE_HPP
#define TIDINGS_DELIVERY_PONG_EVIDENCE_HPP

#include <tidings/delivery/link_probe.hpp>
#include <tidings/delivery/mutant.hpp>
#include <tidings/delivery/upward_handler.hpp>
#include <tidings/rare.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// What the pongs of a WebSocket prove: which messages of a session went before which ping. No I/O, no clock.
///
/// @tparam Loop  See `BasicShard`.
template <class Loop>
class BasicPongEvidence {
 public:
  using Session = BasicSession<Loop>;

  /// @param wanted  Off behind a proxy that answers pings itself.
  explicit BasicPongEvidence(bool wanted) : wanted_(wanted) {}

  /// The subscriptions changed.
  void set_slots(std::span<const SlotToken> slots) {
    tracked_ = 0;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (slots[slot].active && slots[slot].on_record) tracked_ |= bit_of(slot);
    }
  }
  /// A message goes out. True if somebody keeps account of it, so that a ping is to follow.
  bool note(std::uint32_t slot) {
    if ((tracked_ & bit_of(slot)) == 0 || !wanted_) return false;
    unproved_ |= bit_of(slot);
    return true;
  }
  /// A ping goes out: it stands for everything that went before it on the wire.
  ///
  /// @returns  its sequence.
  std::uint64_t on_ping(const Session& session) {
    const std::uint64_t sequence = ++pings_;
    if (unproved_ != 0) {
      std::vector<TopicPosition> given = standing(session, std::exchange(unproved_, 0));
      Given& all = given_.get();
      if (all.size() == LinkProbe::max_pings) all.erase(all.begin());
      all.emplace_back(sequence, std::move(given));
    }
    return sequence;
  }
  /// It was answered: where the session stood in the topics that this proves.
  std::vector<TopicPosition> on_pong(const Session& session, std::uint64_t sequence) {
    std::vector<TopicPosition> proved;
    while (given_ && given_->front().first <= sequence) {
      for (TopicPosition& each : given_->front().second) merge(proved, std::move(each));
      given_->erase(given_->begin());
      if (given_->empty()) given_.reset();
    }
    if (!proved.empty() && mutated(Mutant::prove_at_pong)) proved = standing(session, ~std::uint64_t{0});
    return proved;
  }

 private:
  using Given = std::vector<std::pair<std::uint64_t, std::vector<TopicPosition>>>;

  // Slots beyond the bits count as tracked: a ping too many does no harm.
  static std::uint64_t bit_of(std::size_t slot) { return std::uint64_t{1} << (slot < 63 ? slot : 63); }

  // A later ping's of the same topic is further.
  static void merge(std::vector<TopicPosition>& proved, TopicPosition position) {
    for (TopicPosition& each : proved) {
      if (each.first != position.first) continue;
      each.second = position.second;
      return;
    }
    proved.push_back(std::move(position));
  }
  // Of the slots of which something went out.
  static std::vector<TopicPosition> standing(const Session& session, std::uint64_t of) {
    std::vector<TopicPosition> given;
    const std::vector<SlotToken> slots = session.tokens();
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      const SlotToken& each = slots[slot];
      if (each.active && each.on_record && (of & bit_of(slot)) != 0) given.emplace_back(each.topic, each.position);
    }
    return given;
  }

  // Of which slots somebody keeps account.
  std::uint64_t tracked_ = 0;
  // Of which something went out that no ping has asked about.
  std::uint64_t unproved_ = 0;
  bool wanted_;
  std::uint64_t pings_ = 0;
  // By ping: where the session stood.
  Rare<Given> given_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_PONG_EVIDENCE_HPP
