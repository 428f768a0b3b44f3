// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ATTEMPT_RECORD_HPP
#define TIDINGS_DELIVERY_ATTEMPT_RECORD_HPP

#include <tidings/delivery/attempt_state.hpp>
#include <tidings/receipt.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <cstdint>
#include <string>

TIDINGS_NAMESPACE_BEGIN

/// One try of a SendRecord.
struct AttemptRecord {
  /// The ledger's own number, from 1, ascending.
  std::uint64_t id = 0;
  /// SendRecord::id.
  std::uint64_t send = 0;
  /// From 1 within its send.
  std::uint32_t number = 1;
  AttemptState state = AttemptState::queued;
  Evidence evidence = Evidence::none;
  /// What the third party answered; 0 = good, or nothing.
  std::int32_t code = 0;
  /// In words.
  std::string reason{};
  /// The third party's name of what it accepted; its receipt says it again. Text: numbers go beyond 2^53.
  std::string receipt_id{};
  /// Not before.
  wall_time due{};
  /// 0 = not yet.
  wall_time started{};
  wall_time ended{};

  friend bool operator==(const AttemptRecord&, const AttemptRecord&) = default;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ATTEMPT_RECORD_HPP
