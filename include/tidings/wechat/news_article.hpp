// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_NEWS_ARTICLE_HPP
#define TIDINGS_WECHAT_NEWS_ARTICLE_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/impl/body_writer.hpp>
#include <tidings/wechat/limits.hpp>
#include <tidings/wechat/mini_program_link.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// One article of news: a picture with a title that leads somewhere.
struct NewsArticle {
  std::string title;
  std::string description{};
  std::string url{};
  std::string picture_url{};
  /// Of WeCom only, where it stands in for the URL.
  std::optional<MiniProgramLink> mini_program{};
};

namespace detail {

inline void write_news(BodyWriter& body, std::span<const NewsArticle> articles, std::size_t most) {
  body.begin("news");
  body.count("articles", articles.size(), 1, most);
  body.begin_list("articles");
  for (const NewsArticle& each : articles) {
    body.begin_element();
    body.required("title", each.title, limits::title_bytes);
    body.optional("description", each.description, limits::description_bytes);
    if (each.mini_program) {
      body.required("appid", each.mini_program->appid, limits::user_bytes);
      body.required("pagepath", each.mini_program->pagepath, limits::page_bytes);
      body.optional_url("url", each.url);
    } else {
      body.required_url("url", each.url);
    }
    body.optional_url("picurl", each.picture_url);
    body.end();
  }
  body.end_list();
  body.end();
}

}  // namespace detail

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_NEWS_ARTICLE_HPP
