// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_THREAD_ZLIB_HPP
#define TIDINGS_PROTOCOL_WS_THREAD_ZLIB_HPP

#include <tidings/protocol/ws/deflater.hpp>
#include <tidings/protocol/ws/inflater.hpp>
#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// The compressors and the expander of one thread, and so of the loop that it runs: for messages that refer to no others.
///
/// Lifetime  made at first use, kept until the thread ends: 264 KiB for each kind of compressor with the default options,
///           8 kinds at most, and 40 KiB.
class ThreadZlib {
 public:
  static ThreadZlib& here() {
    thread_local ThreadZlib mine;
    return mine;
  }

  Deflater& deflater(int level, int window_bits, int memory_level) {
    const std::array<int, 3> kind{level, window_bits, memory_level};
    for (Kept& each : deflaters_) {
      if (each.deflater && each.kind == kind) return *each.deflater;
    }
    Kept& oldest = deflaters_[next_];
    next_ = (next_ + 1) % deflaters_.size();
    oldest.deflater = std::make_unique<Deflater>(level, window_bits, memory_level);
    oldest.kind = kind;
    return *oldest.deflater;
  }

  /// For windows of any size.
  Inflater& inflater() {
    if (!inflater_) inflater_.emplace(MAX_WBITS);
    return *inflater_;
  }

 private:
  struct Kept {
    std::array<int, 3> kind{};
    std::unique_ptr<Deflater> deflater;
  };

  ThreadZlib() = default;

  // A client chooses the window: each of the 7 there are, of one set of options.
  std::array<Kept, 8> deflaters_;
  std::size_t next_ = 0;
  std::optional<Inflater> inflater_;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_THREAD_ZLIB_HPP
