// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_RANDOM_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_RANDOM_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace wechat_simulator {

/// The same numbers for the same seed, with every standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed = 1) : engine_(seed) {}

  std::uint64_t next() { return engine_(); }
  /// In [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// `first` .. `last`.
  std::int64_t between(std::int64_t first, std::int64_t last) {
    if (last <= first) return first;
    return first + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(last - first + 1));
  }
  std::string word(std::size_t size) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    std::string out(size, ' ');
    for (char& each : out) each = letters[next() % letters.size()];
    return out;
  }
  std::array<char, 16> bytes() {
    std::array<char, 16> out{};
    for (char& each : out) each = static_cast<char>(next() & 0xff);
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_RANDOM_HPP
