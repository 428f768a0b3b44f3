// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TEMPLATE_CARD_HPP
#define TIDINGS_WECHAT_TEMPLATE_CARD_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/impl/body_writer.hpp>
#include <tidings/wechat/limits.hpp>
#include <tidings/wechat/mini_program_link.hpp>

#include <optional>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A card of a WeCom application. Votes and cards with several choices go as `RawContent`.
struct TemplateCard {
  enum class Kind { text_notice, news_notice, button_interaction };
  struct Titled {
    std::string title;
    std::string desc{};
  };
  /// A line of two columns; with a URL its value leads there.
  struct Line {
    std::string keyname;
    std::string value{};
    std::string url{};
  };
  struct Jump {
    std::string title;
    std::string url{};
    std::optional<MiniProgramLink> mini_program{};
  };
  struct Button {
    std::string text;
    /// Comes back with the click: 1 .. 1024 bytes.
    std::string key;
    /// 1 .. 4.
    int style = 1;
  };

  Kind kind = Kind::text_notice;
  /// A text notice has this title or `sub_title`, a news notice this title.
  Titled main_title{};
  /// Of a text notice: the one thing to be seen.
  std::optional<Titled> emphasis{};
  std::string sub_title{};
  /// Of a news notice, which must have one.
  std::string image_url{};
  /// At most 6.
  std::vector<Line> lines{};
  /// At most 3; not of a card with buttons.
  std::vector<Jump> jumps{};
  /// Where the card leads to; a notice must lead somewhere.
  std::optional<Jump> action{};
  /// 1 .. 6, of a card with buttons.
  std::vector<Button> buttons{};
  /// Never the same again for one application; a card with buttons must have one. 0 .. 128 bytes: letters, digits,
  /// `_`, `-`, `@`.
  std::string task_id{};
};

constexpr const char* to_string(TemplateCard::Kind kind) {
  switch (kind) {
    case TemplateCard::Kind::text_notice: return "text_notice";
    case TemplateCard::Kind::news_notice: return "news_notice";
    case TemplateCard::Kind::button_interaction: return "button_interaction";
  }
  return "text_notice";
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/template_card.hpp>

#endif  // TIDINGS_WECHAT_TEMPLATE_CARD_HPP
