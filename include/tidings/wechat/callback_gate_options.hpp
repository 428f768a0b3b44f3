// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_GATE_OPTIONS_HPP
#define TIDINGS_WECHAT_CALLBACK_GATE_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// The bounds of a CallbackGate.
struct CallbackGateOptions {
  /// A larger body is refused: 413, errc::body_too_large. 1 .. defaults::max_callback_bytes.
  std::size_t max_body_bytes = defaults::max_callback_bytes;
  /// A timestamp further in the past or future is refused: 403, errc::expired. 1 s .. 1 h.
  std::chrono::seconds window = defaults::callback_window;
  /// Requests remembered within the window, at least 1. When there are more, the window shrinks to the newest ones: what
  /// is older is refused, 503, errc::overloaded, and never taken for new.
  std::size_t max_requests = defaults::max_callback_requests;
  /// An event that comes again within this is told as repeated. 1 s .. 24 h.
  std::chrono::seconds repeat_life = defaults::callback_repeat_life;
  /// Events remembered, at least 1. When there are more, the oldest is forgotten: it would be told once more.
  std::size_t max_repeats = defaults::max_callback_repeats;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CALLBACK_GATE_OPTIONS_HPP
