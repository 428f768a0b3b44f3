// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_ERROR_TABLE_HPP
#define TIDINGS_WECHAT_ERROR_TABLE_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/endpoint_kind.hpp>
#include <tidings/wechat/error_class.hpp>
#include <tidings/wechat/limit_window.hpp>
#include <tidings/wechat/platform.hpp>

#include <cstdint>
#include <span>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What one error number means in an answer of one platform to one kind of call.
struct ErrorRow {
  std::int32_t code = 0;
  ErrorClass error_class = ErrorClass::unlisted;
  /// In a few words, without a full stop.
  const char* meaning = "";
  /// Where it is written down. MP, MA, CP: the enums WxMpErrorMsgEnum, WxMaErrorMsgEnum and WxCpErrorMsgEnum of WxJava
  /// @9eba04d; PY: wechatpy @5b8502e, constants.py; GW: go-workwx @3887053, errcodes/mod.go; EC: the vendor's
  /// doc/oplatform/developers/errCode/errCode.html; CH: doc/channels/API/basics/commErrCode.html; D: another page of
  /// developers.weixin.qq.com; W:n: developer.work.weixin.qq.com/document/path/n; C: a thread of the community.
  const char* source = "";
  /// Of `rate_limit` and `quota`.
  LimitWindow window = LimitWindow::none;
  /// The calls that it holds for.
  EndpointKind kind = EndpointKind::any;
  /// One of several recipients spoils the call: each alone may go through.
  bool split = false;
};

/// The rows of a platform, in the order of their numbers; a row for one kind of call stands before the one for any.
///
/// Official Account and mini-program have one table: the vendor numbers them together.
std::span<const ErrorRow> error_table(Platform platform) noexcept;

/// What an answer's number asks for.
///
/// The row of this platform, this kind of call and this number; else that of the platform and number; else one of class
/// `unlisted` that has the number. Never a row of the other table: 40001, 42007, 43004, 48002, 48004, 48005, 50001,
/// 50002, 40050, 45026 and 45029 mean one thing here and another there.
ErrorRow find_error(Platform platform, EndpointKind kind, std::int32_t code) noexcept;

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/error_table.hpp>

#endif  // TIDINGS_WECHAT_ERROR_TABLE_HPP
