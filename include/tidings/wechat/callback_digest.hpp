// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_DIGEST_HPP
#define TIDINGS_WECHAT_CALLBACK_DIGEST_HPP

#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/sha1.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A short name of a request or an event that was seen. Only what is signed gets one, so that nobody but the account's
/// owner could look for two with the same.
struct CallbackDigest {
  std::array<char, 16> bytes{};

  friend bool operator==(const CallbackDigest&, const CallbackDigest&) = default;
  friend auto operator<=>(const CallbackDigest&, const CallbackDigest&) = default;
};

/// Parts that differ, also in where one ends and the next begins, have another digest.
inline CallbackDigest digest_of(std::span<const std::string_view> parts) {
  std::string text;
  for (const std::string_view each : parts) {
    protocol::append_digits(text, each.size());
    text.append(":").append(each);
  }
  CallbackDigest digest;
  const std::string sha1 = protocol::sha1(text);
  std::copy_n(sha1.begin(), digest.bytes.size(), digest.bytes.begin());
  return digest;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

template <>
struct std::hash<tidings::wechat::CallbackDigest> {
  std::size_t operator()(const tidings::wechat::CallbackDigest& digest) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, digest.bytes.data(), sizeof value);
    return value;
  }
};

#endif  // TIDINGS_WECHAT_CALLBACK_DIGEST_HPP
