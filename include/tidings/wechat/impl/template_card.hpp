// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_TEMPLATE_CARD_HPP
#define TIDINGS_WECHAT_IMPL_TEMPLATE_CARD_HPP

#include <tidings/wechat/template_card.hpp>

#include <cstdint>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

// The vendor recommends lengths for the texts of cards and bounds none; this is what keeps a body in bounds.
inline constexpr std::size_t card_text_bytes = limits::description_bytes;

inline void write_titled(BodyWriter& body, std::string_view name, const TemplateCard::Titled& titled) {
  if (titled.title.empty() && titled.desc.empty()) return;
  body.begin(name);
  body.optional("title", titled.title, card_text_bytes);
  body.optional("desc", titled.desc, card_text_bytes);
  body.end();
}

// Type 1 leads to a URL, 2 to a mini-program.
inline void write_target(BodyWriter& body, const TemplateCard::Jump& jump) {
  body.number("type", jump.mini_program ? 2 : 1);
  if (jump.mini_program) {
    body.required("appid", jump.mini_program->appid, limits::user_bytes);
    body.optional("pagepath", jump.mini_program->pagepath, limits::page_bytes);
  } else {
    body.required_url("url", jump.url);
  }
}

inline void write_lines(BodyWriter& body, const TemplateCard& card) {
  body.count("horizontal_content_list", card.lines.size(), 0, limits::horizontal_lines);
  if (card.lines.empty()) return;
  body.begin_list("horizontal_content_list");
  for (const TemplateCard::Line& each : card.lines) {
    body.begin_element();
    if (!each.url.empty()) body.number("type", 1);
    body.required("keyname", each.keyname, card_text_bytes);
    body.optional("value", each.value, card_text_bytes);
    body.optional_url("url", each.url);
    body.end();
  }
  body.end_list();
}

inline void write_jumps(BodyWriter& body, const TemplateCard& card) {
  body.count("jump_list", card.jumps.size(), 0, limits::jumps);
  if (card.jumps.empty()) return;
  body.begin_list("jump_list");
  for (const TemplateCard::Jump& each : card.jumps) {
    body.begin_element();
    body.required("title", each.title, card_text_bytes);
    write_target(body, each);
    body.end();
  }
  body.end_list();
}

inline void write_buttons(BodyWriter& body, const TemplateCard& card) {
  const bool wanted = card.kind == TemplateCard::Kind::button_interaction;
  body.count("button_list", card.buttons.size(), wanted ? 1 : 0, wanted ? limits::buttons : 0);
  if (!wanted) return;
  body.begin_list("button_list");
  for (const TemplateCard::Button& each : card.buttons) {
    body.begin_element();
    body.required("text", each.text, card_text_bytes);
    body.required("key", each.key, limits::button_key_bytes);
    if (each.style < 1 || each.style > 4) body.fail("style", "not 1 to 4");
    body.number("style", each.style);
    body.end();
  }
  body.end_list();
}

inline void write_task_id(BodyWriter& body, const TemplateCard& card) {
  constexpr std::string_view legal = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-@";
  if (card.task_id.find_first_not_of(legal) != std::string::npos) body.fail("task_id", "has another character");
  if (card.kind == TemplateCard::Kind::button_interaction) {
    body.required("task_id", card.task_id, limits::task_id_bytes);
  } else {
    body.optional("task_id", card.task_id, limits::task_id_bytes);
  }
}

inline void write_content(BodyWriter& body, const TemplateCard& card) {
  const bool has_buttons = card.kind == TemplateCard::Kind::button_interaction;
  const bool is_news = card.kind == TemplateCard::Kind::news_notice;
  body.required("msgtype", "template_card", limits::text_bytes);
  body.begin("template_card");
  body.required("card_type", to_string(card.kind), limits::text_bytes);
  if (card.main_title.title.empty() && (is_news || card.sub_title.empty())) body.fail("main_title.title", "missing");
  write_titled(body, "main_title", card.main_title);
  if (card.emphasis) write_titled(body, "emphasis_content", *card.emphasis);
  body.optional("sub_title_text", card.sub_title, card_text_bytes);
  if (is_news) {
    body.begin("card_image");
    body.required_url("url", card.image_url);
    body.end();
  }
  write_lines(body, card);
  if (has_buttons && !card.jumps.empty()) body.fail("jump_list", "not of a card with buttons");
  write_jumps(body, card);
  if (!card.action && !has_buttons) body.fail("card_action", "missing");
  if (card.action) {
    body.begin("card_action");
    write_target(body, *card.action);
    body.end();
  }
  write_buttons(body, card);
  write_task_id(body, card);
  body.end();
}

}  // namespace detail

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_TEMPLATE_CARD_HPP
