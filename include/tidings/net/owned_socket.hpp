// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_OWNED_SOCKET_HPP
#define TIDINGS_NET_OWNED_SOCKET_HPP

#include <tidings/version.hpp>

#include <sys/socket.h>

#include <poll.h>
#include <unistd.h>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// A descriptor that closes itself.
class OwnedSocket {
 public:
  OwnedSocket() = default;
  /// @param tuned  See NativeSocket.
  explicit OwnedSocket(int descriptor, bool tuned = false) : descriptor_(descriptor), tuned_(tuned) {}
  OwnedSocket(OwnedSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), tuned_(other.tuned_) {}
  OwnedSocket& operator=(OwnedSocket&& other) noexcept {
    if (this != &other) {
      close();
      descriptor_ = std::exchange(other.descriptor_, -1);
      tuned_ = other.tuned_;
    }
    return *this;
  }
  ~OwnedSocket() { close(); }

  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  bool tuned() const { return tuned_; }
  int release() { return std::exchange(descriptor_, -1); }

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

  /// Closes with a reset: what the kernel still holds for the peer is thrown away.
  void reset() {
    if (descriptor_ < 0) return;
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

 private:
  int descriptor_ = -1;
  bool tuned_ = false;
};

/// Whether the connection is known to be over in both directions, or an error waits to be told. Reads nothing.
inline bool is_broken(int descriptor) {
  pollfd asked{descriptor, 0, 0};
  return ::poll(&asked, 1, 0) > 0;
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_OWNED_SOCKET_HPP
