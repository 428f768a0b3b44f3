// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_BODY_WRITER_HPP
#define TIDINGS_WECHAT_IMPL_BODY_WRITER_HPP

#include <tidings/error.hpp>
#include <tidings/protocol/json_text.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/body_error.hpp>
#include <tidings/wechat/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

inline std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) == 0x80U ? 0 : 1;
  return count;
}

// JSON can say these only with `\u`, which the API refuses.
inline bool has_unspeakable(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && std::string_view("\b\t\n\f\r").find(c) == std::string_view::npos) {
      return true;
    }
  }
  return false;
}

// Writes one JSON object, member by member, checks each, and keeps the first thing that is wrong with the name of its
// place. After that it writes on into nothing that is used.
class BodyWriter {
 public:
  BodyWriter() : json_("{") {}

  void fail(std::string_view name, std::string text, errc code = errc::invalid_field) {
    if (error_.ec) return;
    error_ = {code, place(name), std::move(text)};
  }

  // A text that must be there.
  void required(std::string_view name, std::string_view value, std::size_t max_bytes) {
    if (value.empty()) fail(name, "missing");
    optional(name, value, max_bytes);
  }
  // Left out where empty.
  void optional(std::string_view name, std::string_view value, std::size_t max_bytes) {
    if (value.empty()) return;
    if (value.size() > max_bytes) fail(name, "over " + std::to_string(max_bytes) + " bytes");
    text(name, value);
  }
  void optional_url(std::string_view name, std::string_view value) {
    if (!value.empty() && value.find("://") == std::string_view::npos) fail(name, "without a scheme");
    optional(name, value, limits::url_bytes);
  }
  void required_url(std::string_view name, std::string_view value) {
    if (value.empty()) fail(name, "missing");
    optional_url(name, value);
  }
  void number(std::string_view name, std::int64_t value) {
    key(name);
    json_ += std::to_string(value);
  }
  void count(std::string_view name, std::size_t count, std::size_t least, std::size_t most) {
    if (count < least) fail(name, "missing");
    if (count > most) fail(name, "more than " + std::to_string(most));
  }
  // JSON of the caller's, checked by the caller.
  void raw(std::string_view name, std::string_view json) {
    key(name);
    json_ += json;
  }

  void begin(std::string_view name) { open(name, '{'); }
  void begin_list(std::string_view name) { open(name, '['); }
  // An object in a list.
  void begin_element() { open("", '{'); }
  void end() { close('}'); }
  void end_list() { close(']'); }

  BodyError finish(std::string& out) {
    json_ += '}';
    if (!error_.ec) out = std::move(json_);
    return std::move(error_);
  }
  bool failed() const { return static_cast<bool>(error_.ec); }

 private:
  struct Level {
    std::string name;
    std::size_t elements = 0;
    bool list = false;
  };

  void text(std::string_view name, std::string_view value) {
    if (!protocol::is_valid_utf8(value)) fail(name, "not UTF-8", errc::invalid_utf8);
    if (has_unspeakable(value)) fail(name, "has a control character");
    key(name);
    protocol::append_json_string(json_, value);
  }

  void key(std::string_view name) {
    if (json_.back() != '{' && json_.back() != '[') json_ += ',';
    if (name.empty()) return;
    protocol::append_json_string(json_, name);
    json_ += ':';
  }

  void open(std::string_view name, char bracket) {
    key(name);
    json_ += bracket;
    levels_.push_back({std::string(name), 0, bracket == '['});
  }
  void close(char bracket) {
    json_ += bracket;
    levels_.pop_back();
    if (!levels_.empty()) ++levels_.back().elements;
  }

  // news.articles[2].url
  std::string place(std::string_view name) const {
    std::string path;
    for (const Level& level : levels_) {
      if (!level.name.empty()) path += (path.empty() ? "" : ".") + level.name;
      if (level.list && &level != &levels_.back()) path += "[" + std::to_string(level.elements) + "]";
    }
    if (!path.empty() && !name.empty()) path += '.';
    return path.append(name);
  }

  std::string json_;
  std::vector<Level> levels_{};
  BodyError error_{};
};

}  // namespace detail

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_BODY_WRITER_HPP
