// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_WECHAT_CALLBACK_SENDER_HPP
#define TIDINGS_TESTS_WECHAT_CALLBACK_SENDER_HPP

#include <tidings/request_snapshot.hpp>
#include <tidings/wechat/callback_account.hpp>
#include <tidings/wechat/callback_crypto.hpp>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// WeChat's side: signs and seals callbacks of one account.
class CallbackSender {
 public:
  using Account = tidings::wechat::CallbackAccount;
  using Crypto = tidings::wechat::CallbackCrypto;

  explicit CallbackSender(const Account& account)
      : wecom_(account.platform == tidings::wechat::Platform::wecom),
        crypto_({.token = account.token, .receiver = account.id, .aes_key = account.aes_key}) {}

  const Crypto& crypto() const { return crypto_; }

  std::string seal(std::string_view message) const {
    constexpr std::array<char, 16> random{'r', 'a', 'n', 'd', 'o', 'm', ' ', 'r',
                                          'a', 'n', 'd', 'o', 'm', '1', '2', '3'};
    std::string sealed;
    if (crypto_.seal(message, random, Crypto::Key::current, sealed)) throw std::runtime_error("not sealed");
    return sealed;
  }

  /// The console asks for the URL.
  tidings::RequestSnapshot ask(std::string_view echo, std::int64_t second, std::string_view nonce) const {
    const std::string time = std::to_string(second);
    const std::string text = wecom_ ? seal(echo) : std::string(echo);
    const std::string signature =
        wecom_ ? "msg_signature=" + crypto_.sign(time, nonce, text) : "signature=" + crypto_.sign(time, nonce);
    tidings::RequestSnapshot request;
    request.method = "GET";
    request.target =
        "/wechat?" + signature + "&timestamp=" + time + "&nonce=" + std::string(nonce) + "&echostr=" + escaped(text);
    return request;
  }

  tidings::RequestSnapshot plain(std::string_view message, std::int64_t second, std::string_view nonce) const {
    const std::string time = std::to_string(second);
    return post("signature=" + crypto_.sign(time, nonce), time, nonce, std::string(message));
  }

  /// @param around  Body with `ENCRYPT` where the encrypted text is to stand.
  tidings::RequestSnapshot safe(
      std::string_view message, std::int64_t second, std::string_view nonce,
      std::string around = "<xml><ToUserName>gh_1</ToUserName><Encrypt>ENCRYPT</Encrypt></xml>") const {
    const std::string time = std::to_string(second);
    const std::string sealed = seal(message);
    around.replace(around.find("ENCRYPT"), 7, sealed);
    const std::string plain = wecom_ ? "" : "signature=" + crypto_.sign(time, nonce) + "&encrypt_type=aes&";
    return post(plain + "msg_signature=" + crypto_.sign(time, nonce, sealed), time, nonce, std::move(around));
  }

 private:
  static tidings::RequestSnapshot post(const std::string& signatures, const std::string& time, std::string_view nonce,
                                       std::string body) {
    tidings::RequestSnapshot request;
    request.method = "POST";
    request.target = "/wechat?" + signatures + "&timestamp=" + time + "&nonce=" + std::string(nonce);
    request.body = std::move(body);
    return request;
  }
  static std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '+') {
        out += "%2B";
      } else if (c == '/') {
        out += "%2F";
      } else if (c == '=') {
        out += "%3D";
      } else {
        out.push_back(c);
      }
    }
    return out;
  }

  bool wecom_;
  Crypto crypto_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_WECHAT_CALLBACK_SENDER_HPP
