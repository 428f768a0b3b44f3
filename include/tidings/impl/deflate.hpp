// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_DEFLATE_HPP
#define TIDINGS_IMPL_DEFLATE_HPP

#include <tidings/deflate.hpp>
#include <tidings/error.hpp>
#include <tidings/protocol/ws/deflate_codec.hpp>

#include <optional>
#include <stdexcept>

TIDINGS_NAMESPACE_BEGIN

inline Deflate::Deflate(const DeflateOptions& options) : options_(options) {
  const auto check = [](bool good, const char* what) {
    if (!good) throw std::invalid_argument(std::string("DeflateOptions::") + what);
  };
  const auto good_window = [](int bits) {
    return bits >= protocol::least_deflate_bits && bits <= protocol::most_window_bits;
  };
  check(options.level >= 1 && options.level <= 9, "level: 1 to 9");
  check(options.memory_level >= 1 && options.memory_level <= 9, "memory_level: 1 to 9");
  check(good_window(options.send_window_bits), "send_window_bits: 9 to 15");
  check(good_window(options.receive_window_bits), "receive_window_bits: 9 to 15");
  for (int bits = protocol::least_window_bits; bits <= protocol::most_window_bits; ++bits) {
    protocol::DeflateTerms terms;
    terms.send_bits = bits;
    shared_[static_cast<std::size_t>(bits)] = std::make_shared<protocol::DeflateCodec>(options_, terms);
  }
}

inline WsCompression::Codec Deflate::accept(std::string_view offers, std::string_view user_agent,
                                            std::string& answer) const {
  if (protocol::has_broken_deflate(user_agent)) return nullptr;
  const std::optional<protocol::DeflateTerms> agreed = protocol::accept_deflate(offers, terms(), answer);
  return agreed ? codec_for(*agreed) : nullptr;
}

inline std::string Deflate::offer() const { return to_header_value(protocol::offer_deflate(terms())); }

inline WsCompression::Codec Deflate::agree(std::string_view answer, std::error_code& ec) const {
  ec = {};
  if (answer.empty()) return nullptr;
  const std::optional<protocol::DeflateTerms> agreed = protocol::agree_on_deflate(answer, terms());
  if (agreed) return codec_for(*agreed);
  ec = errc::handshake_failed;
  return nullptr;
}

inline protocol::DeflateTerms Deflate::terms() const {
  return {options_.send_window_bits, options_.receive_window_bits, options_.send_takeover, options_.receive_takeover};
}

inline WsCompression::Codec Deflate::codec_for(const protocol::DeflateTerms& terms) const {
  if (terms.send_takeover || terms.receive_takeover) {
    return std::make_shared<protocol::DeflateCodec>(options_, terms);
  }
  return shared_[static_cast<std::size_t>(terms.send_bits)];
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_DEFLATE_HPP
