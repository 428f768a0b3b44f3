// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_ACCEPT_HPP
#define TIDINGS_PROTOCOL_HTTP_ACCEPT_HPP

#include <tidings/protocol/http/header_value.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

// RFC 9110 12.4.2: a weight of zero, "0", "0.", "0.0" .. "0.000", means "not acceptable".
constexpr bool is_zero_weight(std::string_view parameter) noexcept {
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos || !iequals(parameter.substr(0, equals), "q")) return false;
  const std::string_view weight = parameter.substr(equals + 1);
  return weight.starts_with('0') && weight.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace detail

/// Whether an `Accept` value asks for an event stream by its name.
///
/// A wildcard alone does not: browsers' fetch and curl send `*/*` and mean a poll. `;q=0` takes the name back. Broken
/// elements are passed over.
/// @param accept  The field's value, several fields joined by commas; empty when there is none.
/// Source        RFC 9110 12.5.1.
constexpr bool accepts_event_stream(std::string_view accept) noexcept {
  while (!accept.empty()) {
    std::string_view range = next_list_element(accept, ',');
    if (!iequals(next_list_element(range, ';'), "text/event-stream")) continue;
    bool refused = false;
    while (!range.empty()) refused = detail::is_zero_weight(next_list_element(range, ';')) || refused;
    if (!refused) return true;
  }
  return false;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_ACCEPT_HPP
