// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_OUTPUT_BUFFER_HPP
#define TIDINGS_NET_OUTPUT_BUFFER_HPP

#include <tidings/delivery/live_message.hpp>
#include <tidings/shared_bytes.hpp>

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Sends what the kernel takes at once; never blocks, never raises SIGPIPE.
///
/// @param taken  Set to the number of bytes that the kernel took, also 0.
/// @returns      an error unless the kernel is only full.
inline std::error_code send_now(int descriptor, iovec* parts, std::size_t count, std::size_t& taken) {
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  taken = sent > 0 ? static_cast<std::size_t>(sent) : 0;
  if (sent >= 0 || errno == EAGAIN || errno == EWOULDBLOCK) return {};
  return {errno, std::system_category()};
}

inline std::error_code send_now(int descriptor, std::string_view bytes, std::size_t& taken) {
  ssize_t sent = 0;
  do {
    sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  taken = sent > 0 ? static_cast<std::size_t>(sent) : 0;
  if (sent >= 0 || errno == EAGAIN || errno == EWOULDBLOCK) return {};
  return {errno, std::system_category()};
}

/// What a kernel would not take yet: bytes of our own, then bytes of a message or shared body, then bytes of our own
/// again. One large message refused by many sockets is held once.
class OutputBuffer {
 public:
  bool empty() const { return front_.size() == front_at_ && shared_.empty() && back_.size() == back_at_; }
  std::size_t size() const { return front_.size() - front_at_ + shared_.size() + back_.size() - back_at_; }

  /// Behind everything else, copied.
  void append(std::string_view bytes) {
    if (shared_.empty() && back_.empty()) {
      front_.append(bytes);
    } else {
      back_.append(bytes);
    }
  }
  /// A part of a message's frame, kept by reference. At most one reference at a time.
  void refer(delivery::LiveRef owner, std::string_view bytes) {
    owner_ = std::move(owner);
    shared_ = bytes;
  }
  void refer(SharedBytes owner, std::string_view bytes) {
    body_ = std::move(owner);
    shared_ = bytes;
  }

  /// Sends both behind everything else. Of what the kernel refuses the front is copied, and the body if there is more
  /// before it; null = no body.
  std::error_code send(int descriptor, std::string_view front, SharedBytes body) {
    if (!empty()) {
      append(front);
      if (body) append(*body);
      return flush(descriptor);
    }
    const std::string_view behind = body ? std::string_view(*body) : std::string_view{};
    std::array<iovec, 2> parts{
        {{const_cast<char*>(front.data()), front.size()}, {const_cast<char*>(behind.data()), behind.size()}}};
    std::size_t taken = 0;
    const std::error_code ec =
        behind.empty() ? send_now(descriptor, front, taken) : send_now(descriptor, parts.data(), parts.size(), taken);
    if (ec || taken == front.size() + behind.size()) return ec;
    if (taken < front.size()) front_.append(front.substr(taken));
    if (body) refer(std::move(body), behind.substr(taken < front.size() ? 0 : taken - front.size()));
    return {};
  }

  /// Sends on; the error of a broken connection.
  std::error_code flush(int descriptor) {
    while (!empty()) {
      std::array<iovec, 3> parts{};
      std::size_t count = 0;
      for (const std::string_view part :
           {std::string_view(front_).substr(front_at_), shared_, std::string_view(back_).substr(back_at_)}) {
        // sendmsg does not write; its type is older than const.
        if (!part.empty()) parts[count++] = {const_cast<char*>(part.data()), part.size()};
      }
      const std::size_t before = size();
      std::size_t taken = 0;
      if (const std::error_code ec = send_now(descriptor, parts.data(), count, taken)) return ec;
      consume(taken);
      if (taken < before) break;
    }
    return {};
  }

  void consume(std::size_t bytes) {
    const auto take = [&](std::size_t available) {
      const std::size_t part = bytes < available ? bytes : available;
      bytes -= part;
      return part;
    };
    front_at_ += take(front_.size() - front_at_);
    shared_.remove_prefix(take(shared_.size()));
    back_at_ += take(back_.size() - back_at_);
    if (shared_.empty()) {
      owner_ = {};
      body_ = nullptr;
    }
    if (empty()) let_go();
  }

 private:
  // Assigning an empty string would keep the memory.
  void let_go() {
    std::string().swap(front_);
    std::string().swap(back_);
    front_at_ = back_at_ = 0;
  }

  std::string front_;
  std::size_t front_at_ = 0;
  delivery::LiveRef owner_;
  SharedBytes body_;
  std::string_view shared_;
  std::string back_;
  std::size_t back_at_ = 0;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_OUTPUT_BUFFER_HPP
