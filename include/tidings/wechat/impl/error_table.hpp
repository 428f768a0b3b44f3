// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_ERROR_TABLE_HPP
#define TIDINGS_WECHAT_IMPL_ERROR_TABLE_HPP

#include <tidings/wechat/error_table.hpp>
#include <tidings/wechat/impl/official_errors.hpp>
#include <tidings/wechat/impl/wecom_errors.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

inline std::span<const ErrorRow> error_table(Platform platform) noexcept {
  if (platform == Platform::wecom) return detail::wecom_errors;
  return detail::official_errors;
}

inline ErrorRow find_error(Platform platform, EndpointKind kind, std::int32_t code) noexcept {
  for (const ErrorRow& row : error_table(platform)) {
    if (row.code == code && (row.kind == kind || row.kind == EndpointKind::any)) return row;
  }
  return {code, ErrorClass::unlisted, "a number that no source explains", ""};
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_ERROR_TABLE_HPP
