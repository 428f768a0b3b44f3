// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_THREAD_ZLIB_HPP
#define TIDINGS_PROTOCOL_WS_THREAD_ZLIB_HPP

#include <tidings/protocol/ws/deflate_parameters.hpp>
#include <tidings/protocol/ws/deflater.hpp>
#include <tidings/protocol/ws/inflater.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// The compressors and the expander of one thread, and so of the loop that it runs: for messages that refer to no others.
///
/// A client chooses the window, so that each set of options has up to 7 kinds of compressors: there is room for those of
/// four sets. Beyond, the one that was not used for longest is made anew when it is needed again.
/// Lifetime  made at first use, kept until the thread ends. 264 KiB for each kind of compressor with the default options,
///           28 kinds at most: 1.2 MiB if clients take all windows of them, never more than 11 MiB. The expander has
///           40 KiB.
class ThreadZlib {
 public:
  static ThreadZlib& here() {
    thread_local ThreadZlib mine;
    return mine;
  }

  /// Valid until the next call.
  Deflater& deflater(int level, int window_bits, int memory_level) {
    const std::array<int, 3> kind{level, window_bits, memory_level};
    auto found =
        std::find_if(deflaters_.begin(), deflaters_.end(), [&](const Kept& each) { return each.kind == kind; });
    if (found == deflaters_.end()) {
      if (deflaters_.size() == most_deflaters) deflaters_.pop_back();
      deflaters_.push_back({kind, std::make_unique<Deflater>(level, window_bits, memory_level)});
      ++deflaters_made_;
      found = deflaters_.end() - 1;
    }
    std::rotate(deflaters_.begin(), found, found + 1);
    return *deflaters_.front().deflater;
  }
  /// Of them more than there are kinds in use says that they do not fit.
  std::size_t deflaters_made() const { return deflaters_made_; }

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

  static constexpr std::size_t most_deflaters = 4 * (most_window_bits - least_deflate_bits + 1);

  // The last one used comes first.
  std::vector<Kept> deflaters_;
  std::size_t deflaters_made_ = 0;
  std::optional<Inflater> inflater_;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_THREAD_ZLIB_HPP
