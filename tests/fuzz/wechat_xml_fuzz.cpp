// SPDX-License-Identifier: BSL-1.0

// The body of a callback, XML or JSON: what is read keeps the bounds, is clean text, and reads the same when it stands in
// another spelling; what is refused leaves no trace.

#include <tidings/defaults.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/wechat/callback_parser.hpp>

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace tidings;
using fuzz::require;
using wechat::CallbackBody;
using wechat::CallbackEvent;

void check_text(std::string_view text) {
  require(protocol::is_valid_utf8(text));
  require(text.size() <= defaults::max_callback_bytes);
}

void check_id(std::string_view id) {
  check_text(id);
  require(id.size() <= defaults::max_callback_id_bytes);
  require(std::none_of(id.begin(), id.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
}

void check_event(const CallbackEvent& event) {
  for (const std::string* each : {&event.to_user, &event.from_user, &event.message_type, &event.event, &event.msgid,
                                  &event.status, &event.agent_id, &event.task_id, &event.card_type}) {
    check_id(*each);
  }
  for (const std::string* each : {&event.event_key, &event.content, &event.response_code}) check_text(*each);
  require(!event.message_type.empty());
  require((event.type == CallbackEvent::Type::message) == (event.message_type != "event"));
  require(event.type == CallbackEvent::Type::message || !event.event.empty());
  require(event.create_time >= 0);
  require(event.items.size() <= 2 * defaults::max_callback_values);
  for (const CallbackEvent::Item& each : event.items) {
    for (const std::string* id : {&each.template_id, &each.msgid, &each.error_code, &each.error_status,
                                  &each.subscribe_status, &each.popup_scene}) {
      check_id(*id);
    }
  }
  for (const CallbackEvent::Choice& each : event.choices) {
    check_id(each.question);
    for (const std::string& option : each.options) check_id(option);
  }
}

bool same(const CallbackBody& a, const CallbackBody& b) {
  if (a.to_user != b.to_user || a.encrypted != b.encrypted || a.event.has_value() != b.event.has_value()) return false;
  return !a.event || (a.event->msgid == b.event->msgid && a.event->status == b.event->status &&
                      a.event->items.size() == b.event->items.size() && a.event->type == b.event->type);
}

void check(std::string_view text) {
  CallbackBody body;
  body.to_user = "untouched";
  if (wechat::parse_callback(text, body)) {
    require(body.to_user == "untouched" && body.encrypted.empty() && !body.event);
    return;
  }
  check_id(body.to_user);
  check_id(body.agent_id);
  require(body.event || !body.encrypted.empty());
  if (body.event) check_event(*body.event);
  // Blank around it changes nothing.
  if (text.size() + 2 <= defaults::max_callback_bytes && !text.starts_with("\xEF\xBB\xBF")) {
    CallbackBody again;
    require(!wechat::parse_callback("\n" + std::string(text) + " ", again));
    require(same(body, again));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check(text);
  check("<xml><MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event>" + std::string(text) + "</xml>");
  return 0;
}
