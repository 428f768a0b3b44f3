// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ACKNOWLEDGEMENT_HPP
#define TIDINGS_DELIVERY_ACKNOWLEDGEMENT_HPP

#include <tidings/position.hpp>
#include <tidings/receipt.hpp>
#include <tidings/topic_state.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// What one member has of one topic: since when it is meant to get the messages, up to where it has confirmed them, and
/// which of them it did not get although the confirmation passed them. The acknowledgement law in one place, for every
/// store.
///
/// Bounded: what is oldest is merged, always towards "not delivered", never towards "delivered".
class Acknowledgements {
 public:
  /// Ranges, spans of membership and spans of evidence kept, each.
  static constexpr std::size_t max_kept = 256;

  /// Meant to get everything above `top`. Being a member already changes nothing.
  void join(std::uint64_t top) {
    if (is_member()) return;
    spans_.push_back({top + 1, open_end, 0});
    if (spans_.size() > max_kept) {
      // The oldest two become one, confirmed only as far as the first was.
      spans_[1].from = spans_[0].from;
      spans_[1].confirmed = spans_[0].confirmed;
      spans_.erase(spans_.begin());
    }
    acknowledged_ = std::max(acknowledged_, top);
  }

  void leave(std::uint64_t top) {
    if (!is_member()) return;
    spans_.back().to = top;
    // What is open now stays open: the acknowledged offset moves on when the member comes back.
    spans_.back().confirmed = acknowledged_;
    if (spans_.back().to < spans_.back().from) spans_.pop_back();
  }

  bool is_member() const { return !spans_.empty() && spans_.back().to == open_end; }
  /// Everything up to here was confirmed or excepted.
  std::uint64_t acknowledged() const { return acknowledged_; }

  /// A claim above the top or of another epoch acknowledges nothing; one below what is acknowledged already neither.
  ///
  /// @returns  whether the acknowledged offset moved.
  bool acknowledge(const TopicState& state, Position claim, Evidence evidence) {
    if (!is_member() || claim.epoch != state.epoch || claim.offset > state.top) return false;
    if (claim.offset <= acknowledged_) return false;
    acknowledged_ = claim.offset;
    if (!evidence_.empty() && evidence_.back().evidence == evidence) {
      evidence_.back().through = acknowledged_;
    } else {
      evidence_.push_back({acknowledged_, evidence});
      if (evidence_.size() > max_kept) {
        unproved_ = evidence_.front().through;
        evidence_.erase(evidence_.begin());
      }
    }
    return true;
  }

  /// These offsets were not delivered, and the confirmation may pass them. An earlier reason for an offset stays, and
  /// what is confirmed already stays confirmed.
  void except(ExceptionRange range) {
    range.from = std::max(range.from, acknowledged_ + 1);
    // The parts that no known range covers; inserting one may join its neighbours, so they are found first.
    std::vector<ExceptionRange> parts;
    for (const ExceptionRange& known : exceptions_) {
      if (known.to < range.from) continue;
      if (known.from > range.to) break;
      if (range.from < known.from) parts.push_back({range.from, known.from - 1, range.reason});
      range.from = known.to + 1;
    }
    if (range.from <= range.to) parts.push_back(range);
    for (const ExceptionRange& part : parts) insert(part);
  }

  Standing standing(std::uint64_t offset) const {
    const Span* span = nullptr;
    for (const Span& each : spans_) {
      if (each.from <= offset && offset <= each.to) span = &each;
    }
    if (span == nullptr) return Standing::not_member;
    if (exception(offset) != nullptr) return Standing::excepted;
    const std::uint64_t confirmed = span->to == open_end ? acknowledged_ : span->confirmed;
    return offset <= confirmed ? Standing::acknowledged : Standing::outstanding;
  }

  /// Why an offset is excepted; meaningful when its standing says so.
  ExceptionReason reason(std::uint64_t offset) const {
    const ExceptionRange* const found = exception(offset);
    return found == nullptr ? ExceptionReason::gap : found->reason;
  }

  /// What proved an acknowledged offset; none if that is forgotten.
  Evidence evidence(std::uint64_t offset) const {
    if (offset <= unproved_) return Evidence::none;
    for (const Proof& each : evidence_) {
      if (offset <= each.through) return each.evidence;
    }
    return Evidence::none;
  }

  const std::vector<ExceptionRange>& exceptions() const { return exceptions_; }

 private:
  static constexpr std::uint64_t open_end = ~std::uint64_t{0};

  struct Span {
    std::uint64_t from = 0;
    std::uint64_t to = open_end;
    /// Of a span that is over: what was acknowledged when it ended.
    std::uint64_t confirmed = 0;
  };
  struct Proof {
    std::uint64_t through = 0;
    Evidence evidence = Evidence::none;
  };

  const ExceptionRange* exception(std::uint64_t offset) const {
    const auto found = std::lower_bound(exceptions_.begin(), exceptions_.end(), offset,
                                        [](const ExceptionRange& each, std::uint64_t at) { return each.to < at; });
    return found != exceptions_.end() && found->from <= offset ? &*found : nullptr;
  }

  // A range that overlaps none of the known ones; grows a neighbour of the same reason where it touches.
  void insert(ExceptionRange range) {
    auto at = std::lower_bound(exceptions_.begin(), exceptions_.end(), range.from,
                               [](const ExceptionRange& each, std::uint64_t from) { return each.to < from; });
    if (at != exceptions_.begin() && std::prev(at)->to + 1 == range.from && std::prev(at)->reason == range.reason) {
      --at;
      at->to = range.to;
    } else {
      at = exceptions_.insert(at, range);
    }
    const auto next = std::next(at);
    if (next != exceptions_.end() && at->to + 1 == next->from && next->reason == at->reason) {
      at->to = next->to;
      exceptions_.erase(next);
    }
    if (exceptions_.size() > max_kept) {
      // The oldest two become one, and what lies between them counts as not delivered.
      exceptions_[1].from = exceptions_[0].from;
      exceptions_.erase(exceptions_.begin());
    }
  }

  std::vector<Span> spans_;
  std::vector<ExceptionRange> exceptions_;
  std::vector<Proof> evidence_;
  std::uint64_t acknowledged_ = 0;
  // The evidence of what was acknowledged up to here is forgotten.
  std::uint64_t unproved_ = 0;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ACKNOWLEDGEMENT_HPP
