// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_SSE_FRAME_HPP
#define TIDINGS_DELIVERY_SSE_FRAME_HPP

#include <tidings/message.hpp>
#include <tidings/protocol/base64.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/protocol/sse/encoder.hpp>
#include <tidings/shared_bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Writes the size of a chunk as hexadecimal digits and CRLF so that it ends at `end`; returns where it begins.
inline char* put_chunk_header(char* end, std::size_t size) {
  *--end = '\n';
  *--end = '\r';
  do {
    *--end = "0123456789abcdef"[size & 15U];
    size >>= 4U;
  } while (size != 0);
  return end;
}

/// One encoded event in a buffer that serves every framing: chunked (HTTP/1.1 over a socket of ours), plain (the
/// server frames), and the body alone behind a session's own id line.
///
/// Layout: `[room for the chunk header][id line][event and data lines, blank line][CRLF]`.
class SseFrame {
 public:
  bool empty() const { return bytes_.empty(); }

  /// @param id_prefix  Stands before the position token: empty, or `1` for a cursor of one topic.
  void encode(std::string_view id_prefix, std::uint64_t tag, const StoredMessage& stored) {
    bytes_.reserve(chunk_room + 40 + stored.message.event.size() + 24 + stored.message.data.size());
    bytes_.assign(chunk_room, ' ');
    bytes_.append("id: ").append(id_prefix);
    const std::size_t token = bytes_.size();
    bytes_.append(protocol::token_size, ' ');
    protocol::encode_token(bytes_.data() + token, tag, stored.position);
    bytes_.push_back('\n');
    body_ = bytes_.size();
    append_body(stored);
    const std::size_t size = bytes_.size() - chunk_room;
    bytes_.append("\r\n");
    begin_ = static_cast<std::size_t>(put_chunk_header(bytes_.data() + chunk_room, size) - bytes_.data());
  }

  /// With chunk header and trailing CRLF.
  std::string_view chunked() const { return std::string_view(bytes_).substr(begin_); }
  /// The event alone.
  std::string_view plain() const { return within(chunk_room); }
  /// The event without its id line.
  std::string_view body() const { return within(body_); }
  /// The position token of its id line.
  std::string_view token() const {
    return std::string_view(bytes_).substr(body_ - 1 - protocol::token_size, protocol::token_size);
  }
  /// The event alone, in a buffer that may leave the loop.
  const SharedBytes& shared() {
    if (!shared_) shared_ = share_bytes(std::string(plain()));
    return shared_;
  }

 private:
  // 8 hexadecimal digits and CRLF.
  static constexpr std::size_t chunk_room = 10;

  void append_body(const StoredMessage& stored) {
    const Message& message = stored.message;
    if (protocol::is_valid_utf8(message.data)) {
      protocol::encode_sse_body(bytes_, message.event, message.data, {});
    } else {
      protocol::encode_sse_body(bytes_, message.event, protocol::encode_base64(message.data), "base64");
    }
  }
  std::string_view within(std::size_t from) const {
    return std::string_view(bytes_).substr(from, bytes_.size() - from - 2);
  }

  std::string bytes_;
  std::size_t begin_ = 0;
  std::size_t body_ = 0;
  SharedBytes shared_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_SSE_FRAME_HPP
