// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_ENDPOINT_KIND_HPP
#define TIDINGS_WECHAT_ENDPOINT_KIND_HPP

#include <tidings/version.hpp>

#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What an API call is for, as far as the meaning of an error number depends on it.
enum class EndpointKind : std::uint8_t {
  /// Of a row in the error table: whatever the call was for.
  any,
  /// Asks for an access token; says the secret instead of a token.
  token,
  /// Sends to users.
  send,
};

constexpr const char* to_string(EndpointKind kind) {
  switch (kind) {
    case EndpointKind::any: return "any";
    case EndpointKind::token: return "token";
    case EndpointKind::send: return "send";
  }
  return "unknown";
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_ENDPOINT_KIND_HPP
