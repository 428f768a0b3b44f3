// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_SOCKET_WIRE_HPP
#define TIDINGS_NET_SOCKET_WIRE_HPP

#include <tidings/delivery/wire.hpp>
#include <tidings/extern_template.hpp>
#include <tidings/net/farewell.hpp>
#include <tidings/net/loop.hpp>
#include <tidings/net/output_buffer.hpp>
#include <tidings/net/owned_socket.hpp>
#include <tidings/net/socket_options.hpp>
#include <tidings/protocol/http/response_head.hpp>

#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// An event stream over a plain TCP socket of ours. Writes go to the kernel at once; what it refuses waits, and nothing
/// more is taken until it is gone. HTTP/1.1 bodies are chunked, HTTP/1.0 ones end with the connection. Without a home the
/// connection ends behind the body, and its head says so.
///
/// @tparam Loop  `io::Loop`; a parameter so that only a unit with sockets compiles this.
/// Thread    the loop's only. Lifetime  not moved after start().
template <class Loop>
class BasicSocketWire final : private DescriptorEvents {
 public:
  /// @param home  Gets the socket when the body has ended in order, unless it ends with the connection.
  BasicSocketWire(Loop& loop, OwnedSocket socket, int http_version, std::weak_ptr<SocketHome> home = {})
      : loop_(&loop), socket_(std::move(socket)), home_(std::move(home)), chunked_(http_version >= 11) {}
  BasicSocketWire(BasicSocketWire&& other) noexcept
      : loop_(other.loop_),
        socket_(std::move(other.socket_)),
        home_(std::move(other.home_)),
        chunked_(other.chunked_) {}
  BasicSocketWire& operator=(BasicSocketWire&&) = delete;
  ~BasicSocketWire() { stop_watching(); }

  void start(ResponseHead head, delivery::WireEvents& events) {
    events_ = &events;
    if (!socket_.tuned()) set_stream_options(socket_.get());
    // RFC 9112 9.6: who closes says so, or the client sends its next request into the end.
    head.headers.push_back({"Connection", chunked_ && !home_.expired() ? "keep-alive" : "close"});
    if (chunked_) head.headers.push_back({"Transfer-Encoding", "chunked"});
    std::string& text = loop_->scratch();
    watch_ = {this, socket_.get(), true, false};
    if (protocol::encode_response_head(text, chunked_ ? 11 : 10, head.status, head.headers) ||
        loop_->descriptors().add(watch_)) {
      watch_.events = nullptr;
      broken_ = true;
      return;
    }
    write(text);
  }

  delivery::Sent write(std::string_view bytes) {
    std::size_t taken = 0;
    if (pending_) {
      // Only the head, refused by a full socket, can still be here.
      pending_->append(bytes);
      return delivery::Sent::blocked;
    }
    if (broken_ || send_now(socket_.get(), bytes, taken)) return delivery::Sent::gone;
    if (taken == bytes.size()) return delivery::Sent::ok;
    pending().append(bytes.substr(taken));
    return wait_writable();
  }

  delivery::Sent write_frame(std::string_view prefix, delivery::LiveMessage& message, delivery::FramePart part) {
    using delivery::FramePart;
    if (part == FramePart::body) return write_with_prefix(prefix, message);
    delivery::SseFrame& frame = part == FramePart::own ? message.own_frame() : message.single_frame();
    const std::string_view bytes = chunked_ ? frame.chunked() : frame.plain();
    if (broken_) return delivery::Sent::gone;
    if (pending_) return write(bytes);
    std::size_t taken = 0;
    if (send_now(socket_.get(), bytes, taken)) return delivery::Sent::gone;
    if (taken == bytes.size()) return delivery::Sent::ok;
    pending().refer(delivery::LiveRef(&message), bytes.substr(taken));
    return wait_writable();
  }

  void finish(std::string_view bytes) {
    events_ = nullptr;
    if (broken_) return;
    stop_watching();
    OutputBuffer rest;
    if (pending_) rest = std::move(*pending_);
    pending_.reset();
    rest.append(bytes);
    if (chunked_) rest.append(protocol::last_chunk);
    if (rest.flush(socket_.get()) || (rest.empty() && goes_home())) return;
    BasicFarewell<Loop>::say(*loop_, std::move(socket_), std::move(rest));
  }

  void abort() {
    events_ = nullptr;
    stop_watching();
    pending_.reset();
    socket_.reset();
  }

  std::size_t pending_bytes() const { return pending_ ? pending_->size() : 0; }
  bool chunked() const { return chunked_; }

 private:
  // Up to here a copy is cheaper than a second buffer in the system call.
  static constexpr std::size_t small_body = 4096;

  // [chunk size][prefix][body][CRLF]
  delivery::Sent write_with_prefix(std::string_view prefix, delivery::LiveMessage& message) {
    const std::string_view body = message.single_frame().body();
    std::string& front = loop_->scratch();
    if (chunked_) {
      char header[20];
      char* const begin = delivery::put_chunk_header(header + sizeof header, prefix.size() + body.size());
      front.append(begin, static_cast<std::size_t>(header + sizeof header - begin));
    }
    front.append(prefix);
    const std::string_view back = chunked_ ? "\r\n" : "";
    if (body.size() <= small_body || pending_) return write(front.append(body).append(back));
    OutputBuffer buffer;
    buffer.append(front);
    buffer.refer(delivery::LiveRef(&message), body);
    buffer.append(back);
    if (broken_ || buffer.flush(socket_.get())) return delivery::Sent::gone;
    if (buffer.empty()) return delivery::Sent::ok;
    pending() = std::move(buffer);
    return wait_writable();
  }

  OutputBuffer& pending() {
    pending_ = std::make_unique<OutputBuffer>();
    return *pending_;
  }

  delivery::Sent wait_writable() {
    watch_.write = true;
    loop_->descriptors().change(watch_);
    return delivery::Sent::blocked;
  }

  void on_writable() override {
    const std::size_t before = pending_->size();
    if (pending_->flush(socket_.get())) {
      gone();
      return;
    }
    if (!pending_->empty()) {
      if (pending_->size() < before && events_ != nullptr) events_->on_progress();
      return;
    }
    pending_.reset();
    watch_.write = false;
    loop_->descriptors().change(watch_);
    if (events_ != nullptr) events_->on_writable();
  }

  bool goes_home() {
    const std::shared_ptr<SocketHome> home = chunked_ ? home_.lock() : nullptr;
    NativeSocket native{.descriptor = socket_.get()};
    if (!home || !home->take_back(native)) return false;
    socket_.release();
    return true;
  }

  // The reader has nothing to say; what it sends is thrown away, and its end is the end.
  void on_readable() override {
    const std::span<char> buffer = loop_->read_buffer();
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    // It may have been the begin of the next request, which at home would never be answered.
    if (count > 0) home_.reset();
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))) return;
    gone();
  }

  void gone() {
    stop_watching();
    broken_ = true;
    if (events_ != nullptr) events_->on_gone(errc::peer_gone);
  }

  void stop_watching() {
    if (watch_.events == nullptr) return;
    loop_->descriptors().remove(watch_);
    watch_.events = nullptr;
  }

  Loop* loop_;
  OwnedSocket socket_;
  std::weak_ptr<SocketHome> home_;
  bool chunked_;
  bool broken_ = false;
  delivery::WireEvents* events_ = nullptr;
  std::unique_ptr<OutputBuffer> pending_;
  Watch watch_;
};

using SocketWire = BasicSocketWire<Loop>;
TIDINGS_EXTERN_TEMPLATE(class BasicSocketWire<Loop>)

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_SOCKET_WIRE_HPP
