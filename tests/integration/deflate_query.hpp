// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_INTEGRATION_DEFLATE_QUERY_HPP
#define TIDINGS_TESTS_INTEGRATION_DEFLATE_QUERY_HPP

#include <tidings/deflate.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/request_snapshot.hpp>

#include <cstddef>
#include <memory>
#include <string>

/// Compression by the options in a request's query: `takeover`, `bits` and `threshold`.
inline std::shared_ptr<const tidings::WsCompression> deflate_of(const tidings::RequestSnapshot& request) {
  const auto number = [&request](const char* name, int otherwise) {
    const auto value = tidings::protocol::query_value(request.target, name);
    return value ? std::stoi(*value) : otherwise;
  };
  const bool takeover = number("takeover", 0) != 0;
  const int bits = number("bits", 15);
  return tidings::make_deflate({.threshold = static_cast<std::size_t>(number("threshold", 1024)),
                                .send_window_bits = bits,
                                .receive_window_bits = bits,
                                .send_takeover = takeover,
                                .receive_takeover = takeover});
}

#endif  // TIDINGS_TESTS_INTEGRATION_DEFLATE_QUERY_HPP
