// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_MESSAGE_HPP
#define TIDINGS_MESSAGE_HPP

#include <tidings/message_id.hpp>
#include <tidings/position.hpp>
#include <tidings/time.hpp>

#include <chrono>
#include <memory>
#include <string>

TIDINGS_NAMESPACE_BEGIN

/// What is published.
///
/// ```cpp
/// hub.publish({.topic = "orders", .event = "created", .data = body});
/// ```
struct Message {
  /// 1 .. 256 bytes; `@alice` is the inbox of user alice. See `check_topic`.
  std::string topic{};
  /// Event name, 0 .. 256 bytes, no line break; empty means the plain "message" event.
  std::string event{};
  /// Payload of 0 .. max_payload_bytes bytes. Bytes that are not UTF-8 travel as base64.
  std::string data{};
  /// `data` is one JSON value and is embedded as it is. Checked once, at publication.
  bool json = false;
  /// Keyed messages conflate: a later one of the same key supersedes an earlier one. 0 .. 256 bytes; empty = none.
  std::string key{};
  /// A second publication with the same idempotency key is not appended. 0 .. 256 bytes; empty = the message's own id.
  std::string idempotency_key{};
  /// How long the message may be delivered; 0 = as long as the topic retains it.
  std::chrono::milliseconds ttl{0};
};

/// A message as a store keeps it.
struct StoredMessage {
  MessageId id;
  Position position;
  /// When it was appended, and when its time to live ends (0 = never), by the store's clock.
  wall_time time;
  wall_time expires;
  Message message;
};

using StoredMessagePtr = std::shared_ptr<const StoredMessage>;

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_MESSAGE_HPP
