// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/callback_event.hpp"

#include <tidings/wechat/callback_crypto.hpp>

#include <stdexcept>
#include <string_view>
#include <utility>

namespace wechat_simulator {

namespace {

using Crypto = tidings::wechat::CallbackCrypto;
using Ordered = nlohmann::ordered_json;

void append_element(std::string& out, const std::string& name, const Ordered& value) {
  if (value.is_array()) {
    for (const Ordered& each : value) append_element(out, name, each);
    return;
  }
  out.append("<").append(name).append(">");
  if (value.is_object()) {
    for (const auto& each : value.items()) append_element(out, each.key(), each.value());
  } else if (value.is_string()) {
    out.append("<![CDATA[").append(value.get<std::string>()).append("]]>");
  } else {
    out.append(value.dump());
  }
  out.append("</").append(name).append(">");
}

Ordered with_texts(const Ordered& value) {
  if (value.is_number()) return value.dump();
  if (!value.is_structured()) return value;
  Ordered out = value;
  for (Ordered& each : out) each = with_texts(each);
  return out;
}

// In JSON the list has no member around it. D: subscribe-message of mini-programs.
Ordered flat(const Ordered& body) {
  Ordered out = Ordered::object();
  for (const auto& each : body.items()) {
    if (each.value().is_object() && each.value().contains("List")) {
      out["List"] = each.value()["List"];
    } else {
      out[each.key()] = each.value();
    }
  }
  return out;
}

Ordered json_of(const Ordered& body, const CallbackOptions& options) {
  const Ordered out = flat(body);
  return options.json_numbers ? out : with_texts(out);
}

Crypto crypto_of(const CallbackEvent& event, const CallbackOptions& options) {
  return Crypto({.token = options.token,
                 .receiver = options.receiver.empty() ? event.receiver : options.receiver,
                 .aes_key = options.aes_key});
}

std::string seal(const Crypto& crypto, std::string_view text, Random& random) {
  std::string sealed;
  if (crypto.seal(text, random.bytes(), Crypto::Key::current, sealed)) throw std::invalid_argument("cannot be sealed");
  return sealed;
}

// What a safe callback shows of itself.
std::string around(const CallbackEvent& event, const CallbackOptions& options, const std::string& sealed) {
  const bool is_json = options.format == CallbackOptions::Format::json;
  Ordered body;
  if (event.wecom) {
    body[is_json ? "tousername" : "ToUserName"] = event.receiver;
    body[is_json ? "agentid" : "AgentID"] = std::to_string(event.agentid);
    body[is_json ? "encrypt" : "Encrypt"] = sealed;
  } else {
    body["ToUserName"] = options.to_user_name;
    body["Encrypt"] = sealed;
  }
  return is_json ? body.dump() : xml_of(body);
}

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c == '+' || c == '/' || c == '=') {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', digits[byte >> 4], digits[byte & 15]});
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string spoiled(std::string signature, const CallbackOptions& options) {
  if (options.forged) signature.front() = signature.front() == '0' ? '1' : '0';
  return signature;
}

}  // namespace

std::string xml_of(const Ordered& body) {
  std::string out;
  append_element(out, "xml", body);
  return out;
}

CallbackPost make_post(const CallbackEvent& event, const CallbackOptions& options, std::int64_t now, Random& random) {
  const bool is_json = options.format == CallbackOptions::Format::json;
  const Crypto crypto = crypto_of(event, options);
  const std::string timestamp = std::to_string(now / 1000);
  const std::string nonce = std::to_string(random.next() % 10'000'000'000);
  CallbackPost post{
      .url = options.url, .content_type = is_json ? "application/json" : "text/xml", .timeout_ms = options.timeout_ms};
  Ordered body = is_json ? json_of(event.body, options) : event.body;
  post.body = is_json ? body.dump() : xml_of(body);
  const std::string plain = spoiled(crypto.sign(timestamp, nonce), options);
  post.query = event.wecom ? "" : "signature=" + plain + "&";
  post.query += "timestamp=" + timestamp + "&nonce=" + nonce;
  if (!event.wecom) post.query += "&openid=" + event.user;
  if (options.mode == CallbackOptions::Mode::plain) return post;
  const std::string sealed = seal(crypto, post.body, random);
  if (!event.wecom) post.query += "&encrypt_type=aes";
  post.query += "&msg_signature=" + spoiled(crypto.sign(timestamp, nonce, sealed), options);
  if (options.mode == CallbackOptions::Mode::safe) {
    post.body = around(event, options, sealed);
  } else {
    body["Encrypt"] = sealed;
    post.body = is_json ? body.dump() : xml_of(body);
  }
  return post;
}

CallbackPost make_url_check(const CallbackEvent& event, const CallbackOptions& options, std::int64_t now,
                            Random& random) {
  const Crypto crypto = crypto_of(event, options);
  const std::string timestamp = std::to_string(now / 1000);
  const std::string nonce = std::to_string(random.next() % 10'000'000'000);
  const std::string shown = event.wecom ? seal(crypto, event.echo, random) : event.echo;
  const std::string signature = event.wecom ? crypto.sign(timestamp, nonce, shown) : crypto.sign(timestamp, nonce);
  CallbackPost post{.url = options.url, .method = "GET", .timeout_ms = options.timeout_ms};
  post.query = (event.wecom ? "msg_signature=" : "signature=") + spoiled(signature, options) +
               "&timestamp=" + timestamp + "&nonce=" + nonce + "&echostr=" + escaped(shown);
  return post;
}

}  // namespace wechat_simulator
