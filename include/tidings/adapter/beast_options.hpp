// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_BEAST_OPTIONS_HPP
#define TIDINGS_ADAPTER_BEAST_OPTIONS_HPP

#include <tidings/defaults.hpp>

#include <chrono>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// What one answer over a Beast stream may cost. The stream's own timeouts are switched off while it is answered.
struct BeastOptions {
  /// A client that takes nothing for this long, while there is something to take, is cut. > 0.
  std::chrono::milliseconds write_timeout = defaults::write_stall;
  /// How long a connection that is not used again waits for its client's goodbye: the end of its side, or with TLS its
  /// `close_notify`. > 0.
  std::chrono::milliseconds close_timeout = defaults::close_timeout;
  /// Bytes of further requests that are read while an answer is open; with so many, reading stops, and a client that
  /// leaves is seen by the next write only.
  std::size_t max_read_ahead = defaults::max_read_ahead;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_BEAST_OPTIONS_HPP
