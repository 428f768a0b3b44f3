// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HTTP_CALL_HPP
#define TIDINGS_HTTP_CALL_HPP

#include <tidings/http_types.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// One request to somebody else's HTTP server.
struct HttpCall {
  std::string method = "GET";
  /// Absolute, `http` or `https`, escaped. May hold secrets: never to be logged.
  std::string url;
  std::vector<Header> headers{};
  /// Sent if it is not empty, or the method is POST.
  std::string body{};
  /// Until the answer is there as a whole, from the call on, > 0.
  std::chrono::milliseconds timeout{10'000};
  /// A longer answer is an error, errc::body_too_large.
  std::size_t max_answer_bytes = 1'048'576;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HTTP_CALL_HPP
