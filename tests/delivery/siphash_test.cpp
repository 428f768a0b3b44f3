// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/siphash.hpp>

#include <catch2/catch_test_macros.hpp>

using tidings::delivery::SipHash;

// The reference implementation's vectors_sip64, the entry of 8 bytes: key 00 .. 0f, input 00 .. 07.
TEST_CASE("SipHash-2-4 of one word is the reference's", "[delivery][siphash]") {
  CHECK(SipHash(0x0706050403020100ULL, 0x0F0E0D0C0B0A0908ULL)(0x0706050403020100ULL) == 0x93F5F5799A932462ULL);
}

TEST_CASE("another key or word gives another hash", "[delivery][siphash]") {
  const SipHash hash(1, 2);
  CHECK(hash(0) == SipHash(1, 2)(0));
  CHECK(hash(0) != hash(1));
  CHECK(hash(0) != SipHash(2, 2)(0));
  CHECK(hash(0) != SipHash(1, 3)(0));
}
