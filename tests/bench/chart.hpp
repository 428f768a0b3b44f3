// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_CHART_HPP
#define TIDINGS_TESTS_BENCH_CHART_HPP

#include "bench/rows.hpp"

#include <string>
#include <vector>

namespace bench {

/// Writes an SVG with a group of bars for each row that has figures, the floor on top. A bar's length is its multiple of
/// the floor's processor time, or of the other server's where there is no floor. It has no background, and is to be read
/// on light and on dark ones.
///
/// Throws `std::runtime_error` when the file cannot be written.
void write_chart(const std::vector<RowFigures>& rows, const std::string& path);

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_CHART_HPP
