// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_CRYPTO_HPP
#define TIDINGS_WECHAT_CALLBACK_CRYPTO_HPP

#include <tidings/error.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/callback_reply.hpp>

#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Signs, verifies, opens and seals the callbacks of one account.
///
/// ```cpp
/// tidings::wechat::CallbackCrypto crypto{{.token = token, .receiver = appid, .aes_key = key}};
/// if (!crypto.verify(msg_signature, timestamp, nonce, encrypt)) return 403;
/// tidings::wechat::CallbackCrypto::Opened opened;
/// if (auto ec = crypto.open(encrypt, opened)) return 400;
/// ```
/// Whatever is wrong inside an encrypted callback, its base64, its length, its padding, the length that it says, its
/// receiver, is the same error: who sends it learns nothing of the key. Signatures and receivers are compared in a time
/// that does not depend on where they differ.
///
/// Thread    const functions from any.
/// Lifetime  owns the keys, and wipes them.
/// Source    W:91144, "encryption and decryption"; D: "Technical Plan".
class CallbackCrypto {
 public:
  /// What the account's console and its owner agreed upon.
  struct Secret {
    /// Signs. Not empty.
    std::string token{};
    /// The appid of an Official Account or mini-program, the corpid of a WeCom application.
    std::string receiver{};
    /// EncodingAESKey, 43 characters; empty where only plain callbacks come.
    std::string aes_key{};
    /// The one before, while a change is under way; else empty.
    std::string previous_aes_key{};
  };

  /// Which key of a change was used; a reply is sealed with the same.
  enum class Key { current, previous };

  struct Opened {
    std::string message{};
    Key key = Key::current;
  };

  /// Throws `std::invalid_argument`: no token, a key that is not 43 characters of base64, a previous key without a
  /// current one, a key without a receiver.
  explicit CallbackCrypto(Secret secret);
  CallbackCrypto(const CallbackCrypto&) = default;
  CallbackCrypto(CallbackCrypto&&) = default;
  CallbackCrypto& operator=(const CallbackCrypto&) = default;
  CallbackCrypto& operator=(CallbackCrypto&&) = default;
  ~CallbackCrypto();

  /// Whether it has a key.
  bool can_open() const noexcept { return !keys_.empty(); }

  /// The signature of a plain callback, or with `encrypted` of a safe one: 40 lower-case hexadecimal digits.
  std::string sign(std::string_view timestamp, std::string_view nonce) const;
  std::string sign(std::string_view timestamp, std::string_view nonce, std::string_view encrypted) const;

  /// Whether the signature is the one that `sign` would give.
  bool verify(std::string_view signature, std::string_view timestamp, std::string_view nonce) const;
  bool verify(std::string_view signature, std::string_view timestamp, std::string_view nonce,
              std::string_view encrypted) const;

  /// Decrypts with the current key, else with the previous one. To be called behind `verify` only.
  ///
  /// @param encrypted  Base64.
  /// @param out        Filled on success, untouched otherwise.
  /// Errors      errc::not_supported: no key. errc::invalid_envelope: everything else.
  std::error_code open(std::string_view encrypted, Opened& out) const;

  /// Encrypts, as WeChat does: `random`, length, message, receiver, padded to 32 bytes, in base64.
  ///
  /// @param random  16 bytes that nobody can guess.
  /// @param out     Filled on success, untouched otherwise.
  /// Errors      errc::not_supported: no such key. errc::payload_too_large: 2^30 bytes or more. errc::overloaded: no
  ///             memory.
  std::error_code seal(std::string_view message, const std::array<char, 16>& random, Key key, std::string& out) const;

  /// Seals and signs a passive reply.
  ///
  /// @param timestamp  Decimal digits; with `nonce` the request's own, or new ones.
  /// Errors      as `seal`.
  std::error_code reply(std::string_view message, const std::array<char, 16>& random, Key key,
                        std::string_view timestamp, std::string_view nonce, CallbackReply& out) const;

 private:
  using AesKey = std::array<unsigned char, 32>;

  std::string token_;
  std::string receiver_;
  // The current one first.
  std::vector<AesKey> keys_;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/callback_crypto.hpp>

#endif  // TIDINGS_WECHAT_CALLBACK_CRYPTO_HPP
