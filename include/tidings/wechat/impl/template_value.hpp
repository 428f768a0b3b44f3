// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_TEMPLATE_VALUE_HPP
#define TIDINGS_WECHAT_IMPL_TEMPLATE_VALUE_HPP

#include <tidings/wechat/impl/body_writer.hpp>
#include <tidings/wechat/limits.hpp>
#include <tidings/wechat/template_value.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_latin(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// What the characters of a type are.
enum class TemplateAlphabet { any, digits, latin, no_latin, not_ascii };

struct TemplateType {
  std::string_view name;
  std::size_t characters;
  TemplateAlphabet alphabet = TemplateAlphabet::any;
};

inline constexpr std::size_t any_length = 2048;
inline constexpr TemplateType template_types[] = {
    {"thing", 20},
    {"number", 32, TemplateAlphabet::digits},
    {"letter", 32, TemplateAlphabet::latin},
    {"symbol", 5},
    {"character_string", 32},
    {"time", any_length},
    {"date", any_length},
    {"amount", any_length},
    {"phone_number", 17, TemplateAlphabet::no_latin},
    {"car_number", 8},
    {"name", 20},
    {"phrase", 5, TemplateAlphabet::not_ascii},
    {"enum", any_length},
};

// The type whose name, and then digits only, make the key.
inline const TemplateType* template_type(std::string_view key) {
  const std::size_t letters = key.find_last_not_of("0123456789");
  if (letters == std::string_view::npos) return nullptr;
  for (const TemplateType& each : template_types) {
    if (key.substr(0, letters + 1) == each.name) return &each;
  }
  return nullptr;
}

inline bool is_of(TemplateAlphabet alphabet, std::string_view value) {
  const auto all = [value](auto good) { return std::all_of(value.begin(), value.end(), good); };
  switch (alphabet) {
    case TemplateAlphabet::any: return true;
    case TemplateAlphabet::digits:
      return all([](char c) { return is_digit(c) || c == '.' || c == '-'; }) &&
             std::any_of(value.begin(), value.end(), is_digit);
    case TemplateAlphabet::latin: return all(is_latin);
    case TemplateAlphabet::no_latin: return all([](char c) { return !is_latin(c); });
    case TemplateAlphabet::not_ascii: return all([](char c) { return !is_ascii(c); });
  }
  return true;
}

inline std::string check_amount(std::string_view value) {
  const std::string_view whole = value.substr(0, value.find('.'));
  const auto digits = std::count_if(whole.begin(), whole.end(), is_digit);
  return digits >= 1 && digits <= 10 ? "" : "not an amount of 1 to 10 digits";
}

inline void write_template_data(BodyWriter& body, std::span<const TemplateValue> data) {
  body.count("data", data.size(), 1, limits::template_values);
  body.begin("data");
  for (const TemplateValue& each : data) {
    const auto same = [&each](const TemplateValue& other) { return other.key == each.key; };
    if (std::count_if(data.begin(), data.end(), same) > 1) body.fail(each.key, "there twice");
    if (each.key.empty() || each.key.size() > limits::template_key_bytes) body.fail("", "a key of no legal length");
    if (const std::string wrong = check_template_value(each.key, each.value); !wrong.empty()) {
      body.fail(each.key, wrong);
    }
    body.begin(each.key);
    if (each.value.empty()) body.raw("value", "\"\"");
    body.optional("value", each.value, limits::text_bytes);
    body.optional("color", each.color, 16);
    body.end();
  }
  body.end();
}

}  // namespace detail

inline std::string check_template_value(std::string_view key, std::string_view value) {
  const detail::TemplateType* type = detail::template_type(key);
  if (type == nullptr) return {};
  if (value.empty()) return "missing";
  const bool latin = std::all_of(value.begin(), value.end(), detail::is_ascii);
  const std::size_t most = type->name == "name" && !latin ? 10 : type->characters;
  if (detail::count_characters(value) > most) return "over " + std::to_string(most) + " characters";
  if (value.find_first_of("\r\n\t") != std::string_view::npos) return "has a control character";
  if (!detail::is_of(type->alphabet, value)) return "not of its type";
  return type->name == "amount" ? detail::check_amount(value) : std::string();
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_TEMPLATE_VALUE_HPP
