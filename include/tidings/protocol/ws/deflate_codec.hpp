// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_DEFLATE_CODEC_HPP
#define TIDINGS_PROTOCOL_WS_DEFLATE_CODEC_HPP

#include <tidings/deflate_options.hpp>
#include <tidings/protocol/ws/deflate_terms.hpp>
#include <tidings/protocol/ws/deflater.hpp>
#include <tidings/protocol/ws/inflater.hpp>
#include <tidings/protocol/ws/message_codec.hpp>
#include <tidings/protocol/ws/thread_zlib.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// `permessage-deflate` as it was agreed on: with memory of its own for the directions that need it, else with that of the
/// thread.
class DeflateCodec final : public WsMessageCodec {
 public:
  /// @param options  In their range.
  DeflateCodec(const DeflateOptions& options, const DeflateTerms& terms)
      : WsMessageCodec(threshold_of(options, terms), form_of(options, terms)),
        level_(options.level),
        memory_level_(options.memory_level),
        window_bits_(terms.send_bits) {
    if (terms.send_takeover && can_deflate(terms)) deflater_.emplace(level_, window_bits_, memory_level_);
    if (terms.receive_takeover) inflater_.emplace(terms.receive_bits);
  }

  bool deflate(std::string_view message, std::string& out) override {
    if (message.size() < threshold() || message.size() > Deflater::max_message_bytes) return false;
    if (!deflater_) {
      return ThreadZlib::here().deflater(level_, window_bits_, memory_level_).deflate_alone(message, out);
    }
    deflater_->deflate_next(message, out);
    return true;
  }

  errc inflate(std::string_view message, std::size_t max_bytes, std::string& out) override {
    // RFC 7692 7.2.3.6 asks for one byte. What comes of zlib's second flush in a row, with its tail cut off, is none.
    if (message.empty()) return errc{};
    Inflater& inflater = inflater_ ? *inflater_ : ThreadZlib::here().inflater();
    if (!inflater_) inflater.begin_alone();
    const errc bad = inflater.feed(message, max_bytes, out);
    return bad != errc{} ? bad : inflater.finish(max_bytes, out);
  }

 private:
  // A server may limit its client to 2^8; messages may always go as they are.
  static bool can_deflate(const DeflateTerms& terms) { return terms.send_bits >= least_deflate_bits; }
  static std::size_t threshold_of(const DeflateOptions& options, const DeflateTerms& terms) {
    return can_deflate(terms) ? options.threshold : std::numeric_limits<std::size_t>::max();
  }
  static std::uint64_t form_of(const DeflateOptions& options, const DeflateTerms& terms) {
    if (terms.send_takeover) return 0;
    const std::uint64_t threshold = std::min<std::uint64_t>(options.threshold, std::uint64_t{1} << 48U);
    return threshold << 12U | static_cast<std::uint64_t>(options.level) << 8U |
           static_cast<std::uint64_t>(options.memory_level) << 4U | static_cast<std::uint64_t>(terms.send_bits);
  }

  int level_;
  int memory_level_;
  int window_bits_;
  std::optional<Deflater> deflater_;
  std::optional<Inflater> inflater_;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_DEFLATE_CODEC_HPP
