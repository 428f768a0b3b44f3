// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CURL_HTTP_CLIENT_HPP
#define TIDINGS_CURL_HTTP_CLIENT_HPP

#include <tidings/completion.hpp>
#include <tidings/curl_http_client_options.hpp>
#include <tidings/error.hpp>
#include <tidings/http_client.hpp>
#include <tidings/impl/curl_calls.hpp>
#include <tidings/version.hpp>

#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// Calls HTTP servers by libcurl, on a thread of its own: connections are kept and used again, certificates verified,
/// redirects not followed. HTTP/1.1.
///
/// ```cpp
/// tidings::CurlHttpClient http;
/// http.call({.url = "https://api.weixin.qq.com/cgi-bin/getcallbackip"}, [](std::error_code ec, tidings::HttpAnswer got) {});
/// ```
/// A POST is written once: where libcurl would write it again on another connection, the call fails, for the first one may
/// have arrived. Where nothing was written yet, `HttpAnswer::maybe_sent` is false.
///
/// Errors    errc::timeout, errc::peer_gone (no name, no connection, no TLS), errc::untrusted_certificate,
///           errc::proxy_refused, errc::connection_lost, errc::body_too_large, errc::not_supported (no URL of HTTP),
///           errc::queue_full, errc::closed.
/// Thread    any. One of its own; completions are called there, or where `run` says. What they throw is passed over.
/// Lifetime  the destructor completes what is under way with errc::closed, and joins the thread; not inside a completion.
class CurlHttpClient {
 public:
  /// Throws `std::invalid_argument` for options out of their range, `std::runtime_error` if libcurl cannot be used.
  explicit CurlHttpClient(CurlHttpClientOptions options = {})
      : calls_(std::make_shared<detail::CurlCalls>(std::move(options))), thread_([calls = calls_] { calls->run(); }) {}
  CurlHttpClient(const CurlHttpClient&) = delete;
  CurlHttpClient& operator=(const CurlHttpClient&) = delete;
  ~CurlHttpClient() {
    calls_->stop();
    thread_.join();
  }

  void call(HttpCall request, Completion<HttpAnswer> done) { calls_->add(std::move(request), std::move(done)); }

 private:
  std::shared_ptr<detail::CurlCalls> calls_;
  std::thread thread_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CURL_HTTP_CLIENT_HPP
