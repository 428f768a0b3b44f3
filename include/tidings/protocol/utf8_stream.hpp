// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_UTF8_STREAM_HPP
#define TIDINGS_PROTOCOL_UTF8_STREAM_HPP

#include <tidings/protocol/utf8.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Checks text that arrives in pieces of any size, and says so at the first byte that cannot belong to UTF-8.
///
/// Thread  none of its own.
class Utf8Stream {
 public:
  /// False from the first piece on that makes the text malformed.
  bool feed(std::string_view piece) noexcept {
    std::size_t at = 0;
    while (ok_ && at < piece.size()) {
      if (open_ > 0) {
        take(static_cast<unsigned char>(piece[at++]));
        continue;
      }
      at = detail::skip_utf8(piece, at);
      if (at < piece.size()) begin(static_cast<unsigned char>(piece[at++]));
    }
    return ok_;
  }

  /// Whether the text may end here: well-formed, and not within a character.
  bool complete() const noexcept { return ok_ && open_ == 0; }

 private:
  void begin(unsigned char lead) noexcept {
    const detail::Utf8Lead found = detail::utf8_lead(lead);
    ok_ = found.length != 0;
    open_ = ok_ ? static_cast<unsigned char>(found.length - 1) : 0;
    low_ = found.low;
    high_ = found.high;
  }
  void take(unsigned char byte) noexcept {
    ok_ = byte >= low_ && byte <= high_;
    low_ = 0x80;
    high_ = 0xBF;
    --open_;
  }

  bool ok_ = true;
  // Bytes that are missing of the character, and the legal range of the next one.
  unsigned char open_ = 0;
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xBF;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_UTF8_STREAM_HPP
