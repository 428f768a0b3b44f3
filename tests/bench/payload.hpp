// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_PAYLOAD_HPP
#define TIDINGS_TESTS_BENCH_PAYLOAD_HPP

#include <cstddef>
#include <string>

namespace bench {

/// The payload of the publication with this number: the number, then letters that depend on it.
inline std::string payload_of(std::size_t number, std::size_t bytes) {
  std::string text = std::to_string(10'000'000 + number);
  while (text.size() < bytes) text.push_back(static_cast<char>('a' + (number * 7 + text.size()) % 26));
  return text;
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_PAYLOAD_HPP
