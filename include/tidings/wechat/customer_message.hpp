// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CUSTOMER_MESSAGE_HPP
#define TIDINGS_WECHAT_CUSTOMER_MESSAGE_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/body_error.hpp>
#include <tidings/wechat/impl/body_writer.hpp>
#include <tidings/wechat/limits.hpp>
#include <tidings/wechat/news_article.hpp>
#include <tidings/wechat/raw_content.hpp>

#include <string>
#include <variant>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A message of customer service, of an Official Account or a mini-program, to a user who has written or done something
/// a short while ago.
struct CustomerMessage {
  /// 1 .. 2048 bytes.
  struct Text {
    std::string content;
  };
  /// Temporary media that were uploaded before.
  struct Image {
    std::string media_id;
  };
  /// One article.
  struct News {
    std::vector<NewsArticle> articles;
  };
  struct MiniProgramPage {
    std::string title;
    std::string appid;
    std::string pagepath;
    std::string thumb_media_id;
  };

  /// openid.
  std::string to;
  std::variant<Text, Image, News, MiniProgramPage, RawContent> content;
  /// Who of customer service is shown as its sender.
  std::string kf_account{};
};

namespace detail {

inline void write_content(BodyWriter& body, const CustomerMessage::Text& content) {
  body.required("msgtype", "text", limits::text_bytes);
  body.begin("text");
  body.required("content", content.content, limits::text_bytes);
  body.end();
}

inline void write_content(BodyWriter& body, const CustomerMessage::Image& content) {
  body.required("msgtype", "image", limits::text_bytes);
  body.begin("image");
  body.required("media_id", content.media_id, limits::description_bytes);
  body.end();
}

inline void write_content(BodyWriter& body, const CustomerMessage::News& content) {
  body.required("msgtype", "news", limits::text_bytes);
  write_news(body, content.articles, limits::customer_articles);
  for (const NewsArticle& each : content.articles) {
    if (each.mini_program) body.fail("news.articles[0].appid", "of WeCom only");
  }
}

inline void write_content(BodyWriter& body, const CustomerMessage::MiniProgramPage& content) {
  body.required("msgtype", "miniprogrampage", limits::text_bytes);
  body.begin("miniprogrampage");
  body.required("title", content.title, limits::title_bytes);
  body.required("appid", content.appid, limits::user_bytes);
  body.required("pagepath", content.pagepath, limits::page_bytes);
  body.required("thumb_media_id", content.thumb_media_id, limits::description_bytes);
  body.end();
}

}  // namespace detail

/// As of a template message.
inline BodyError encode(const CustomerMessage& message, std::string& out) {
  detail::BodyWriter body;
  body.required("touser", message.to, limits::user_bytes);
  std::visit([&body](const auto& content) { detail::write_content(body, content); }, message.content);
  if (!message.kf_account.empty()) {
    body.begin("customservice");
    body.required("kf_account", message.kf_account, limits::user_bytes);
    body.end();
  }
  return body.finish(out);
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CUSTOMER_MESSAGE_HPP
