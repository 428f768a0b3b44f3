// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_TOKEN_BUCKET_HPP
#define TIDINGS_DELIVERY_TOKEN_BUCKET_HPP

#include <tidings/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A rate with room for bursts. May be overdrawn: what came in one read is taken, and waited for afterwards. No clock.
class TokenBucket {
 public:
  /// @param rate   A second, > 0.
  /// @param burst  At once, >= 1.
  TokenBucket(double rate, double burst, steady_time now) : rate_(rate), burst_(burst), tokens_(burst), at_(now) {}

  /// Takes one; false if none was left.
  bool take(steady_time now) {
    refill(now);
    tokens_ -= 1;
    return tokens_ >= 0;
  }
  /// Takes one if there is one.
  bool try_take(steady_time now) {
    refill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  bool is_full(steady_time now) const {
    return tokens_ + rate_ * std::chrono::duration<double>(now - at_).count() >= burst_;
  }
  /// How long until there is one again; zero if there is.
  std::chrono::milliseconds wait(steady_time now) {
    refill(now);
    if (tokens_ >= 1) return std::chrono::milliseconds{0};
    const double seconds = (1 - tokens_) / rate_;
    return std::chrono::milliseconds(1 + static_cast<std::int64_t>(std::min(seconds, 3600.0) * 1000));
  }

 private:
  void refill(steady_time now) {
    const std::chrono::duration<double> passed = now - at_;
    at_ = now;
    tokens_ = std::min(burst_, tokens_ + rate_ * passed.count());
  }

  double rate_;
  double burst_;
  double tokens_;
  steady_time at_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_TOKEN_BUCKET_HPP
