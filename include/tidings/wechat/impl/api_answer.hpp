// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_API_ANSWER_HPP
#define TIDINGS_WECHAT_IMPL_API_ANSWER_HPP

#include <tidings/defaults.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/wechat/api_answer.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

inline constexpr std::size_t max_answer_text = 1024;
// WeCom's own example of an id has 63; a token is to be given 512.
inline constexpr std::size_t max_answer_id = 256;
inline constexpr std::size_t max_token = 2048;

template <class Number>
bool to_number(std::string_view text, Number& out) {
  const char* end = text.data() + text.size();
  const auto [at, ec] = std::from_chars(text.data(), end, out);
  return ec == std::errc() && at == end;
}

// Cut where no character is cut.
inline std::string cut(std::string_view text, std::size_t most) {
  if (text.size() > most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
    text = text.substr(0, most);
  }
  return std::string(text);
}

// `a|b|c`.
inline std::vector<std::string> split_ids(std::string_view joined) {
  std::vector<std::string> ids;
  while (!joined.empty()) {
    const std::size_t end = std::min(joined.find('|'), joined.size());
    if (end > 0) ids.emplace_back(joined.substr(0, end));
    joined.remove_prefix(std::min(end + 1, joined.size()));
  }
  return ids;
}

// Reads the members of the outermost object as they go by, and builds nothing of the rest. Numbers arrive as text, with
// all their digits.
template <class Json>
class AnswerReader final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return outermost_is_open(); }
  bool boolean(bool) override { return outermost_is_open(); }
  bool number_integer(typename Json::number_integer_t number) override { return take(std::to_string(number)); }
  bool number_unsigned(typename Json::number_unsigned_t number) override { return take(std::to_string(number)); }
  bool number_float(typename Json::number_float_t, const typename Json::string_t& text) override { return take(text); }
  bool string(typename Json::string_t& text) override { return take(text); }
  bool binary(typename Json::binary_t&) override { return false; }
  bool key(typename Json::string_t& name) override {
    if (depth_ == 1) name_ = name;
    return true;
  }
  bool start_object(std::size_t) override { return ++depth_ <= defaults::max_json_depth; }
  bool start_array(std::size_t) override { return outermost_is_open() && ++depth_ <= defaults::max_json_depth; }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const typename Json::exception&) override { return false; }

  /// Whether what went by is an answer.
  bool is_answer() const { return has_code_ || !answer.message_id.empty() || !answer.access_token.empty(); }

  ApiAnswer answer{};

 private:
  bool outermost_is_open() const { return depth_ > 0; }
  bool leave() {
    --depth_;
    return true;
  }

  bool take(std::string_view value) {
    if (depth_ != 1) return depth_ > 0;
    if (name_ == "errcode") return std::exchange(has_code_, true) ? false : to_number(value, answer.code);
    if (name_ == "errmsg") return keep(answer.text, cut(value, max_answer_text), max_answer_text);
    if (name_ == "msgid" || name_ == "msg_id") return take_id(value);
    if (name_ == "invaliduser") return keep_list(answer.invalid_users, value);
    if (name_ == "invalidparty") return keep_list(answer.invalid_departments, value);
    if (name_ == "invalidtag") return keep_list(answer.invalid_tags, value);
    if (name_ == "unlicenseduser") return keep_list(answer.unlicensed_users, value);
    if (name_ == "response_code") return keep(answer.response_code, value, max_answer_id);
    if (name_ == "access_token") return keep(answer.access_token, value, max_token);
    if (name_ == "expires_in") return take_life(value);
    return true;
  }

  bool take_id(std::string_view value) { return keep(answer.message_id, value, max_answer_id); }

  bool take_life(std::string_view value) {
    std::int32_t seconds = 0;
    if (!to_number(value, seconds) || seconds < 0) return false;
    answer.expires_in = std::chrono::seconds(seconds);
    return true;
  }

  static bool keep(std::string& member, std::string_view value, std::size_t most) {
    member = value;
    return value.size() <= most;
  }
  static bool keep_list(std::vector<std::string>& member, std::string_view value) {
    member = split_ids(value);
    return true;
  }

  std::string name_{};
  std::size_t depth_ = 0;
  bool has_code_ = false;
};

}  // namespace detail

template <class Json>
std::error_code parse_answer(std::string_view body, ApiAnswer& out) {
  if (body.size() > defaults::max_wechat_answer_bytes) return errc::body_too_large;
  // nlohmann/json takes a NUL for the end of the text.
  if (body.find('\0') != std::string_view::npos) return errc::invalid_json;
  detail::AnswerReader<Json> reader;
  if (!Json::sax_parse(body, &reader) || !reader.is_answer()) return errc::invalid_json;
  out = std::move(reader.answer);
  return {};
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_API_ANSWER_HPP
