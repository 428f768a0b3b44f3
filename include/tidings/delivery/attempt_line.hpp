// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ATTEMPT_LINE_HPP
#define TIDINGS_DELIVERY_ATTEMPT_LINE_HPP

#include <tidings/delivery/attempt_record.hpp>
#include <tidings/delivery/send_record.hpp>
#include <tidings/version.hpp>

TIDINGS_NAMESPACE_BEGIN

/// An attempt with what it is an attempt of.
struct AttemptLine {
  SendRecord send{};
  AttemptRecord attempt{};

  friend bool operator==(const AttemptLine&, const AttemptLine&) = default;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ATTEMPT_LINE_HPP
