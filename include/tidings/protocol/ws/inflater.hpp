// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_INFLATER_HPP
#define TIDINGS_PROTOCOL_WS_INFLATER_HPP

#include <tidings/error.hpp>
#include <tidings/version.hpp>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Inflates messages one by one, each in pieces of any size, and stops at the first byte beyond a bound.
///
///     inflater.begin_alone();
///     for (std::string_view piece : pieces) if (inflater.feed(piece, 1024, out) != errc{}) ...
///     if (inflater.finish(1024, out) != errc{}) ...
///
/// After an error it can only begin alone.
/// Thread  one at a time. Source  RFC 7692 7.2.2.
class Inflater {
 public:
  /// @param window_bits  8 .. 15, not below what the other end compresses with.
  ///
  /// Throws `std::bad_alloc`; `std::invalid_argument`.
  explicit Inflater(int window_bits) {
    const int status = inflateInit2(&stream_, -window_bits);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK) throw std::invalid_argument("Inflater: window out of range");
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::inflateEnd(&stream_); }

  /// The next message does not refer to those before it.
  void begin_alone() {
    ::inflateReset(&stream_);
    ends_ = 0;
  }

  /// Blocks of one message that say they are the last; one more is malformed. Honest ends need one at most, and each costs
  /// us a copy of the window, but the other end two bytes.
  static constexpr int most_ends = 16;

  /// Appends what the next piece of the message says.
  ///
  /// @param max_bytes  `out` never becomes longer.
  /// @returns          errc{}; errc::payload_too_large; errc::malformed_frame.
  errc feed(std::string_view piece, std::size_t max_bytes, std::string& out) {
    // zlib counts in 32 bits.
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    errc result{};
    do {
      result = feed_some(piece.substr(0, most), max_bytes, out);
      piece.remove_prefix(std::min(most, piece.size()));
    } while (result == errc{} && !piece.empty());
    return result;
  }

  /// Appends what the next piece says, no further than a bound that is none of the message.
  ///
  /// @param piece     What was taken is removed: all, unless `out` is full.
  /// @param max_bytes `out` never becomes longer. When it is as long there may be more, with a piece that may be empty.
  /// @returns         errc{}; errc::malformed_frame.
  errc feed_up_to(std::string_view& piece, std::size_t max_bytes, std::string& out) {
    std::array<char, 16 * 1024> chunk;
    while (out.size() < max_bytes) {
      const auto given = static_cast<uInt>(std::min<std::size_t>(piece.size(), std::numeric_limits<uInt>::max()));
      const auto room = static_cast<uInt>(std::min(chunk.size(), max_bytes - out.size()));
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
      stream_.avail_in = given;
      stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());
      stream_.avail_out = room;
      const int status = ::inflate(&stream_, Z_SYNC_FLUSH);
      piece.remove_prefix(given - stream_.avail_in);
      out.append(chunk.data(), room - stream_.avail_out);
      if (status == Z_STREAM_END) {
        if (++ends_ > most_ends || !go_on()) return errc::malformed_frame;
      } else if (status != Z_OK) {
        // It can go no further without more input.
        return status == Z_BUF_ERROR && piece.empty() ? errc{} : errc::malformed_frame;
      }
      if (piece.empty() && stream_.avail_out > 0) return errc{};
    }
    return errc{};
  }
  /// Behind feed_up_to: the same for what was held back of a message that is whole.
  ///
  /// @param tail  Set to `message_tail` before the first call; what is left of it.
  errc finish_up_to(std::string_view& tail, std::size_t max_bytes, std::string& out) {
    if (const errc bad = feed_up_to(tail, max_bytes, out); bad != errc{}) return bad;
    if (!tail.empty() || out.size() >= max_bytes) return errc{};
    ends_ = 0;
    return at_end() ? errc{} : errc::malformed_frame;
  }
  /// What every message ends with that nobody sends.
  static constexpr std::string_view message_tail{"\x00\x00\xFF\xFF", 4};

  /// The message is whole: appends what was held back of it. Results as feed; malformed is also a message that was cut.
  errc finish(std::size_t max_bytes, std::string& out) {
    if (const errc bad = feed(message_tail, max_bytes, out); bad != errc{}) return bad;
    ends_ = 0;
    return at_end() ? errc{} : errc::malformed_frame;
  }

 private:
  // zlib.h, inflate(): 128 = at the end of a block, the low bits = bits that are left of its last byte.
  bool at_end() const { return (stream_.data_type & 128) != 0 && (stream_.data_type & 63) == 0; }

  errc feed_some(std::string_view piece, std::size_t max_bytes, std::string& out) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    std::array<char, 16 * 1024> chunk;
    while (true) {
      stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());
      // One byte beyond the bound shows that it is passed.
      const std::size_t left = max_bytes - out.size();
      stream_.avail_out = static_cast<uInt>(left < chunk.size() ? left + 1 : chunk.size());
      const uInt room = stream_.avail_out;
      const int status = ::inflate(&stream_, Z_SYNC_FLUSH);
      const std::size_t made = room - stream_.avail_out;
      if (made > left) return errc::payload_too_large;
      out.append(chunk.data(), made);
      // It can go no further without more input.
      if (status == Z_BUF_ERROR && stream_.avail_in == 0) return errc{};
      if (status != Z_OK && status != Z_STREAM_END) return errc::malformed_frame;
      if (status == Z_STREAM_END && (++ends_ > most_ends || !go_on())) return errc::malformed_frame;
      if (stream_.avail_in == 0 && stream_.avail_out > 0) return errc{};
    }
  }

  // RFC 7692 7.2.3.4: behind a block that says it is the last one, others may follow, and refer to what was before it.
  bool go_on() {
    std::string window(std::size_t{1} << MAX_WBITS, '\0');
    auto size = static_cast<uInt>(window.size());
    const auto bytes = reinterpret_cast<Bytef*>(window.data());
    Bytef* const next = stream_.next_in;
    const uInt left = stream_.avail_in;
    const bool kept = ::inflateGetDictionary(&stream_, bytes, &size) == Z_OK && ::inflateReset(&stream_) == Z_OK &&
                      (size == 0 || ::inflateSetDictionary(&stream_, bytes, size) == Z_OK);
    stream_.next_in = next;
    stream_.avail_in = left;
    return kept;
  }

  z_stream stream_{};
  int ends_ = 0;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_INFLATER_HPP
