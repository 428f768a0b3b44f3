// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_MEMORY_HPP
#define TIDINGS_TESTS_BENCH_MEMORY_HPP

#include "bench/options.hpp"

namespace bench {

/// Measures what idle sessions of each wanted kind take, and prints a table.
///
/// Throws `std::runtime_error` when a session did not open or was closed.
void measure_memory(const Options& options);

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_MEMORY_HPP
