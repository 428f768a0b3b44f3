// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_UPWARD_ANSWER_HPP
#define TIDINGS_UPWARD_ANSWER_HPP

#include <tidings/version.hpp>

#include <string>
#include <utility>
#include <variant>

TIDINGS_NAMESPACE_BEGIN

/// The application's answer to one client's message.
struct UpwardReply {
  /// Bytes that are not UTF-8 travel as base64.
  std::string data{};
  std::string event{};
  /// `data` is one JSON value, to be embedded as it is.
  bool json = false;
};

/// The application refuses a client's message.
struct UpwardError {
  /// A word for the client's program.
  std::string code = "refused";
  /// For its user, or its log.
  std::string message{};
};

/// `reply | error | nothing`. Nothing: a client that named its message hears that it was taken.
using UpwardAnswer = std::variant<std::monostate, UpwardReply, UpwardError>;

/// `return tidings::reply("hello");`
inline UpwardAnswer reply(std::string data, std::string event = {}) {
  return UpwardReply{std::move(data), std::move(event)};
}
/// `return tidings::refuse("too_long", "At most 200 letters.");`
inline UpwardAnswer refuse(std::string code, std::string message = {}) {
  return UpwardError{std::move(code), std::move(message)};
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_UPWARD_ANSWER_HPP
