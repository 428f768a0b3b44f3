// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/endpoints.hpp"
#include "support/wechat_simulator/receipts.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace wechat_simulator {

namespace {

void check_send(Call& call) {
  call.check_post();
  call.check_json();
  call.check_ip();
  call.check_quota();
}

const std::map<std::string, std::string>& find_template(const Call& call) {
  const auto found = call.account->templates.find(text_at(call.body, "template_id"));
  if (found == call.account->templates.end()) throw Refusal{40037};
  return found->second;
}

User& find_user(const Call& call) {
  const auto found = call.account->users.find(text_at(call.body, "touser"));
  if (found == call.account->users.end()) throw Refusal{40003};
  return found->second;
}

std::size_t letters(const std::string& utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// D: subscribe-message, "parameters": thing 20 letters, phrase 5, character_string 32, number digits.
bool fits(const std::string& kind, const std::string& value) {
  if (value.empty()) return false;
  if (kind == "thing") return letters(value) <= 20;
  if (kind == "phrase") return letters(value) <= 5;
  if (kind == "character_string") return letters(value) <= 32;
  if (kind == "number") return value.find_first_not_of("0123456789.-") == std::string::npos;
  return true;
}

void check_data(const Call& call, const std::map<std::string, std::string>& keys) {
  const auto data = call.body.find("data");
  if (data == call.body.end() || !data->is_object()) throw Refusal{47003, "argument invalid! data is missing"};
  for (const auto& [key, kind] : keys) {
    const auto field = data->find(key);
    if (field == data->end() || !fits(kind, text_at(*field, "value"))) {
      throw Refusal{47003, "argument invalid! data." + key + ".value is invalid"};
    }
  }
}

void check_page(const Call& call) {
  const std::string page = text_at(call.body, "page");
  const auto& pages = call.account->pages;
  if (page.empty() || pages.empty()) return;
  const std::string path = page.substr(0, page.find('?'));
  if (std::find(pages.begin(), pages.end(), path) == pages.end()) throw Refusal{41030};
}

// Both kinds of messages that a user has subscribed to.
std::int64_t send_subscribed(Call& call) {
  check_send(call);
  const auto& keys = find_template(call);
  User& user = find_user(call);
  check_page(call);
  check_data(call, keys);
  if (user.frozen) throw Refusal{50002};
  std::int64_t& left = user.allowances[text_at(call.body, "template_id")];
  if (left <= 0) throw Refusal{43101};
  --left;
  const std::int64_t msgid = call.world.next_msgid();
  tell_subscribe_receipt(call, user, msgid);
  return msgid;
}

void check_content(const Call& call) {
  const std::string type = text_at(call.body, "msgtype");
  if (type.empty() || !call.body.contains(type) || !call.body[type].is_object()) throw Refusal{40008};
  if (type == "text" && text_at(call.body[type], "content").empty()) throw Refusal{44004};
}

// A window that still has something; of several the one that closes first.
Window& open_window(User& user, std::int64_t now) {
  std::erase_if(user.windows, [&](const Window& each) { return each.until <= now; });
  if (user.windows.empty()) throw Refusal{45015};
  Window* best = nullptr;
  for (Window& each : user.windows) {
    if (each.left != 0 && (!best || each.until < best->until)) best = &each;
  }
  if (!best) throw Refusal{45047};
  return *best;
}

}  // namespace

Json send_template(Call& call) {
  call.check_token(false);
  call.check_kind(Kind::official_account);
  check_send(call);
  const auto& keys = find_template(call);
  User& user = find_user(call);
  if (!user.subscribed) throw Refusal{43004};
  if (user.blacklisted) throw Refusal{43019};
  if (user.frozen) throw Refusal{50002};
  check_data(call, keys);
  Account& account = *call.account;
  const std::string client_id = text_at(call.body, "client_msg_id");
  const bool is_known_once = !client_id.empty() && account.client_msg_id != "off";
  const std::string known_as = text_at(call.body, "touser") + '\n' + client_id;
  if (is_known_once) {
    const auto sent = account.client_ids.find(known_as);
    if (sent != account.client_ids.end() && call.now < sent->second.known_until) {
      const bool first = account.client_msg_id == "first";
      return {{"msgid", first ? std::stoll(sent->second.msgid) : call.world.next_msgid()}};
    }
  }
  const std::int64_t msgid = call.world.next_msgid();
  if (is_known_once) {
    account.client_ids[known_as] = {.msgid = std::to_string(msgid),
                                    .known_until = call.now + account.client_msg_id_seconds * 1000};
  }
  tell_template_receipt(call, user, msgid);
  return {{"msgid", msgid}};
}

Json send_notice(Call& call) {
  call.check_token(false);
  call.check_kind(Kind::official_account);
  const std::int64_t msgid = send_subscribed(call);
  return call.account->bizsend_msgid ? Json{{"msgid", msgid}} : Json::object();
}

Json send_subscribe(Call& call) {
  call.check_token(false);
  call.check_kind(Kind::mini_program);
  return {{"msgid", send_subscribed(call)}};
}

Json send_customer(Call& call) {
  call.check_token(false);
  check_send(call);
  User& user = find_user(call);
  check_content(call);
  if (user.refuses) throw Refusal{48002};
  Window& window = open_window(user, call.now);
  if (window.left > 0) --window.left;
  call.world.deliver(*call.account, text_at(call.body, "touser"), "custom", "", call.body);
  return Json::object();
}

// C:000a0862b245e0ee91500aa7766000.
Json send_uniform(Call& call) {
  call.check_token(false);
  throw Refusal{45109};
}

}  // namespace wechat_simulator
