// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/offset_ranges.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <random>
#include <set>
#include <tuple>
#include <vector>

using tidings::delivery::OffsetRanges;
using Ranges = std::vector<OffsetRanges::Range>;

namespace {

OffsetRanges ranges_of(const Ranges& list) {
  OffsetRanges ranges;
  for (const auto& [from, to] : list) ranges.add(from, to);
  return ranges;
}

// The ranges of a set: ascending, neither overlapping nor touching.
Ranges ranges_of(const std::set<std::uint64_t>& offsets) {
  Ranges list;
  for (const std::uint64_t offset : offsets) {
    if (!list.empty() && list.back().to + 1 == offset) {
      list.back().to = offset;
    } else {
      list.push_back({offset, offset});
    }
  }
  return list;
}

}  // namespace

TEST_CASE("ranges that overlap or touch become one", "[delivery][ranges]") {
  auto [added, kept] = GENERATE(table<Ranges, Ranges>({
      {{}, {}},
      {{{1, 1}}, {{1, 1}}},
      {{{1, 2}, {4, 5}}, {{1, 2}, {4, 5}}},
      {{{4, 5}, {1, 2}}, {{1, 2}, {4, 5}}},
      {{{1, 2}, {3, 4}}, {{1, 4}}},
      {{{3, 4}, {1, 2}}, {{1, 4}}},
      {{{1, 2}, {4, 5}, {3, 3}}, {{1, 5}}},
      {{{1, 9}, {3, 4}}, {{1, 9}}},
      {{{3, 4}, {1, 9}}, {{1, 9}}},
      {{{1, 1}, {3, 3}, {5, 5}, {7, 7}, {2, 6}}, {{1, 7}}},
      {{{1, 1}, {3, 3}, {5, 5}, {7, 7}, {3, 5}}, {{1, 1}, {3, 5}, {7, 7}}},
      {{{5, 4}}, {}},
      {{{0, 0}, {1, 1}}, {{0, 1}}},
  }));
  const OffsetRanges ranges = ranges_of(added);
  CHECK(ranges.ranges() == kept);
  CHECK(ranges.empty() == kept.empty());
}

TEST_CASE("forgetting cuts through a range", "[delivery][ranges]") {
  auto [through, kept] = GENERATE(table<std::uint64_t, Ranges>({
      {0, {{2, 4}, {6, 6}, {8, 9}}},
      {1, {{2, 4}, {6, 6}, {8, 9}}},
      {2, {{3, 4}, {6, 6}, {8, 9}}},
      {4, {{6, 6}, {8, 9}}},
      {5, {{6, 6}, {8, 9}}},
      {6, {{8, 9}}},
      {8, {{9, 9}}},
      {9, {}},
      {100, {}},
  }));
  OffsetRanges ranges = ranges_of(Ranges{{2, 4}, {6, 6}, {8, 9}});
  ranges.forget_through(through);
  CHECK(ranges.ranges() == kept);
}

TEST_CASE("ranges are a set of offsets", "[delivery][ranges][property]") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  OffsetRanges ranges;
  std::set<std::uint64_t> model;
  for (int round = 0; round < 1000; ++round) {
    const std::uint64_t from = random() % 100;
    if (random() % 10 == 0) {
      ranges.forget_through(from / 4);
      model.erase(model.begin(), model.upper_bound(from / 4));
    } else {
      const std::uint64_t to = from + random() % 8;
      ranges.add(from, to);
      for (std::uint64_t offset = from; offset <= to; ++offset) model.insert(offset);
    }
    if (random() % 40 == 0) {
      ranges.forget_through(200);
      model.clear();
    }
    REQUIRE(ranges.ranges() == ranges_of(model));
    for (std::uint64_t offset = 0; offset < 110; ++offset) {
      if (ranges.contains(offset) != model.contains(offset)) FAIL("offset " << offset);
    }
  }
}
