// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_OFFSET_RANGES_HPP
#define TIDINGS_DELIVERY_OFFSET_RANGES_HPP

#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A set of offsets as ascending ranges that neither overlap nor touch.
class OffsetRanges {
 public:
  struct Range {
    std::uint64_t from = 0;
    /// Inclusive.
    std::uint64_t to = 0;
    friend bool operator==(const Range&, const Range&) = default;
  };

  void add(std::uint64_t from, std::uint64_t to) {
    if (from > to) return;
    // First range that ends at or behind the new one's left neighbour.
    auto begin = std::lower_bound(ranges_.begin(), ranges_.end(), from,
                                  [](const Range& each, std::uint64_t at) { return each.to + 1 < at; });
    auto end = begin;
    for (; end != ranges_.end() && end->from <= to + 1; ++end) {
      from = std::min(from, end->from);
      to = std::max(to, end->to);
    }
    begin = ranges_.erase(begin, end);
    ranges_.insert(begin, {from, to});
  }

  bool contains(std::uint64_t offset) const {
    const auto found = std::lower_bound(ranges_.begin(), ranges_.end(), offset,
                                        [](const Range& each, std::uint64_t at) { return each.to < at; });
    return found != ranges_.end() && found->from <= offset;
  }

  /// Forgets everything at or below the offset.
  void forget_through(std::uint64_t offset) {
    std::erase_if(ranges_, [&](const Range& each) { return each.to <= offset; });
    if (!ranges_.empty()) ranges_.front().from = std::max(ranges_.front().from, offset + 1);
  }

  bool empty() const { return ranges_.empty(); }
  const std::vector<Range>& ranges() const { return ranges_; }

 private:
  std::vector<Range> ranges_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_OFFSET_RANGES_HPP
