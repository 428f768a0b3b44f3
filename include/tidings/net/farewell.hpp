// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_FAREWELL_HPP
#define TIDINGS_NET_FAREWELL_HPP

#include <tidings/defaults.hpp>
#include <tidings/net/loop.hpp>
#include <tidings/net/output_buffer.hpp>
#include <tidings/net/owned_socket.hpp>

#include <memory>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// A socket that says its last words: sends what is left, ends its side, and waits for the peer's end before it closes.
/// A close with unread bytes would be a reset, and a reset makes the peer forget what it has not read yet.
///
/// @tparam Loop  `io::Loop`; a parameter so that only a unit with sockets compiles this.
/// Lifetime  kept by its loop until the peer is done or `defaults::close_timeout` is over.
template <class Loop>
class BasicFarewell final : private DescriptorEvents, private Timed {
 public:
  static void say(Loop& loop, OwnedSocket socket, OutputBuffer rest) {
    auto owned = std::unique_ptr<BasicFarewell>(new BasicFarewell(loop, std::move(socket), std::move(rest)));
    loop.keep(std::move(owned)).begin();
  }
  ~BasicFarewell() {
    // After end() the loop may be gone before this is.
    if (waiting()) loop_.cancel(*this);
    if (watch_.events != nullptr) loop_.descriptors().remove(watch_);
  }
  BasicFarewell(const BasicFarewell&) = delete;
  BasicFarewell& operator=(const BasicFarewell&) = delete;

 private:
  BasicFarewell(Loop& loop, OwnedSocket socket, OutputBuffer rest)
      : loop_(loop), socket_(std::move(socket)), rest_(std::move(rest)), hold_(loop.hold()) {}

  void begin() {
    watch_ = {this, socket_.get(), true, !rest_.empty()};
    if (loop_.descriptors().add(watch_)) {
      watch_.events = nullptr;
      end();
      return;
    }
    loop_.schedule(*this, defaults::close_timeout);
    if (rest_.empty()) ::shutdown(socket_.get(), SHUT_WR);
  }

  void on_readable() override {
    const std::span<char> buffer = loop_.read_buffer();
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))) return;
    end();
  }

  void on_writable() override {
    if (rest_.flush(socket_.get())) {
      end();
      return;
    }
    if (!rest_.empty()) return;
    ::shutdown(socket_.get(), SHUT_WR);
    watch_.write = false;
    loop_.descriptors().change(watch_);
  }

  void on_due() override { end(); }

  void end() {
    if (watch_.events != nullptr) loop_.descriptors().remove(watch_);
    watch_.events = nullptr;
    loop_.cancel(*this);
    socket_.close();
    hold_.reset();
    loop_.let_go(this);
  }

  Loop& loop_;
  OwnedSocket socket_;
  OutputBuffer rest_;
  std::shared_ptr<void> hold_;
  Watch watch_;
};

using Farewell = BasicFarewell<Loop>;

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_FAREWELL_HPP
