// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CURL_HTTP_CLIENT_OPTIONS_HPP
#define TIDINGS_CURL_HTTP_CLIENT_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// How a CurlHttpClient connects, and what it holds.
struct CurlHttpClientOptions {
  /// Until a connection takes a request: name, TCP, proxy and TLS, > 0. errc::timeout.
  std::chrono::milliseconds connect_timeout = defaults::http_connect_timeout;
  /// Connections to one host, which is a scheme, a name and a port, and in all, idle ones included; >= 1. More calls wait.
  std::size_t max_connections_per_host = defaults::max_http_connections_per_host;
  std::size_t max_connections = defaults::max_http_connections;
  /// A connection that was idle for longer is not used again, >= 1 s. Less than the server waits: see CurlHttpClient.
  std::chrono::seconds longest_idle = defaults::http_longest_idle;
  /// Calls that wait or are under way, >= 1; one more fails, errc::queue_full.
  std::size_t max_calls = defaults::max_http_calls;
  /// Header lines of one answer; more is errc::header_too_large.
  std::size_t max_header_bytes = defaults::max_answer_header_bytes;

  /// `http://[user:password@]host:port`, or another scheme of libcurl's; empty = none, whatever the environment says.
  std::string proxy{};
  /// PEM file of the authorities that are trusted, and a folder of such as `openssl rehash` names them; both empty = those
  /// that libcurl was built with.
  std::string ca_file{};
  std::string ca_path{};

  /// Runs a completion elsewhere and soon, once; empty = on the client's thread, which must not be blocked.
  std::function<void(UniqueFunction<void()> work)> run{};
  /// An exception came out of `run` or of a completion on the client's thread: errc::callback_failed, with its name.
  std::function<void(std::error_code ec, std::string_view context)> on_error{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CURL_HTTP_CLIENT_OPTIONS_HPP
