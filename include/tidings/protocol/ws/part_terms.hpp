// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_PART_TERMS_HPP
#define TIDINGS_PROTOCOL_WS_PART_TERMS_HPP

#include <tidings/version.hpp>

#include <cstdint>
#include <limits>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Which messages a WsReader hands out in parts, and how long one may be.
struct WsPartTerms {
  bool text = true;
  bool binary = true;
  /// Message in bytes, over all its frames.
  std::uint64_t max_message_bytes = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_PART_TERMS_HPP
