// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_FUZZ_REQUIRE_HPP
#define TIDINGS_TESTS_FUZZ_REQUIRE_HPP

#include <cstdio>
#include <cstdlib>

namespace fuzz {

/// Ends the program, which is how a fuzz target says that it has found something, and tells where.
///
/// @param truth  What must hold.
inline void require(bool truth, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (truth) return;
  std::fprintf(stderr, "%s:%d: what is required does not hold\n", file, line);
  std::abort();
}

}  // namespace fuzz

#endif  // TIDINGS_TESTS_FUZZ_REQUIRE_HPP
