// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CURL_HTTP_CLIENT_OPTIONS_HPP
#define TIDINGS_CURL_HTTP_CLIENT_OPTIONS_HPP

#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

TIDINGS_NAMESPACE_BEGIN

/// How a CurlHttpClient calls.
struct CurlHttpClientOptions {
  /// Name, TCP and TLS of one call; > 0.
  std::chrono::milliseconds connect_timeout{5'000};
  /// Connections to one host, and in all; >= 1. More calls wait for one that is free.
  std::size_t max_connections_per_host = 50;
  std::size_t max_connections = 100;
  /// One that nobody has used for so long is not used again: whoever is at its other end may be about to close it.
  std::chrono::seconds longest_idle{30};
  /// Calls that wait or are under way, >= 1; one more fails, errc::queue_full.
  std::size_t max_calls = 10'000;
  /// `http://host:port`, with `user:password@` if it wants them; empty = none, whatever the environment says.
  std::string proxy{};
  /// A file of certificates (PEM) that are trusted, in the place of the system's.
  std::string ca_file{};
  /// Runs a piece of work elsewhere and soon, once; empty = completions come on the client's own thread.
  std::function<void(UniqueFunction<void()> work)> run{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CURL_HTTP_CLIENT_OPTIONS_HPP
