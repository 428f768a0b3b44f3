// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_CATEGORY_HPP
#define TIDINGS_WECHAT_IMPL_CATEGORY_HPP

#include <tidings/wechat/category.hpp>

#include <initializer_list>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

constexpr bool one_of(ErrorClass wanted, std::initializer_list<ErrorClass> list) {
  for (const ErrorClass each : list) {
    if (each == wanted) return true;
  }
  return false;
}

struct Category final : std::error_category {
  explicit Category(Platform platform) : platform_(platform) {}

  const char* name() const noexcept override { return platform_ == Platform::wecom ? "wecom" : "wechat"; }
  std::string message(int value) const override { return row(value).meaning; }
  bool equivalent(int value, const std::error_condition& wanted) const noexcept override {
    if (wanted.category() != condition_category()) return std::error_category::equivalent(value, wanted);
    return satisfies(row(value).error_class, static_cast<condition>(wanted.value()));
  }

 private:
  // No code says what the call was for; conditions do not depend on it, which a test watches.
  ErrorRow row(int value) const noexcept { return find_error(platform_, EndpointKind::any, value); }

  Platform platform_;
};

}  // namespace detail

inline bool satisfies(ErrorClass error_class, condition wanted) noexcept {
  using enum ErrorClass;
  switch (wanted) {
    case condition::retryable: return detail::one_of(error_class, {busy, rate_limit, quota});
    case condition::throttled: return detail::one_of(error_class, {rate_limit, quota});
    case condition::bad_input: return detail::one_of(error_class, {bad_request, unlisted});
    case condition::recipient_unreachable: return detail::one_of(error_class, {recipient, window_closed});
    case condition::credential: return detail::one_of(error_class, {token_stale, ErrorClass::credential});
    case condition::unauthorized: return detail::one_of(error_class, {token_stale, ErrorClass::credential, blocked});
    case condition::peer_gone:
    case condition::slow: return false;
  }
  return false;
}

inline const std::error_category& category_of(Platform platform) noexcept {
  static const detail::Category wechat(Platform::official_account);
  static const detail::Category wecom(Platform::wecom);
  if (platform == Platform::wecom) return wecom;
  return wechat;
}

inline std::error_code make_error_code(Platform platform, std::int32_t code) noexcept {
  const ErrorClass found = find_error(platform, EndpointKind::any, code).error_class;
  if (found == ErrorClass::success || found == ErrorClass::duplicate) return {};
  return {code, category_of(platform)};
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_CATEGORY_HPP
