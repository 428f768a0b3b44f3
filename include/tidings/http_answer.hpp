// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HTTP_ANSWER_HPP
#define TIDINGS_HTTP_ANSWER_HPP

#include <tidings/http_types.hpp>
#include <tidings/version.hpp>

#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// How a request to somebody else's HTTP server ended.
struct HttpAnswer {
  /// 0 = no answer came, or none that could be read.
  int status = 0;
  std::vector<Header> headers{};
  std::string body{};
  /// Of a call that failed: something of the request may have reached the server. False only where it is certain that
  /// nothing did, so that the call can be made again without a thought.
  bool maybe_sent = true;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HTTP_ANSWER_HPP
