// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_UPWARD_MESSAGE_HPP
#define TIDINGS_UPWARD_MESSAGE_HPP

#include <tidings/version.hpp>

#include <string>

TIDINGS_NAMESPACE_BEGIN

/// What a client sends to the application.
struct UpwardMessage {
  /// 0 .. defaults::max_event_name_bytes bytes.
  std::string event{};
  /// UTF-8: the text of a JSON string, or the source of any other JSON value.
  std::string data{};
  /// True when `data` is the source of a JSON value that is no string.
  bool json = false;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_UPWARD_MESSAGE_HPP
