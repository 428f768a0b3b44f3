// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ENDPOINT_OPTIONS_HPP
#define TIDINGS_ENDPOINT_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/protocol/http/origin_policy.hpp>

#include <chrono>

TIDINGS_NAMESPACE_BEGIN

/// How one URL behaves towards browsers and caches.
struct EndpointOptions {
  /// Pages of which other origins may use this endpoint. Default: none but its own.
  protocol::OriginPolicy origins{};
  /// `Cache-Control: no-store` instead of `private, no-cache` on poll answers: not even the browser keeps them, and
  /// `If-None-Match` is of no use.
  bool no_store = false;
  /// A late `authorize` answers within this, or the request is refused for the moment. > 0.
  std::chrono::milliseconds authorize_timeout = defaults::authorize_timeout;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ENDPOINT_OPTIONS_HPP
