// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TEMPLATE_VALUE_HPP
#define TIDINGS_WECHAT_TEMPLATE_VALUE_HPP

#include <tidings/version.hpp>

#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// One value of a template.
struct TemplateValue {
  /// As the template names it: `"thing1"`, `"time3"`, `"keyword1"`.
  std::string key;
  std::string value;
  /// `"#173177"`; templates of today show none.
  std::string color{};
};

/// What is wrong with a value for a key of its type; empty = nothing. A key that begins with no type's name takes any
/// text.
///
/// Counted in characters, as the vendor counts: `thing` 20, `number` 32 digits, `letter` 32, `symbol` 5,
/// `character_string` 32, `amount` 10 digits with a currency, `phone_number` 17, `car_number` 8, `name` 10, or 20 where
/// all are Latin, `phrase` 5 and none of them Latin; `time`, `date` and `enum` must be there.
/// Source  D subscribeMessage.send, "limits of parameter values".
std::string check_template_value(std::string_view key, std::string_view value);

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/template_value.hpp>

#endif  // TIDINGS_WECHAT_TEMPLATE_VALUE_HPP
