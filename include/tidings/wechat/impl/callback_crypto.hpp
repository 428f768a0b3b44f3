// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_CALLBACK_CRYPTO_HPP
#define TIDINGS_WECHAT_IMPL_CALLBACK_CRYPTO_HPP

#include <tidings/protocol/base64.hpp>
#include <tidings/protocol/sha1.hpp>
#include <tidings/wechat/callback_crypto.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

// W:91144: PKCS#7 with blocks of 32 bytes, although those of AES have 16. OpenSSL's own padding is off therefore.
inline constexpr std::size_t callback_block = 32;
// 16 random bytes and 4 of the length.
inline constexpr std::size_t callback_prefix = 20;
inline constexpr std::size_t max_sealed_bytes = std::size_t{1} << 30U;

// How long it takes depends on the lengths alone.
inline bool same_bytes(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// The 43 characters have 258 bits. What the last two of them are is chance, and a strict decoder would refuse them.
inline bool parse_aes_key(std::string_view text, std::array<unsigned char, 32>& key) noexcept {
  if (text.size() != 43) return false;
  std::uint32_t bits = 0;
  unsigned count = 0;
  std::size_t filled = 0;
  for (const char c : text) {
    const std::int8_t value = protocol::detail::base64_table[static_cast<unsigned char>(c)];
    if (value < 0) return false;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    key[filled++] = static_cast<unsigned char>(bits >> count & 0xFFU);
  }
  return true;
}

inline std::string callback_signature(std::initializer_list<std::string_view> parts) {
  std::vector<std::string_view> sorted(parts);
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const std::string_view each : sorted) text.append(each);
  std::string hex;
  for (const char c : protocol::sha1(text)) {
    const auto byte = static_cast<unsigned char>(c);
    hex.push_back("0123456789abcdef"[byte >> 4U]);
    hex.push_back("0123456789abcdef"[byte & 15U]);
  }
  return hex;
}

// One pass of AES-256-CBC over whole blocks; the IV is the beginning of the key.
inline bool aes_cbc(bool encrypt, const std::array<unsigned char, 32>& key, std::string& bytes) {
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  if (!context || EVP_CipherInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(), key.data(), encrypt) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1) {
    return false;
  }
  auto* data = reinterpret_cast<unsigned char*>(bytes.data());
  int written = 0;
  int rest = 0;
  if (EVP_CipherUpdate(context.get(), data, &written, data, static_cast<int>(bytes.size())) != 1) return false;
  if (EVP_CipherFinal_ex(context.get(), data + written, &rest) != 1) return false;
  return static_cast<std::size_t>(written) + static_cast<std::size_t>(rest) == bytes.size();
}

// The length without the padding; nothing if that is none. Looks at the same bytes whatever they are.
inline std::optional<std::size_t> unpadded(std::string_view bytes) noexcept {
  const unsigned last = static_cast<unsigned char>(bytes.back());
  unsigned wrong = (last - 1U) >> 5U;
  for (unsigned i = 1; i <= callback_block; ++i) {
    const unsigned inside = 0U - ((i - last - 1U) >> 31U);
    const unsigned byte = static_cast<unsigned char>(bytes[bytes.size() - i]);
    wrong |= inside & (byte ^ last);
  }
  return wrong == 0 ? std::optional(bytes.size() - last) : std::nullopt;
}

// The message inside what was decrypted.
inline std::optional<std::string_view> message_within(std::string_view bytes, std::string_view receiver) noexcept {
  const std::optional<std::size_t> size = unpadded(bytes);
  if (!size || *size < callback_prefix) return std::nullopt;
  bytes = bytes.substr(0, *size);
  std::uint32_t length = 0;
  for (std::size_t i = 16; i < callback_prefix; ++i) length = length << 8U | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(callback_prefix);
  if (length > bytes.size() || !same_bytes(bytes.substr(length), receiver)) return std::nullopt;
  return bytes.substr(0, length);
}

}  // namespace detail

inline CallbackCrypto::CallbackCrypto(Secret secret)
    : token_(std::move(secret.token)), receiver_(std::move(secret.receiver)) {
  if (token_.empty()) throw std::invalid_argument("CallbackCrypto::Secret::token: not empty");
  if (secret.aes_key.empty() && !secret.previous_aes_key.empty()) {
    throw std::invalid_argument("CallbackCrypto::Secret::previous_aes_key: only beside a current one");
  }
  for (const std::string* text : {&secret.aes_key, &secret.previous_aes_key}) {
    if (text->empty()) continue;
    if (receiver_.empty()) throw std::invalid_argument("CallbackCrypto::Secret::receiver: not empty with a key");
    AesKey key{};
    if (!detail::parse_aes_key(*text, key)) {
      throw std::invalid_argument("CallbackCrypto::Secret: a key has 43 characters of base64");
    }
    keys_.push_back(key);
    OPENSSL_cleanse(key.data(), key.size());
  }
  OPENSSL_cleanse(secret.aes_key.data(), secret.aes_key.size());
  OPENSSL_cleanse(secret.previous_aes_key.data(), secret.previous_aes_key.size());
}

inline CallbackCrypto::~CallbackCrypto() {
  for (AesKey& each : keys_) OPENSSL_cleanse(each.data(), each.size());
}

inline std::string CallbackCrypto::sign(std::string_view timestamp, std::string_view nonce) const {
  return detail::callback_signature({token_, timestamp, nonce});
}

inline std::string CallbackCrypto::sign(std::string_view timestamp, std::string_view nonce,
                                        std::string_view encrypted) const {
  return detail::callback_signature({token_, timestamp, nonce, encrypted});
}

inline bool CallbackCrypto::verify(std::string_view signature, std::string_view timestamp,
                                   std::string_view nonce) const {
  return detail::same_bytes(signature, sign(timestamp, nonce));
}

inline bool CallbackCrypto::verify(std::string_view signature, std::string_view timestamp, std::string_view nonce,
                                   std::string_view encrypted) const {
  return detail::same_bytes(signature, sign(timestamp, nonce, encrypted));
}

inline std::error_code CallbackCrypto::open(std::string_view encrypted, Opened& out) const {
  if (keys_.empty()) return errc::not_supported;
  if (encrypted.size() > detail::max_sealed_bytes) return errc::invalid_envelope;
  const std::optional<std::string> sealed = protocol::decode_base64(encrypted);
  if (!sealed || sealed->empty() || sealed->size() % detail::callback_block != 0) return errc::invalid_envelope;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    std::string bytes = *sealed;
    if (!detail::aes_cbc(false, keys_[i], bytes)) continue;
    if (const auto message = detail::message_within(bytes, receiver_)) {
      out = {std::string(*message), i == 0 ? Key::current : Key::previous};
      return {};
    }
  }
  return errc::invalid_envelope;
}

inline std::error_code CallbackCrypto::seal(std::string_view message, const std::array<char, 16>& random, Key key,
                                            std::string& out) const {
  const std::size_t which = key == Key::current ? 0 : 1;
  if (which >= keys_.size()) return errc::not_supported;
  if (message.size() >= detail::max_sealed_bytes) return errc::payload_too_large;
  std::string bytes(random.data(), random.size());
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    bytes.push_back(static_cast<char>(message.size() >> (shift - 8) & 0xFFU));
  }
  bytes.append(message).append(receiver_);
  const std::size_t padding = detail::callback_block - bytes.size() % detail::callback_block;
  bytes.append(padding, static_cast<char>(padding));
  // Only without memory: the input is what the cipher takes.
  if (!detail::aes_cbc(true, keys_[which], bytes)) return errc::overloaded;
  out = protocol::encode_base64(bytes);
  return {};
}

inline std::error_code CallbackCrypto::reply(std::string_view message, const std::array<char, 16>& random, Key key,
                                             std::string_view timestamp, std::string_view nonce,
                                             CallbackReply& out) const {
  std::string sealed;
  if (const std::error_code ec = seal(message, random, key, sealed)) return ec;
  std::string signature = sign(timestamp, nonce, sealed);
  out = {std::move(sealed), std::move(signature), std::string(timestamp), std::string(nonce)};
  return {};
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_CALLBACK_CRYPTO_HPP
