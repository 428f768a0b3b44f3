// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_DEFLATE_PARAMETERS_HPP
#define TIDINGS_PROTOCOL_WS_DEFLATE_PARAMETERS_HPP

#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// RFC 7692 7.1.2: windows of 2^8 .. 2^15 bytes.
inline constexpr int least_window_bits = 8;
inline constexpr int most_window_bits = 15;
/// zlib's deflate cannot keep to 2^8: it needs room for a match of 258 bytes and what it looks ahead.
inline constexpr int least_deflate_bits = 9;

/// The parameters of one `permessage-deflate`, as they stand in a header.
///
/// Source  RFC 7692 7.1.
struct DeflateParameters {
  /// Of a parameter that may stand without a value, in an offer.
  static constexpr int without_value = 0;

  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<int> server_max_window_bits{};
  std::optional<int> client_max_window_bits{};

  bool operator==(const DeflateParameters&) const = default;
};

namespace detail {

// A token, bare or in quotes (RFC 6455 9.1); nothing if it is neither.
inline std::optional<std::string> extension_value(std::string_view text) {
  std::string value;
  if (text.starts_with('"')) {
    if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
      value.push_back(text[i]);
    }
  } else {
    value = text;
  }
  return is_token(value) ? std::optional(value) : std::nullopt;
}

// RFC 7692 7.1.2: a decimal number without leading zeros.
inline std::optional<int> window_bits_of(std::string_view text) {
  const std::optional<std::string> value = extension_value(text);
  if (!value || value->front() == '0') return std::nullopt;
  const std::uint64_t bits = parse_digits(*value).value_or(0);
  if (bits < least_window_bits || bits > most_window_bits) return std::nullopt;
  return static_cast<int>(bits);
}

inline bool take_window_bits(std::optional<int>& out, bool has_value, std::string_view value, bool may_be_bare) {
  if (out || (!has_value && !may_be_bare)) return false;
  out = has_value ? window_bits_of(value) : std::optional(DeflateParameters::without_value);
  return out.has_value();
}

inline bool take_flag(bool& out, bool has_value) {
  if (out || has_value) return false;
  return out = true;
}

inline bool take_deflate_parameter(DeflateParameters& out, std::string_view parameter, bool of_offer) {
  const std::size_t equals = parameter.find('=');
  const bool has_value = equals != std::string_view::npos;
  const std::string_view name = trim_ows(parameter.substr(0, equals));
  const std::string_view value = has_value ? trim_ows(parameter.substr(equals + 1)) : std::string_view();
  if (name == "server_no_context_takeover") return take_flag(out.server_no_context_takeover, has_value);
  if (name == "client_no_context_takeover") return take_flag(out.client_no_context_takeover, has_value);
  if (name == "server_max_window_bits") return take_window_bits(out.server_max_window_bits, has_value, value, false);
  if (name == "client_max_window_bits") return take_window_bits(out.client_max_window_bits, has_value, value, of_offer);
  return false;
}

}  // namespace detail

/// Reads one element of `Sec-WebSocket-Extensions`; nothing if it is another extension, or has a parameter that is not
/// defined, stands twice, or has a value that it may not have.
///
/// @param of_offer  A client's; else a server's answer.
/// Source          RFC 7692 7.1, 7.1.1, 7.1.2.
inline std::optional<DeflateParameters> read_deflate_parameters(std::string_view element, bool of_offer) {
  // An empty last parameter would not be seen below.
  if (element.ends_with(';') || next_list_element(element, ';') != "permessage-deflate") return std::nullopt;
  DeflateParameters parameters;
  while (!element.empty()) {
    if (!detail::take_deflate_parameter(parameters, next_list_element(element, ';'), of_offer)) return std::nullopt;
  }
  return parameters;
}

/// The element, in the order in which the standard names the parameters.
inline std::string to_header_value(const DeflateParameters& parameters) {
  std::string text = "permessage-deflate";
  const auto bits = [&text](const char* name, const std::optional<int>& value) {
    if (!value) return;
    text.append("; ").append(name);
    if (*value != DeflateParameters::without_value) text.append("=").append(std::to_string(*value));
  };
  if (parameters.server_no_context_takeover) text.append("; server_no_context_takeover");
  if (parameters.client_no_context_takeover) text.append("; client_no_context_takeover");
  bits("server_max_window_bits", parameters.server_max_window_bits);
  bits("client_max_window_bits", parameters.client_max_window_bits);
  return text;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_DEFLATE_PARAMETERS_HPP
