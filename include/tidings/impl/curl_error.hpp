// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_CURL_ERROR_HPP
#define TIDINGS_IMPL_CURL_ERROR_HPP

#include <tidings/curl_http_client.hpp>
#include <tidings/error.hpp>
#include <tidings/version.hpp>

#include <curl/curl.h>

#include <string>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

class CurlCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "curl"; }
  std::string message(int value) const override { return curl_easy_strerror(static_cast<CURLcode>(value)); }
};

/// What a transfer ended with.
struct CurlEnd {
  CURLcode code = CURLE_OK;
  /// A connection took the request.
  bool sent = false;
  /// That of a proxy's answer to CONNECT; 0 = none.
  long tunnel_status = 0;
};

inline std::error_code curl_error(const CurlEnd& end) {
  const bool refused = end.tunnel_status != 0 && end.tunnel_status / 100 != 2;
  if (!end.sent && refused) return errc::proxy_refused;
  switch (end.code) {
    case CURLE_OK: return {};
    case CURLE_OPERATION_TIMEDOUT: return errc::timeout;
    case CURLE_PEER_FAILED_VERIFICATION: return errc::untrusted_certificate;
    case CURLE_FILESIZE_EXCEEDED: return errc::body_too_large;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR: return errc::peer_gone;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return end.sent ? errc::connection_lost : errc::not_supported;
    case CURLE_PROXY:
    case CURLE_COULDNT_RESOLVE_PROXY: return errc::proxy_refused;
    // The last is our own: the request was about to be sent a second time.
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_ABORTED_BY_CALLBACK: return end.sent ? errc::connection_lost : errc::peer_gone;
    default: return {static_cast<int>(end.code), curl_category()};
  }
}

}  // namespace detail

inline const std::error_category& curl_category() noexcept {
  static const detail::CurlCategory category;
  return category;
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_CURL_ERROR_HPP
