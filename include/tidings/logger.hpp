// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_LOGGER_HPP
#define TIDINGS_LOGGER_HPP

#include <tidings/version.hpp>

#include <functional>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

enum class LogLevel { debug, info, warning, error };

constexpr const char* to_string(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "unknown";
}

/// Where the library's own remarks go. Empty = nowhere. Never receives payloads, credentials or cursors.
///
/// @param category  What speaks: `hub`, `listener`, `store`, `sse`, `poll`.
/// Thread    called from any of the hub's threads, also at the same time; must not block and must not throw.
using Logger = std::function<void(LogLevel level, std::string_view category, std::string_view text)>;

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_LOGGER_HPP
