// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PUBLISHED_HPP
#define TIDINGS_PUBLISHED_HPP

#include <tidings/message_id.hpp>
#include <tidings/position.hpp>

TIDINGS_NAMESPACE_BEGIN

/// Answer of an acknowledged publication.
struct Published {
  MessageId id;
  /// Where it stands; for `publish_to` of the last recipient.
  Position position;
  /// An earlier publication had the same idempotency key; id and position are its.
  bool duplicate = false;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PUBLISHED_HPP
