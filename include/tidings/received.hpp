// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_RECEIVED_HPP
#define TIDINGS_RECEIVED_HPP

#include <tidings/payload_kind.hpp>
#include <tidings/version.hpp>

#include <string>

TIDINGS_NAMESPACE_BEGIN

/// What a client of ours was sent.
struct Received {
  enum class Kind {
    message,
    /// Messages of `topic` are missing and cannot be had: read it anew from its own source. What comes next goes on behind
    /// them.
    gap,
  };

  Kind kind = Kind::message;
  /// Empty in raw mode.
  std::string topic{};
  /// As it was published; `message` where an event stream gave none.
  std::string event{};
  /// Text, the source of a JSON value (`json`), or bytes (`payload`).
  std::string data{};
  PayloadKind payload = PayloadKind::text;
  /// It was published with `json = true`.
  bool json = false;
  /// Position token; of a raw event stream the id.
  std::string at{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_RECEIVED_HPP
