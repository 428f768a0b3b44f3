// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_CLIENT_HANDSHAKE_HPP
#define TIDINGS_PROTOCOL_WS_CLIENT_HANDSHAKE_HPP

#include <tidings/defaults.hpp>
#include <tidings/error.hpp>
#include <tidings/http_types.hpp>
#include <tidings/protocol/ws/handshake.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// What a client asks for.
struct WsRequest {
  /// Origin-form.
  std::string target = "/";
  /// With the port where it is not the scheme's own.
  std::string host{};
  /// 16 random bytes, new for each connection.
  std::string nonce{};
  /// In the order of preference.
  std::vector<std::string> subprotocols{};
  /// `Sec-WebSocket-Extensions`, such as `WsCompression::offer()`; empty: none are offered, and none may be agreed on.
  std::string extensions{};
  /// Such as Authorization, Origin, Cookie.
  std::vector<Header> headers{};
};

/// A client's side of the handshake: writes the request, reads the answer. Interim answers (1xx) are passed over.
///
/// Thread  none of its own; one thread at a time.
/// Source  RFC 6455 4.1.
class WsClientHandshake {
 public:
  enum class Status {
    /// The answer is not whole yet.
    need_more,
    /// The connection is a WebSocket; bytes behind `consumed` are frames.
    accepted,
    /// error() and http_status() say why; the connection cannot be used further.
    refused,
  };

  explicit WsClientHandshake(WsRequest request, std::size_t max_header_bytes = defaults::max_header_bytes)
      : request_(std::move(request)), key_(encode_base64(request_.nonce)), max_header_bytes_(max_header_bytes) {}

  /// Appends the request.
  ///
  /// Errors  errc::invalid_header_value: target, host, a subprotocol or a header cannot stand in a head.
  [[nodiscard]] std::error_code encode(std::string& out) const;

  /// Takes the next bytes of the connection.
  ///
  /// @param consumed  Set to the number of bytes that belong to the answer.
  /// Errors          errc::handshake_failed: no HTTP/1.1, another status than 101, a header that the standard asks for is
  ///                 missing or wrong, or one that was not offered; errc::header_too_large.
  Status feed(std::string_view bytes, std::size_t& consumed);

  std::error_code error() const noexcept { return error_; }
  /// 0 when there was no status line.
  int http_status() const noexcept { return http_status_; }
  /// Empty when the server chose none.
  const std::string& subprotocol() const noexcept { return subprotocol_; }
  /// What the server made of those that were offered, for `WsCompression::agree`; empty when it took none.
  const std::string& extensions() const noexcept { return extensions_; }
  /// Of the answer, for Retry-After and the like.
  const std::vector<Header>& headers() const noexcept { return headers_; }

 private:
  Status refuse(errc code) noexcept {
    error_ = code;
    return Status::refused;
  }
  bool take_head(std::string_view bytes, std::size_t& consumed);
  bool read_head();
  Status on_head();

  WsRequest request_;
  std::string key_;
  std::size_t max_header_bytes_;
  std::string head_;
  std::size_t passed_ = 0;  // bytes of heads before head_
  std::vector<Header> headers_;
  std::string subprotocol_;
  std::string extensions_;
  int http_status_ = 0;
  int minor_version_ = 0;
  std::error_code error_;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#include <tidings/protocol/ws/impl/client_handshake.hpp>

#endif  // TIDINGS_PROTOCOL_WS_CLIENT_HANDSHAKE_HPP
