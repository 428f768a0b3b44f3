// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CURL_HTTP_CLIENT_HPP
#define TIDINGS_CURL_HTTP_CLIENT_HPP

#include <tidings/completion.hpp>
#include <tidings/curl_http_client_options.hpp>
#include <tidings/http_answer.hpp>
#include <tidings/http_call.hpp>
#include <tidings/http_client.hpp>
#include <tidings/version.hpp>

#include <memory>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace detail {
class CurlDesk;
}  // namespace detail

/// The category of libcurl's own codes, `CURLcode`: those that no errc stands for.
const std::error_category& curl_category() noexcept;

/// An HttpClient on libcurl, with a thread of its own and connections that are kept for the next call.
///
/// ```cpp
/// tidings::CurlHttpClient http;
/// http.call({.url = "https://api.weixin.qq.com/cgi-bin/get_api_domain_ip"},
///           [](std::error_code ec, const tidings::HttpAnswer& answer) { note(ec, answer.status, answer.maybe_sent); });
/// ```
/// HTTP/1.1, one call on a connection at a time. TLS 1.2 or newer; certificates are verified, always. Redirects are not
/// followed, nothing is decompressed, no cookie is kept, and nothing is taken from the environment.
///
/// Sent      at most once. `HttpAnswer::maybe_sent` is false until a connection is there that takes the request. A kept
///           connection that ends without an answer may have brought the request over, or not: that is
///           errc::connection_lost, and never a second try. `longest_idle` keeps it rare.
/// Errors    errc::timeout, errc::peer_gone (no name, no connection, no TLS), errc::untrusted_certificate,
///           errc::proxy_refused, errc::connection_lost, errc::body_too_large, errc::header_too_large, errc::not_supported
///           (no URL of HTTP), errc::invalid_header_value and errc::malformed_request (it cannot be written, or has a
///           framing header of its own), errc::queue_full, errc::closed; of curl_category() what else libcurl says.
/// Thread    any. Completions on the client's own, or where `CurlHttpClientOptions::run` says; that a call is refused for
///           errc::queue_full or errc::closed may be said inside it.
/// Lifetime  the destructor completes what it holds with errc::closed and waits for the client's thread, where it must not
///           run itself. With libcurl below 7.87 it waits for the resolver too.
class CurlHttpClient {
 public:
  /// Throws `std::invalid_argument` for options that cannot be.
  explicit CurlHttpClient(CurlHttpClientOptions options = {});
  CurlHttpClient(const CurlHttpClient&) = delete;
  CurlHttpClient& operator=(const CurlHttpClient&) = delete;
  ~CurlHttpClient();

  void call(HttpCall request, Completion<HttpAnswer> done);

 private:
  const std::unique_ptr<detail::CurlDesk> desk_;
};

static_assert(HttpClient<CurlHttpClient>);

TIDINGS_NAMESPACE_END

#include <tidings/impl/curl_desk.hpp>

#endif  // TIDINGS_CURL_HTTP_CLIENT_HPP
