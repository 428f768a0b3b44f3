// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_STREAM_TERMS_HPP
#define TIDINGS_HUB_STREAM_TERMS_HPP

#include <tidings/delivery/sse_terms.hpp>
#include <tidings/delivery/ws_terms.hpp>

#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// With what a carrier is made: where, and how its transport is kept.
struct StreamTerms {
  std::size_t loop = 0;
  delivery::SseTerms sse;
  delivery::WsTerms ws;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_STREAM_TERMS_HPP
