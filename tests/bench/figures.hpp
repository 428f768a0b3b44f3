// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_FIGURES_HPP
#define TIDINGS_TESTS_BENCH_FIGURES_HPP

#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

namespace bench {

/// @param values  Not empty.
inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

struct Range {
  double low = 0;
  double high = 0;
};

/// The 95 % interval of the median, from 10,000 draws with replacement. The same input gives the same answer.
inline Range bootstrap_median(const std::vector<double>& values) {
  constexpr std::size_t draws = 10'000;
  std::mt19937_64 random{20'240'229};
  std::uniform_int_distribution<std::size_t> any(0, values.size() - 1);
  std::vector<double> medians;
  medians.reserve(draws);
  std::vector<double> drawn(values.size());
  for (std::size_t i = 0; i < draws; ++i) {
    for (double& each : drawn) each = values[any(random)];
    medians.push_back(median(drawn));
  }
  std::sort(medians.begin(), medians.end());
  return {medians[draws / 40], medians[draws - 1 - draws / 40]};
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_FIGURES_HPP
