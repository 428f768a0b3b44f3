// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_BODY_ERROR_HPP
#define TIDINGS_WECHAT_BODY_ERROR_HPP

#include <tidings/version.hpp>

#include <string>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Why a message was not made into a request.
struct BodyError {
  /// errc::invalid_field, errc::invalid_utf8 or errc::invalid_json; none = the body is good.
  std::error_code ec{};
  /// Where, in the vendor's words: `"text.content"`, `"data.thing1"`, `"news.articles[2].url"`.
  std::string field{};
  /// What is wrong with it: `"over 2048 bytes"`.
  std::string text{};

  explicit operator bool() const noexcept { return static_cast<bool>(ec); }
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_BODY_ERROR_HPP
