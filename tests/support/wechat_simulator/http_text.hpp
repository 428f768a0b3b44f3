// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_HTTP_TEXT_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_HTTP_TEXT_HPP

#include "support/wechat_simulator/exchange.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wechat_simulator {

/// What stands in front of a body.
struct HttpHead {
  /// The first line's words: method, target, version; or version, status, reason.
  std::string first{};
  std::string second{};
  /// As it came, with its names in lower case.
  std::string fields{};
  std::size_t size = 0;

  /// Of the first field with this name; empty = there is none.
  std::string field(std::string_view name) const;
  bool keeps_alive() const;
};

/// The head at the begin of what was read, once it is complete. Throws `std::invalid_argument` if it is none.
std::optional<HttpHead> parse_head(std::string_view read);

/// The body behind the head, once it is complete: by its length, or in chunks. `consumed` = with the head.
struct HttpBody {
  std::string text{};
  std::size_t consumed = 0;
};
/// @param ended  There will be no more: what has no length ends here.
std::optional<HttpBody> parse_body(const HttpHead& head, std::string_view read, bool ended);

ApiRequest request_of(const HttpHead& head, std::string body);
/// The answer's head; its length is the body's.
std::string head_of(const Answer& answer, bool keeps_alive);

/// Where a callback goes: http://host:port/target.
struct HttpUrl {
  std::string host{};
  std::string port = "80";
  std::string target = "/";
};
/// None = it is not such a URL.
std::optional<HttpUrl> parse_url(const std::string& url);

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_HTTP_TEXT_HPP
