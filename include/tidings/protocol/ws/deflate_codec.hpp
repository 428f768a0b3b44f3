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
#include <memory>
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
      : WsMessageCodec(threshold_of(options, terms), form_of(options, terms)), options_(options), terms_(terms) {
    if (terms.send_takeover && can_deflate(terms)) {
      deflater_.emplace(options.level, terms.send_bits, options.memory_level);
    }
    if (terms.receive_takeover) inflater_.emplace(terms.receive_bits);
  }

  bool deflate(std::string_view message, std::string& out) override {
    if (message.size() < threshold() || message.size() > Deflater::max_message_bytes) return false;
    if (!deflater_) {
      return ThreadZlib::here()
          .deflater(options_.level, terms_.send_bits, options_.memory_level)
          .deflate_alone(message, out);
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

  // One that remembers anything is a connection's own.
  std::shared_ptr<WsMessageCodec> unshared() const override {
    return deflater_ || inflater_ ? nullptr : std::make_shared<DeflateCodec>(options_, terms_);
  }

  errc inflate_some(std::string_view& piece, bool last, std::size_t max_bytes, std::string& out) override {
    if (!parts_) parts_.emplace(inflater_ ? 0 : MAX_WBITS);
    Inflater& inflater = inflater_ ? *inflater_ : *parts_->own;
    parts_->empty = parts_->empty && piece.empty();
    if (const errc bad = inflater.feed_up_to(piece, max_bytes, out); bad != errc{}) return bad;
    if (!last || !piece.empty() || out.size() >= max_bytes) return errc{};
    if (!parts_->empty) {
      const errc bad = inflater.finish_up_to(parts_->tail, max_bytes, out);
      if (bad != errc{} || !parts_->tail.empty() || out.size() >= max_bytes) return bad;
    }
    parts_.reset();
    return errc{};
  }
  // zlib.h: a window and about 7 KiB.
  std::size_t inflating_memory() const noexcept override { return parts_ && parts_->own ? 40 * 1024 : 0; }

 private:
  // A message of which pieces were inflated.
  struct InParts {
    // With a window of its own, unless the connection has one.
    explicit InParts(int window_bits) {
      if (window_bits > 0) own.emplace(window_bits);
    }

    std::optional<Inflater> own;
    std::string_view tail = Inflater::message_tail;
    // RFC 7692 7.2.3.6, as in inflate.
    bool empty = true;
  };

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

  DeflateOptions options_;
  DeflateTerms terms_;
  std::optional<Deflater> deflater_;
  std::optional<Inflater> inflater_;
  std::optional<InParts> parts_;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_DEFLATE_CODEC_HPP
