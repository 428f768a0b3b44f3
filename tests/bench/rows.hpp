// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_ROWS_HPP
#define TIDINGS_TESTS_BENCH_ROWS_HPP

#include "bench/options.hpp"
#include "bench/row.hpp"

#include <string>
#include <vector>

namespace bench {

/// Server processor time of an operation, by run, in microseconds.
struct Series {
  std::string name;
  std::vector<double> us;
};

/// Of all servers that took part, ours first, then what it is compared with. Without a second the row has no ratio.
struct RowFigures {
  const Row* row;
  std::vector<Series> series;

  bool is_compared() const { return series.size() > 1; }
  /// Ours by that of the other, of each pair of runs.
  std::vector<double> ratios() const;
};

/// Servers that are missing are left out, which is said on the standard error.
///
/// Throws `std::runtime_error` when a message was lost, repeated, out of order or changed.
RowFigures run_row(const Row& row, const Options& options);
void print_row_titles();
void print_row(const RowFigures& figures);

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_ROWS_HPP
