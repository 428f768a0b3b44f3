// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_COOKIES_HPP
#define TIDINGS_CLIENT_COOKIES_HPP

#include <tidings/client/retry_hint.hpp>
#include <tidings/http_types.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// The cookies of one server, as a client sends them back: what a load balancer needs to find its way again.
///
/// Source  RFC 6265 5.2 and 5.4, for one host: `Domain` is not looked at, since nothing is sent anywhere else.
class Cookies {
 public:
  /// More are ignored: a server that sets them has lost its count.
  static constexpr std::size_t most = 50;

  void set(std::string name, std::string value) {
    std::erase_if(cookies_, [&name](const Header& each) { return each.name == name; });
    if (cookies_.size() < most) cookies_.push_back({std::move(name), std::move(value)});
  }

  /// The `Set-Cookie` fields of an answer.
  void take(std::span<const Header> headers, wall_time now) {
    for (const Header& each : headers) {
      if (protocol::iequals(each.name, "set-cookie")) take_one(each.value, now);
    }
  }

  /// The value of `Cookie`; empty = none.
  std::string value() const {
    std::string out;
    for (const Header& each : cookies_) {
      out.append(out.empty() ? "" : "; ").append(each.name).append("=").append(each.value);
    }
    return out;
  }

 private:
  void take_one(std::string_view text, wall_time now) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view pair = text.substr(0, end);
    std::string_view attributes = text.substr(std::min(end + 1, text.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return;
    const std::string name(protocol::trim_ows(pair.substr(0, equals)));
    const std::string value(protocol::trim_ows(pair.substr(equals + 1)));
    if (!protocol::is_token(name) || !protocol::is_safe_header_value(value)) return;
    std::optional<bool> gone_by_age;
    bool gone_by_date = false;
    while (!attributes.empty()) {
      const std::size_t stop = std::min(attributes.find(';'), attributes.size());
      const std::string_view attribute = protocol::trim_ows(attributes.substr(0, stop));
      attributes.remove_prefix(std::min(stop + 1, attributes.size()));
      const std::size_t at = std::min(attribute.find('='), attribute.size());
      const std::string_view said = protocol::trim_ows(attribute.substr(std::min(at + 1, attribute.size())));
      // RFC 6265 5.2.2: zero or less is the earliest time; it goes before Expires.
      if (protocol::iequals(attribute.substr(0, at), "max-age")) gone_by_age = said == "0" || said.starts_with('-');
      if (protocol::iequals(attribute.substr(0, at), "expires")) {
        // RFC 6265 5.1.1 takes more forms; this is the one that servers still write.
        std::string written(said);
        std::replace(written.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(5, written.size())),
                     written.end(), '-', ' ');
        const auto date = parse_http_date(written);
        gone_by_date = date && *date <= now;
      }
    }
    if (gone_by_age.value_or(gone_by_date)) {
      std::erase_if(cookies_, [&name](const Header& each) { return each.name == name; });
    } else {
      set(name, value);
    }
  }

  std::vector<Header> cookies_;
};

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_COOKIES_HPP
