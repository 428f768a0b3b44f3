// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_DEFLATER_HPP
#define TIDINGS_PROTOCOL_WS_DEFLATER_HPP

#include <tidings/version.hpp>

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Deflates messages one by one, each up to a byte boundary and without the four bytes that would be the same for all.
///
/// Thread  one at a time. Source  RFC 7692 7.2.1.
class Deflater {
 public:
  /// Longer messages are not deflated: zlib counts in 32 bits.
  static constexpr std::size_t max_message_bytes = std::numeric_limits<std::uint32_t>::max() / 2;

  /// @param level         1 .. 9.
  /// @param window_bits   9 .. 15.
  /// @param memory_level  1 .. 9.
  ///
  /// Throws `std::bad_alloc`; `std::invalid_argument`.
  Deflater(int level, int window_bits, int memory_level) {
    // Negative: without zlib's own header.
    const int status = deflateInit2(&stream_, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK) throw std::invalid_argument("Deflater: level, window or memory out of range");
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { ::deflateEnd(&stream_); }

  /// Appends a message that does not refer to others; false, and nothing, if it would not be shorter.
  bool deflate_alone(std::string_view message, std::string& out) {
    if (message.size() > max_message_bytes) return false;
    ::deflateReset(&stream_);
    give(message);
    const std::size_t before = out.size();
    // No more is written than what would be of use, and one byte that tells whether that was all.
    const std::size_t made = write(out, message.size() + tail_bytes);
    if (stream_.avail_in > 0 || stream_.avail_out == 0) {
      out.resize(before);
      return false;
    }
    out.resize(before + made - tail_bytes);
    return true;
  }

  /// Appends a message that may refer to those before it. It must be sent: the next one may refer to it.
  ///
  /// @param message  0 .. max_message_bytes bytes.
  void deflate_next(std::string_view message, std::string& out) {
    // RFC 7692 7.2.3.6. zlib writes nothing where nothing has come since its last flush.
    if (message.empty()) {
      out.push_back('\0');
      return;
    }
    give(message);
    do {
      write(out, std::max<std::size_t>(message.size() / 2, least_step));
    } while (stream_.avail_out == 0);
    out.resize(out.size() - tail_bytes);
  }

 private:
  // 00 00 FF FF: what a flush ends with.
  static constexpr std::size_t tail_bytes = 4;
  static constexpr std::size_t least_step = 256;

  void give(std::string_view message) {
    // zlib only reads there.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
    stream_.avail_in = static_cast<uInt>(message.size());
  }
  std::size_t write(std::string& out, std::size_t most) {
    const std::size_t before = out.size();
    out.resize(before + most);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(most);
    ::deflate(&stream_, Z_SYNC_FLUSH);
    out.resize(out.size() - stream_.avail_out);
    return out.size() - before;
  }

  z_stream stream_{};
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_DEFLATER_HPP
