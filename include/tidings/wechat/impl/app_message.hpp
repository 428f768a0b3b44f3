// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_APP_MESSAGE_HPP
#define TIDINGS_WECHAT_IMPL_APP_MESSAGE_HPP

#include <tidings/wechat/app_message.hpp>
#include <tidings/wechat/impl/body_writer.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

inline void write_content(BodyWriter& body, const AppMessage::Text& content) {
  body.required("msgtype", "text", limits::text_bytes);
  body.begin("text");
  body.required("content", content.content, limits::text_bytes);
  body.end();
}

inline void write_content(BodyWriter& body, const AppMessage::Markdown& content) {
  body.required("msgtype", "markdown", limits::text_bytes);
  body.begin("markdown");
  body.required("content", content.content, limits::markdown_bytes);
  body.end();
}

inline void write_content(BodyWriter& body, const AppMessage::TextCard& content) {
  body.required("msgtype", "textcard", limits::text_bytes);
  body.begin("textcard");
  body.required("title", content.title, limits::title_bytes);
  body.required("description", content.description, limits::description_bytes);
  body.required_url("url", content.url);
  if (count_characters(content.button) > limits::button_characters) {
    body.fail("btntxt", "over " + std::to_string(limits::button_characters) + " characters");
  }
  body.optional("btntxt", content.button, limits::title_bytes);
  body.end();
}

inline void write_content(BodyWriter& body, const AppMessage::News& content) {
  body.required("msgtype", "news", limits::text_bytes);
  write_news(body, content.articles, limits::articles);
}

// `a|b|c`.
inline void write_recipients(BodyWriter& body, std::string_view name, std::span<const std::string> ids,
                             std::size_t most) {
  body.count(name, ids.size(), 0, most);
  std::string joined;
  for (const std::string& each : ids) {
    if (each.empty() || each.size() > limits::user_bytes) body.fail(name, "an id of no legal length");
    if (each.find('|') != std::string::npos) body.fail(name, "an id with a |");
    if (each == "@all") body.fail(name, "@all: say everyone");
    if (!joined.empty()) joined += '|';
    joined += each;
  }
  body.optional(name, joined, most * (limits::user_bytes + 1));
}

inline void write_safe(BodyWriter& body, const AppMessage& message) {
  const bool is_news = std::holds_alternative<AppMessage::News>(message.content);
  const bool is_raw = std::holds_alternative<RawContent>(message.content);
  if (message.safe == AppMessage::Safe::confidential && is_news) body.fail("safe", "news cannot be confidential");
  if (message.safe == AppMessage::Safe::internal && !is_raw) body.fail("safe", "internal is for mpnews only");
  if (message.safe != AppMessage::Safe::shareable) body.number("safe", static_cast<int>(message.safe));
}

}  // namespace detail

inline BodyError encode(const AppMessage& message, std::string& out) {
  detail::BodyWriter body;
  if (message.everyone) {
    body.required("touser", "@all", limits::user_bytes);
  } else {
    if (message.users.empty() && message.departments.empty() && message.tags.empty()) body.fail("touser", "missing");
    detail::write_recipients(body, "touser", message.users, limits::users);
    detail::write_recipients(body, "toparty", message.departments, limits::departments);
    detail::write_recipients(body, "totag", message.tags, limits::tags);
  }
  if (message.agent_id <= 0) body.fail("agentid", "missing");
  body.number("agentid", message.agent_id);
  std::visit([&body](const auto& content) { detail::write_content(body, content); }, message.content);
  detail::write_safe(body, message);
  if (message.translate_ids) body.number("enable_id_trans", 1);
  if (message.duplicate_check < std::chrono::seconds(0) || message.duplicate_check > limits::longest_duplicate_check) {
    body.fail("duplicate_check_interval", "not 0 to 14400 s");
  }
  if (message.duplicate_check > std::chrono::seconds(0)) {
    body.number("enable_duplicate_check", 1);
    body.number("duplicate_check_interval", message.duplicate_check.count());
  }
  return body.finish(out);
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_APP_MESSAGE_HPP
