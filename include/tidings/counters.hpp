// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_COUNTERS_HPP
#define TIDINGS_COUNTERS_HPP

#include <tidings/version.hpp>

#include <atomic>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

/// One number that only grows, or a level. Relaxed: a reader sees each alone, not all at one instant.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n = 1) noexcept { value_.fetch_sub(n, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// What a hub counts. `write_prometheus` prints it.
struct Counters {
  Counter published;
  Counter publish_failures;
  Counter duplicates;
  Counter deliveries;
  Counter sessions_opened;
  Counter sessions_closed;
  /// Levels: sessions open now.
  Counter sse_sessions;
  Counter ws_sessions;
  Counter raw_sessions;
  Counter long_polls;
  Counter polls;
  Counter polls_not_modified;
  Counter polls_throttled;
  Counter gaps;
  Counter spills;
  Counter mailbox_overflows;
  Counter dropped_messages;
  Counter slow_closed;
  Counter refused_unauthorized;
  Counter refused_origin;
  Counter refused_overload;
  Counter acknowledgements;
  Counter heartbeats;
  Counter upward_messages;
  Counter upward_throttled;
  Counter pong_proofs;
  Counter store_errors;
  Counter callback_errors;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_COUNTERS_HPP
