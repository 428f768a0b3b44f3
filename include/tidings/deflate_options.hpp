// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DEFLATE_OPTIONS_HPP
#define TIDINGS_DEFLATE_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/version.hpp>

#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

/// How messages are compressed by `permessage-deflate`. As it stands nothing is remembered from one message to the next:
/// one compressor a loop does for all sessions, a session costs no memory, and a broadcast is compressed once.
struct DeflateOptions {
  /// Messages of fewer bytes go as they are; so do those that compression would make no shorter.
  std::size_t threshold = defaults::deflate_threshold;
  /// zlib's: 1 (fast) .. 9 (small).
  int level = defaults::deflate_level;
  /// zlib's: 1 .. 9, memory and speed of the compressor.
  int memory_level = defaults::deflate_memory_level;
  /// The largest window that we compress with, in bits: 9 .. 15. The peer may ask for a smaller one.
  int send_window_bits = 15;
  /// The largest window that we expand with, in bits: 9 .. 15. Without `receive_takeover` it costs nothing.
  int receive_window_bits = 15;
  /// What we send may refer to earlier messages, which small messages of one kind gain by. Each session then has a
  /// compressor of `send_bytes()`, and each message of a broadcast is compressed for it alone.
  bool send_takeover = false;
  /// What the peer sends may refer to earlier messages. Each session then has `receive_bytes()`.
  bool receive_takeover = false;

  /// Memory of a session's compressor. Source  zlib's zconf.h; the rest is measured with zlib 1.2.13.
  std::size_t send_bytes() const {
    if (!send_takeover) return 0;
    return (std::size_t{1} << (send_window_bits + 2)) + (std::size_t{1} << (memory_level + 9)) + 6 * 1024;
  }
  /// Memory of a session's expander.
  std::size_t receive_bytes() const {
    return receive_takeover ? (std::size_t{1} << receive_window_bits) + 8 * 1024 : 0;
  }
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DEFLATE_OPTIONS_HPP
