// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLOCK_HPP
#define TIDINGS_NET_CLOCK_HPP

#include <tidings/time.hpp>

#include <chrono>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// The clocks of the machine; nothing below this folder reads them.
inline steady_time steady_now() noexcept { return std::chrono::steady_clock::now(); }

inline wall_time wall_now() noexcept {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLOCK_HPP
