// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_APP_MESSAGE_HPP
#define TIDINGS_WECHAT_APP_MESSAGE_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/body_error.hpp>
#include <tidings/wechat/limits.hpp>
#include <tidings/wechat/news_article.hpp>
#include <tidings/wechat/raw_content.hpp>
#include <tidings/wechat/template_card.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A message of a WeCom application to members, departments and tags.
struct AppMessage {
  /// 1 .. 2048 bytes; the server would cut what is longer.
  struct Text {
    std::string content;
  };
  /// 1 .. 2048 bytes.
  struct Markdown {
    std::string content;
  };
  struct TextCard {
    /// 1 .. 128 bytes.
    std::string title;
    /// 1 .. 512 bytes.
    std::string description;
    std::string url;
    /// 0 .. 4 characters.
    std::string button{};
  };
  /// 1 .. 8 articles.
  struct News {
    std::vector<NewsArticle> articles;
  };
  enum class Safe : std::uint8_t {
    shareable,
    /// Not to be passed on, with a watermark. News cannot be.
    confidential,
    /// Inside the corp only: of mpnews, which goes as `RawContent`.
    internal,
  };

  /// 0 .. 1000 userids.
  std::vector<std::string> users{};
  /// 0 .. 100.
  std::vector<std::string> departments{};
  /// 0 .. 100.
  std::vector<std::string> tags{};
  /// All whom the application reaches, instead of the three above.
  bool everyone = false;
  std::int64_t agent_id = 0;
  std::variant<Text, Markdown, TextCard, News, TemplateCard, RawContent> content;
  Safe safe = Safe::shareable;
  /// Ids of members and departments in the text are shown as names.
  bool translate_ids = false;
  /// The same body is not delivered again so long, which is what makes trying again safe. Also two messages that are
  /// meant: put their time into the text where both must arrive. 0 .. 4 h; 0 = off.
  std::chrono::seconds duplicate_check{1800};
};

/// As of a template message.
BodyError encode(const AppMessage& message, std::string& out);

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/app_message.hpp>

#endif  // TIDINGS_WECHAT_APP_MESSAGE_HPP
