// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CORK_HPP
#define TIDINGS_NET_CORK_HPP

#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// What one session answers while it is read, gathered to leave in one write, and what that session has heard meanwhile.
/// Its memory is a loop's, from first use on.
///
/// Thread  one at a time.
class Cork {
 public:
  static constexpr std::size_t capacity = 64 * 1024;

  std::size_t room() const noexcept { return capacity - size_; }
  std::size_t size() const noexcept { return size_; }
  std::string_view bytes() const noexcept { return {bytes_.get(), size_}; }

  /// A session begins to be read.
  void begin(steady_time now) noexcept { read_at_ = now; }
  steady_time read_at() const noexcept { return read_at_; }
  /// What the session is being told, if it is text; empty when it has been.
  void hear(std::string_view text) noexcept { heard_ = text; }
  bool has_heard(std::string_view text) const noexcept {
    return text.data() == heard_.data() && text.size() == heard_.size();
  }

  /// Messages in it.
  std::size_t messages() const noexcept { return messages_; }
  /// One message, if there is room for it.
  void append(const protocol::WsFrameHead& head, std::string_view payload) {
    ++messages_;
    allocate();
    // All of it whatever its size: no loop, and no call.
    std::memcpy(bytes_.get() + size_, head.bytes.data(), head.bytes.size());
    size_ += head.size;
    put(payload);
  }
  /// The same, framed already.
  void append(std::string_view frame) {
    ++messages_;
    allocate();
    put(frame);
  }
  void clear() noexcept { size_ = messages_ = 0; }

 private:
  void allocate() {
    if (!bytes_) bytes_ = std::make_unique_for_overwrite<char[]>(capacity + sizeof(protocol::WsFrameHead));
  }
  void put(std::string_view part) noexcept {
    std::memcpy(bytes_.get() + size_, part.data(), part.size());
    size_ += part.size();
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t messages_ = 0;
  std::string_view heard_;
  steady_time read_at_;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CORK_HPP
