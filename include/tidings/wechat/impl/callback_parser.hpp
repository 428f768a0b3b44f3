// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_CALLBACK_PARSER_HPP
#define TIDINGS_WECHAT_IMPL_CALLBACK_PARSER_HPP

#include <tidings/defaults.hpp>
#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/envelope.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/wechat/callback_parser.hpp>

#include <nlohmann/json.hpp>

#include <pugixml.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

inline std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// An element of XML: its text, and the elements in it.
class XmlFields {
 public:
  explicit XmlFields(pugi::xml_node node) : node_(node) {}

  std::optional<std::string> text() const {
    std::string all;
    for (const pugi::xml_node each : node_.children()) {
      if (each.type() == pugi::node_pcdata || each.type() == pugi::node_cdata) all.append(each.value());
    }
    return all;
  }
  template <class F>
  void each(std::string_view name, F&& f) const {
    for (const pugi::xml_node child : node_.children()) {
      if (child.type() == pugi::node_element && RequestSnapshot::same_name(child.name(), name)) f(XmlFields(child));
    }
  }

 private:
  pugi::xml_node node_;
};

/// A value of JSON likewise; of an array, what is in it.
template <class Json>
class JsonFields {
 public:
  explicit JsonFields(const Json& value) : value_(&value) {}

  std::optional<std::string> text() const {
    if (const auto* string = value_->template get_ptr<const std::string*>()) return *string;
    if (value_->is_number_integer()) return value_->dump();
    // The digits of an id that is no 64-bit number are lost already; anything else has no text.
    return value_->is_number() ? std::nullopt : std::optional<std::string>(std::in_place);
  }
  template <class F>
  void each(std::string_view name, F&& f) const {
    if (!value_->is_object()) return;
    for (auto member = value_->begin(); member != value_->end(); ++member) {
      if (!RequestSnapshot::same_name(member.key(), name)) continue;
      if (!member->is_array()) {
        f(JsonFields(*member));
        continue;
      }
      for (const Json& one : *member) f(JsonFields(one));
    }
  }

 private:
  const Json* value_;
};

/// Takes fields out of either, and remembers whether one was not what it should be.
template <class Fields>
class CallbackReader {
 public:
  explicit CallbackReader(Fields fields) : fields_(std::move(fields)) {}

  bool good() const { return good_; }

  // Any text; the first one of that name.
  void text(std::string_view name, std::string& out) {
    bool found = false;
    fields_.each(name, [&](const Fields& field) {
      if (!std::exchange(found, true)) take(field, out);
    });
  }
  void id(std::string_view name, std::string& out) {
    text(name, out);
    out = checked(out);
  }
  void number(std::string_view name, std::uint64_t& out) {
    std::string digits;
    id(name, digits);
    if (digits.empty()) return;
    const std::optional<std::uint64_t> value = protocol::parse_digits(digits);
    good_ = good_ && value && *value <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    out = value.value_or(0);
  }
  void ids(std::string_view name, std::vector<std::string>& out) {
    fields_.each(name, [&](const Fields& field) {
      std::string one;
      take(field, one);
      out.push_back(checked(one));
    });
  }
  // Calls f(reader) for each element or value of that name.
  template <class F>
  void each(std::string_view name, F&& f) {
    fields_.each(name, [&](const Fields& field) {
      CallbackReader reader(field);
      f(reader);
      good_ = good_ && reader.good();
    });
  }

 private:
  void take(const Fields& field, std::string& out) {
    std::optional<std::string> value = field.text();
    good_ = good_ && value && protocol::is_valid_utf8(*value);
    if (value) out = std::move(*value);
  }
  std::string checked(std::string_view value) {
    value = trimmed(value);
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; };
    good_ =
        good_ && value.size() <= defaults::max_callback_id_bytes && std::none_of(value.begin(), value.end(), control);
    return std::string(value);
  }

  Fields fields_;
  bool good_ = true;
};

inline CallbackEvent::Type type_of(const CallbackEvent& event) {
  using Type = CallbackEvent::Type;
  constexpr std::pair<std::string_view, Type> names[] = {{"templatesendjobfinish", Type::template_receipt},
                                                         {"subscribe_msg_sent_event", Type::subscribe_receipt},
                                                         {"masssendjobfinish", Type::mass_receipt},
                                                         {"subscribe_msg_popup_event", Type::subscribe_popup},
                                                         {"subscribe_msg_change_event", Type::subscribe_change},
                                                         {"subscribe", Type::followed},
                                                         {"unsubscribe", Type::unfollowed},
                                                         {"enter_agent", Type::entered},
                                                         {"template_card_event", Type::card_pressed},
                                                         {"template_card_menu_event", Type::card_pressed}};
  if (event.message_type != "event") return Type::message;
  for (const auto& [name, type] : names) {
    if (event.event == name) return type;
  }
  return Type::other;
}

template <class Reader>
void read_items(Reader& from, std::vector<CallbackEvent::Item>& out) {
  from.each("List", [&](Reader& entry) {
    CallbackEvent::Item item;
    entry.id("TemplateId", item.template_id);
    entry.id("MsgID", item.msgid);
    entry.id("ErrorCode", item.error_code);
    entry.id("ErrorStatus", item.error_status);
    entry.id("SubscribeStatusString", item.subscribe_status);
    entry.id("PopupScene", item.popup_scene);
    out.push_back(std::move(item));
  });
}

template <class Reader>
void read_choices(Reader& from, std::vector<CallbackEvent::Choice>& out) {
  from.each("SelectedItems", [&](Reader& items) {
    items.each("SelectedItem", [&](Reader& item) {
      CallbackEvent::Choice choice;
      item.id("QuestionKey", choice.question);
      item.each("OptionIds", [&](Reader& options) { options.ids("OptionId", choice.options); });
      out.push_back(std::move(choice));
    });
  });
}

template <class Reader>
void read_event(Reader& reader, CallbackEvent& out) {
  reader.id("ToUserName", out.to_user);
  reader.id("FromUserName", out.from_user);
  std::uint64_t time = 0;
  reader.number("CreateTime", time);
  out.create_time = static_cast<std::int64_t>(time);
  reader.id("Event", out.event);
  out.event = lower_case(std::move(out.event));
  out.type = type_of(out);
  // Menus and QR codes may carry a URL or a scene of their own.
  reader.text("EventKey", out.event_key);
  reader.id("MsgID", out.msgid);
  reader.id("Status", out.status);
  reader.text("Content", out.content);
  reader.id("AgentID", out.agent_id);
  reader.id("TaskId", out.task_id);
  reader.id("CardType", out.card_type);
  reader.text("ResponseCode", out.response_code);
  read_choices(reader, out.choices);
  // JSON has the list beside the other fields, XML in an element named after the event.
  read_items(reader, out.items);
  for (const char* name : {"SubscribeMsgSentEvent", "SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent"}) {
    reader.each(name, [&](Reader& inner) { read_items(inner, out.items); });
  }
  reader.number("TotalCount", out.counts.total);
  reader.number("FilterCount", out.counts.filtered);
  reader.number("SentCount", out.counts.sent);
  reader.number("ErrorCount", out.counts.failed);
}

template <class Fields>
std::error_code read_body(Fields fields, CallbackBody& out) {
  CallbackReader<Fields> reader(std::move(fields));
  CallbackBody body;
  reader.id("ToUserName", body.to_user);
  reader.id("AgentID", body.agent_id);
  reader.text("Encrypt", body.encrypted);
  body.encrypted = std::string(trimmed(body.encrypted));
  std::string type;
  reader.id("MsgType", type);
  if (!type.empty()) {
    body.event.emplace().message_type = lower_case(std::move(type));
    read_event(reader, *body.event);
    if (body.event->message_type == "event" && body.event->event.empty()) return errc::invalid_envelope;
  }
  if (!reader.good() || (body.encrypted.empty() && !body.event)) return errc::invalid_envelope;
  out = std::move(body);
  return {};
}

struct XmlBounds final : pugi::xml_tree_walker {
  std::size_t count = 0;
  bool for_each(pugi::xml_node& node) override {
    return node.type() != pugi::node_doctype && ++count <= 2 * defaults::max_callback_values &&
           depth() < static_cast<int>(defaults::max_callback_depth);
  }
};

inline std::error_code parse_xml(std::string_view text, CallbackBody& out) {
  // A document type is read only to be refused; comments and instructions are passed over.
  constexpr unsigned options = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_doctype;
  pugi::xml_document document;
  if (!document.load_buffer(text.data(), text.size(), options, pugi::encoding_utf8)) return errc::invalid_envelope;
  XmlBounds bounds;
  const pugi::xml_node root = document.document_element();
  if (!document.traverse(bounds) || root.next_sibling() || root.previous_sibling()) return errc::invalid_envelope;
  if (!RequestSnapshot::same_name(root.name(), "xml")) return errc::invalid_envelope;
  return read_body(XmlFields(root), out);
}

template <class Json>
std::error_code parse_json(std::string_view text, CallbackBody& out) {
  if (!protocol::detail::is_bounded_json<Json>(text, defaults::max_callback_depth, defaults::max_callback_values)) {
    return errc::invalid_envelope;
  }
  const Json value = Json::parse(text, nullptr, false);
  if (!value.is_object()) return errc::invalid_envelope;
  return read_body(JsonFields<Json>(value), out);
}

}  // namespace detail

template <class Json>
std::error_code parse_callback(std::string_view text, CallbackBody& out) {
  if (text.size() > defaults::max_callback_bytes) return errc::body_too_large;
  if (!protocol::is_valid_utf8(text)) return errc::invalid_utf8;
  if (text.find('\0') != std::string_view::npos) return errc::invalid_envelope;
  // Some editors write a byte order mark, and WeChat's own pages warn of it.
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::string_view inner = detail::trimmed(text);
  return inner.starts_with('{') ? detail::parse_json<Json>(inner, out) : detail::parse_xml(inner, out);
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_CALLBACK_PARSER_HPP
