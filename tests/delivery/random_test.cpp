// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/random.hpp>

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

using tidings::delivery::Random;

TEST_CASE("numbers are those of the published algorithms", "[delivery][random]") {
  // SplitMix64 from 0 begins E220A8397B1DCDAF 6E789E6AA1B965F4 06C45D188009454F F88BB8A8724C81EC; xoshiro256** from that
  // state gives rotl(s[1] * 5, 7) * 9.
  constexpr std::uint64_t second = 0x6E789E6AA1B965F4ULL * 5;
  Random random(0);
  CHECK(random() == (second << 7U | second >> 57U) * 9);
  CHECK(random() == 0xBF6E1F784956452AULL);
  CHECK(random() == 0x1A5F849D4933E6E0ULL);
}

TEST_CASE("the same seed gives the same numbers, another one others", "[delivery][random]") {
  Random a(7);
  Random b(7);
  Random c(8);
  int same = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = a();
    CHECK(value == b());
    if (value == c()) ++same;
  }
  CHECK(same == 0);
}

TEST_CASE("uniform numbers fill their range evenly", "[delivery][random]") {
  Random random(1);
  std::array<int, 10> parts{};
  for (int i = 0; i < 100'000; ++i) {
    const double value = random.uniform();
    REQUIRE(value >= 0);
    REQUIRE(value < 1);
    ++parts[static_cast<std::size_t>(value * 10)];
  }
  for (const int each : parts) {
    CHECK(each > 9'500);
    CHECK(each < 10'500);
  }
}
