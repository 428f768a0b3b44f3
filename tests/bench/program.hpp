// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_PROGRAM_HPP
#define TIDINGS_TESTS_BENCH_PROGRAM_HPP

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// The value of an option; throws `std::invalid_argument` unless it is a whole number within the bounds.
inline std::size_t number_of(const std::string& option, const std::string& value, std::size_t least, std::size_t most) {
  std::size_t number = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (ec == std::errc{} && end == value.data() + value.size() && number >= least && number <= most) return number;
  throw std::invalid_argument(option + ": a number from " + std::to_string(least) + " to " + std::to_string(most) +
                              ", not \"" + value + "\"");
}

/// Runs a program with its words; a wrong word is exit status 2, another failure 1.
template <class Run>
int run_program(int argc, char** argv, Run run) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::invalid_argument& wrong) {
    std::fprintf(stderr, "%s\n", wrong.what());
    return 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_PROGRAM_HPP
