// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_SOCKET_BYTES_HPP
#define TIDINGS_NET_SOCKET_BYTES_HPP

#include <tidings/delivery/byte_wire.hpp>
#include <tidings/error.hpp>
#include <tidings/extern_template.hpp>
#include <tidings/net/descriptor_set.hpp>
#include <tidings/net/loop.hpp>
#include <tidings/net/output_buffer.hpp>
#include <tidings/net/owned_socket.hpp>
#include <tidings/net/socket_options.hpp>
#include <tidings/rare.hpp>
#include <tidings/shared_bytes.hpp>
#include <tidings/version.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Both ways of a plain TCP socket of ours, as a `ByteWire`. Writes go to the kernel at once, what it refuses waits;
/// nothing is held for reading: bytes come in the loop's buffer.
///
/// @tparam Loop  `io::Loop`; a parameter so that only a unit with sockets compiles this.
/// Thread    the loop's only. Lifetime  not moved after start(); its owner does not destroy it in an event.
template <class Loop>
class BasicSocketBytes final : private DescriptorEvents {
 public:
  /// What was written goes on its way when this is aborted, and the end behind it.
  static constexpr bool abort_is_clean = true;

  /// @param prefetched  Bytes that another reader of the socket has taken already; they come first.
  BasicSocketBytes(Loop& loop, OwnedSocket socket, std::string prefetched = {})
      : loop_(&loop), socket_(std::move(socket)) {
    if (!prefetched.empty()) prefetched_.set(std::move(prefetched));
  }
  BasicSocketBytes(BasicSocketBytes&& other) noexcept
      : loop_(other.loop_), socket_(std::move(other.socket_)), prefetched_(std::move(other.prefetched_)) {}
  BasicSocketBytes& operator=(BasicSocketBytes&&) = delete;
  ~BasicSocketBytes() { stop_watching(); }

  void start(delivery::ByteWireEvents& events) {
    events_ = &events;
    if (!socket_.tuned()) set_stream_options(socket_.get());
    // Bytes that are here already come like others: when the socket is looked at, and it can be written to.
    watch_ = {this, socket_.get(), true, static_cast<bool>(prefetched_)};
    if (loop_->descriptors().add(watch_)) {
      watch_.events = nullptr;
      broken_ = true;
    }
  }

  delivery::Sent write(std::string_view bytes) {
    if (broken_) return delivery::Sent::gone;
    std::size_t taken = 0;
    if (!pending_) {
      if (const std::error_code ec = send_now(socket_.get(), bytes, taken)) return break_off();
      if (taken == bytes.size()) return delivery::Sent::ok;
    }
    wait_writable().append(bytes.substr(taken));
    return delivery::Sent::blocked;
  }

  delivery::Sent write_parts(std::string_view head, std::string_view body) {
    return write_both(head, body, [&](OutputBuffer& rest, std::size_t taken) { rest.append(body.substr(taken)); });
  }

  delivery::Sent write_shared(std::string_view head, const SharedBytes& bytes) {
    // A second reference has no place in the buffer.
    if (pending_) return write_parts(head, *bytes);
    return write_both(head, *bytes, [&](OutputBuffer& rest, std::size_t taken) {
      rest.refer(bytes, std::string_view(*bytes).substr(taken));
    });
  }

  void shut() {
    shutting_ = true;
    if (!pending_ && !broken_) ::shutdown(socket_.get(), SHUT_WR);
  }

  void abort() {
    events_ = nullptr;
    stop_watching();
    pending_.reset();
    socket_.close();
    broken_ = true;
  }

  void hold_input(bool hold) {
    if (watch_.events == nullptr || watch_.read == !hold) return;
    watch_.read = !hold;
    // Held, it must not be looked at for their sake again and again.
    if (prefetched_) watch_.write = pending_ || !hold;
    loop_->descriptors().change(watch_);
  }
  void put_back(std::string_view bytes) { prefetched_.set(std::string(bytes)); }

  std::size_t pending_bytes() const { return pending_ ? pending_->size() : 0; }

 private:
  // Up to here a copy is cheaper than a second buffer in the system call.
  static constexpr std::size_t small_body = 4096;

  // What is left of the body is for `keep(buffer, taken)`.
  template <class Keep>
  delivery::Sent write_both(std::string_view head, std::string_view body, Keep keep) {
    if (broken_) return delivery::Sent::gone;
    std::size_t taken = 0;
    if (!pending_) {
      if (send_both(head, body, taken)) return break_off();
      if (taken == head.size() + body.size()) return delivery::Sent::ok;
    }
    OutputBuffer& rest = wait_writable();
    const std::size_t of_head = std::min(taken, head.size());
    rest.append(head.substr(of_head));
    keep(rest, taken - of_head);
    return delivery::Sent::blocked;
  }
  std::error_code send_both(std::string_view head, std::string_view body, std::size_t& taken) {
    if (head.empty()) return send_now(socket_.get(), body, taken);
    // A small body is cheaper copied than gathered.
    if (body.size() <= small_body) return send_now(socket_.get(), loop_->scratch().append(head).append(body), taken);
    std::array<iovec, 2> parts{iovec{const_cast<char*>(head.data()), head.size()},
                               iovec{const_cast<char*>(body.data()), body.size()}};
    return send_now(socket_.get(), parts.data(), parts.size(), taken);
  }

  OutputBuffer& wait_writable() {
    if (!pending_) {
      pending_ = std::make_unique<OutputBuffer>();
      watch_.write = true;
      loop_->descriptors().change(watch_);
    }
    return *pending_;
  }
  // The owner hears of it from the loop, not from inside its call: a broken socket is readable.
  delivery::Sent break_off() {
    broken_ = true;
    if (watch_.events != nullptr && !watch_.read) {
      watch_.read = true;
      loop_->descriptors().change(watch_);
    }
    return delivery::Sent::gone;
  }

  void on_readable() override {
    if (give_prefetched()) return;
    const std::span<char> buffer = loop_->read_buffer();
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
      if (events_ != nullptr) events_->on_bytes(buffer.first(static_cast<std::size_t>(count)));
    } else if (count == 0) {
      end_of_input();
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      gone({errno, std::system_category()});
    }
  }
  bool give_prefetched() {
    if (!prefetched_ || !watch_.read) return false;
    std::string bytes = std::move(*prefetched_);
    prefetched_.reset();
    if (!pending_) {
      watch_.write = false;
      loop_->descriptors().change(watch_);
    }
    if (events_ != nullptr) events_->on_bytes(bytes);
    return true;
  }
  // The other side may still read: what waits goes on.
  void end_of_input() {
    watch_.read = false;
    if (events_ != nullptr) events_->on_eof();
    if (watch_.events != nullptr && !watch_.read) loop_->descriptors().change(watch_);
  }

  void on_writable() override {
    if (give_prefetched() || !pending_) return;
    const std::size_t before = pending_->size();
    if (const std::error_code ec = pending_->flush(socket_.get())) {
      gone(ec);
      return;
    }
    if (!pending_->empty()) {
      if (pending_->size() < before && events_ != nullptr) events_->on_progress();
      return;
    }
    pending_.reset();
    watch_.write = false;
    loop_->descriptors().change(watch_);
    if (shutting_) {
      ::shutdown(socket_.get(), SHUT_WR);
    } else if (events_ != nullptr) {
      events_->on_writable();
    }
  }

  void gone(std::error_code why) {
    stop_watching();
    broken_ = true;
    if (events_ != nullptr) events_->on_gone(why);
  }
  void stop_watching() {
    if (watch_.events == nullptr) return;
    loop_->descriptors().remove(watch_);
    watch_.events = nullptr;
  }

  // What a write looks at comes first.
  Loop* loop_;
  OwnedSocket socket_;
  std::unique_ptr<OutputBuffer> pending_;
  delivery::ByteWireEvents* events_ = nullptr;
  Watch watch_;
  bool broken_ = false;
  bool shutting_ = false;
  Rare<std::string> prefetched_;
};

using SocketBytes = BasicSocketBytes<Loop>;
TIDINGS_EXTERN_TEMPLATE(class BasicSocketBytes<Loop>)

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_SOCKET_BYTES_HPP
