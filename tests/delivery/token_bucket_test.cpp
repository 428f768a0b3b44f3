// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/token_bucket.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>

using namespace tidings;
using namespace tidings::delivery;
using namespace std::chrono_literals;

namespace {

constexpr steady_time bucket_start{1h};

}  // namespace

TEST_CASE("a bucket gives its burst at once, then its rate", "[delivery][rate]") {
  TokenBucket bucket(10, 3, bucket_start);
  for (int i = 0; i < 3; ++i) CHECK(bucket.try_take(bucket_start));
  CHECK_FALSE(bucket.try_take(bucket_start));
  CHECK_FALSE(bucket.try_take(bucket_start + 50ms));
  CHECK(bucket.try_take(bucket_start + 101ms));
  CHECK_FALSE(bucket.is_full(bucket_start + 200ms));
  CHECK(bucket.is_full(bucket_start + 1s));
}

TEST_CASE("an overdrawn bucket is waited for", "[delivery][rate]") {
  TokenBucket bucket(10, 1, bucket_start);
  CHECK(bucket.take(bucket_start));
  CHECK(bucket.wait(bucket_start) > 90ms);
  for (int i = 0; i < 9; ++i) CHECK_FALSE(bucket.take(bucket_start));
  const auto wait = bucket.wait(bucket_start);
  CHECK(wait > 950ms);
  CHECK(wait < 1100ms);
  CHECK(bucket.wait(bucket_start + wait) == 0ms);
}
