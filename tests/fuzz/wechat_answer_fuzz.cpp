// SPDX-License-Identifier: BSL-1.0

// What is read of an answer is within its bounds, and read again when it is written; JSON of the caller's own keeps its
// meaning without its escapes; what a message says is what its body says.

#include <tidings/defaults.hpp>
#include <tidings/protocol/json_text.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/wechat/api_answer.hpp>
#include <tidings/wechat/customer_message.hpp>
#include <tidings/wechat/raw_json.hpp>
#include <tidings/wechat/recipient_verdict.hpp>

#include <nlohmann/json.hpp>

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

using namespace tidings;
using namespace tidings::wechat;
using fuzz::require;

void append_list(std::string& json, std::string_view name, const std::vector<std::string>& ids) {
  std::string joined;
  for (const std::string& each : ids) joined += (joined.empty() ? "" : "|") + each;
  json.append(",\"").append(name).append("\":");
  protocol::append_json_string(json, joined);
}

std::string written(const ApiAnswer& answer) {
  std::string json = "{\"errcode\":" + std::to_string(answer.code);
  json += ",\"expires_in\":" + std::to_string(answer.expires_in.count());
  for (const auto& [name, text] :
       {std::pair("errmsg", &answer.text), std::pair("msgid", &answer.message_id),
        std::pair("response_code", &answer.response_code), std::pair("access_token", &answer.access_token)}) {
    json.append(",\"").append(name).append("\":");
    protocol::append_json_string(json, *text);
  }
  append_list(json, "invaliduser", answer.invalid_users);
  append_list(json, "invalidparty", answer.invalid_departments);
  append_list(json, "invalidtag", answer.invalid_tags);
  append_list(json, "unlicenseduser", answer.unlicensed_users);
  return json + "}";
}

void check(const ApiAnswer& answer) {
  require(protocol::is_valid_utf8(answer.text) && answer.text.size() <= 1024);
  require(protocol::is_valid_utf8(answer.message_id) && answer.message_id.size() <= 256);
  require(answer.access_token.size() <= 2048 && answer.expires_in.count() >= 0);
  ApiAnswer again;
  const std::string json = written(answer);
  if (json.size() <= defaults::max_wechat_answer_bytes) require(!parse_answer(json, again) && again == answer);

  AppMessage message;
  message.users = {"zhang", "LI"};
  require(recipient_verdicts(message, answer).size() == 2);
  message.everyone = true;
  const std::size_t named = answer.invalid_users.size() + answer.unlicensed_users.size();
  require(recipient_verdicts(message, answer).size() == named);
}

void check_raw(std::string_view text) {
  std::string real = "x";
  if (append_real_characters(real, text)) {
    require(real == "x");
    return;
  }
  real.erase(0, 1);
  require(nlohmann::json::parse(text) == nlohmann::json::parse(real));
  std::string again;
  require(!append_real_characters(again, real) && again == real);
}

void check_body(std::string_view text) {
  std::string body;
  if (encode(CustomerMessage{"openid", CustomerMessage::Text{std::string(text)}}, body)) return;
  require(body.find("\\u00") == std::string::npos || text.find("\\u00") != std::string_view::npos);
  require(nlohmann::json::parse(body)["text"]["content"] == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  ApiAnswer answer;
  if (!parse_answer(text, answer)) check(answer);
  check_raw(text);
  check_body(text);
  return 0;
}
