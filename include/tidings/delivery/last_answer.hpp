// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_LAST_ANSWER_HPP
#define TIDINGS_DELIVERY_LAST_ANSWER_HPP

#include <tidings/concepts.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// The last bytes of a byte stream: written, our side ended, and the peer's end waited for, since a close with unread
/// bytes would make it forget what it has not read yet.
///
/// Thread    any. Lifetime  kept by what is under way, and by whoever calls `give_up` when the time is over.
template <ByteStream S>
class LastAnswer : public std::enable_shared_from_this<LastAnswer<S>> {
 public:
  static std::shared_ptr<LastAnswer> say(S stream, std::string bytes) {
    const auto self = std::make_shared<LastAnswer>(std::move(stream));
    static_cast<void>(self->stream_.prefetched());
    self->stream_.write(share_bytes(std::move(bytes)), [self](std::error_code ec) {
      if (ec) return self->give_up();
      self->stream_.shut();
      self->read();
    });
    return self;
  }

  explicit LastAnswer(S stream) : stream_(std::move(stream)) {}

  /// Drops the connection, unless it is over.
  void give_up() {
    if (!over_.exchange(true)) stream_.abort();
  }

 private:
  void read() {
    stream_.read_some(buffer_, [self = this->shared_from_this()](std::error_code ec, std::size_t count) {
      if (ec || count == 0) return self->give_up();
      self->taken_ += count;
      // More than an honest client has under way.
      if (self->taken_ > 64 * 1024) return self->give_up();
      self->read();
    });
  }

  S stream_;
  std::array<char, 512> buffer_{};
  std::size_t taken_ = 0;
  std::atomic<bool> over_{false};
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_LAST_ANSWER_HPP
