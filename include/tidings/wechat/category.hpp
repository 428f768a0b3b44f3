// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CATEGORY_HPP
#define TIDINGS_WECHAT_CATEGORY_HPP

#include <tidings/error.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/error_table.hpp>
#include <tidings/wechat/platform.hpp>

#include <cstdint>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Whether an outcome of this class is what a caller asks after: `if (ec == condition::throttled)`.
bool satisfies(ErrorClass error_class, condition wanted) noexcept;

/// The category of error numbers: `"wechat"` for Official Account and mini-program, `"wecom"` for WeCom. A code keeps
/// the vendor's number; its message is our word for it.
const std::error_category& category_of(Platform platform) noexcept;

/// An answer's number; no error for 0 and for what counts as accepted.
std::error_code make_error_code(Platform platform, std::int32_t code) noexcept;

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/category.hpp>

#endif  // TIDINGS_WECHAT_CATEGORY_HPP
