// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_SEND_RECORD_HPP
#define TIDINGS_DELIVERY_SEND_RECORD_HPP

#include <tidings/message_id.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <cstdint>
#include <optional>
#include <string>

TIDINGS_NAMESPACE_BEGIN

/// One message for one recipient over one channel of a third party, as a ledger keeps it: what is needed to try again,
/// also after a restart. Its attempts are kept beside it.
struct SendRecord {
  /// The ledger's own number, from 1; given by `open`.
  std::uint64_t id = 0;
  MessageId message{};
  /// `template_message`, or whatever else the channel calls its way.
  std::string channel{};
  std::string account{};
  /// The application's name of the recipient.
  std::string user{};
  /// The third party's.
  std::string address{};
  /// Sends that one call carries have the same, not empty; the first of them has the body. Empty = a call of its own.
  std::string group{};
  /// The request's, ready to be sent. Of the first of a group.
  std::string body{};
  /// Whoever tries it: one process, one client. Nobody else touches it while the owner's lease lasts.
  std::string owner{};
  /// By this the third party knows a message that it has had; empty = it cannot.
  std::string key{};
  /// So long it does.
  std::optional<wall_time> key_until{};
  /// The message is worth nothing afterwards.
  std::optional<wall_time> deadline{};
  /// Of the channel alone: what it has to remember between two tries.
  std::string progress{};
  wall_time created{};
  /// Given up, and kept for somebody to look at: `dead_letters`, `requeue`.
  bool dead = false;

  friend bool operator==(const SendRecord&, const SendRecord&) = default;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_SEND_RECORD_HPP
