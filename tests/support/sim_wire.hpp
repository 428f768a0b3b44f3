// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_SIM_WIRE_HPP
#define TIDINGS_TESTS_SUPPORT_SIM_WIRE_HPP

#include <tidings/delivery/wire.hpp>

#include "support/sim_world.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// A connection between a wire and a reader: bytes in flight, bounded like a socket's buffers. As behind a server of
/// somebody else, there is no room for what is written while it is blocked: that is lost.
struct SimPipe {
  std::shared_ptr<SimLoop> loop;
  std::size_t capacity = 1000;
  std::string in_flight;
  bool blocked = false;
  bool told = false;
  /// The reader went away; the server has not noticed yet.
  bool cut = false;
  bool noticed = false;
  bool finished = false;
  bool aborted = false;
  tidings::delivery::WireEvents* events = nullptr;

  /// The reader takes up to so many bytes.
  static std::string take(const std::shared_ptr<SimPipe>& pipe, std::size_t most) {
    std::string bytes = pipe->in_flight.substr(0, most);
    pipe->in_flight.erase(0, bytes.size());
    if (pipe->blocked && pipe->in_flight.size() <= pipe->capacity && !std::exchange(pipe->told, true)) {
      pipe->loop->post([pipe] {
        pipe->blocked = pipe->told = false;
        if (pipe->events != nullptr) pipe->events->on_writable();
      });
    }
    return bytes;
  }

  /// The server notices that the reader is gone.
  static void notice(const std::shared_ptr<SimPipe>& pipe) {
    // Before the session is placed nobody listens; it hears of it when it starts.
    pipe->noticed = true;
    if (!pipe->loop) return;
    pipe->loop->post([pipe] {
      if (pipe->events != nullptr) pipe->events->on_gone(tidings::errc::peer_gone);
    });
  }
};

/// The server's end of a SimPipe.
class SimWire {
 public:
  explicit SimWire(std::shared_ptr<SimPipe> pipe) : pipe_(std::move(pipe)) {}
  SimWire(SimWire&&) noexcept = default;
  SimWire& operator=(SimWire&&) noexcept = default;
  ~SimWire() {
    if (pipe_) pipe_->events = nullptr;
  }

  void start(tidings::ResponseHead, tidings::delivery::WireEvents& events) {
    pipe_->events = &events;
    if (pipe_->noticed) SimPipe::notice(pipe_);
  }

  tidings::delivery::Sent write(std::string_view bytes) {
    if (pipe_->cut) return tidings::delivery::Sent::ok;
    if (pipe_->blocked) return tidings::delivery::Sent::blocked;
    pipe_->in_flight.append(bytes);
    if (pipe_->in_flight.size() <= pipe_->capacity) return tidings::delivery::Sent::ok;
    pipe_->blocked = true;
    return tidings::delivery::Sent::blocked;
  }

  tidings::delivery::Sent write_frame(std::string_view prefix, tidings::delivery::LiveMessage& message,
                                      tidings::delivery::FramePart part) {
    using tidings::delivery::FramePart;
    std::string bytes(prefix);
    if (part == FramePart::own) bytes.append(message.own_frame().plain());
    if (part == FramePart::single) bytes.append(message.single_frame().plain());
    if (part == FramePart::body) bytes.append(message.single_frame().body());
    return write(bytes);
  }

  void finish(std::string_view bytes) {
    pipe_->events = nullptr;
    pipe_->in_flight.append(bytes);
    pipe_->finished = true;
  }
  void abort() {
    pipe_->events = nullptr;
    pipe_->aborted = true;
  }
  std::size_t pending_bytes() const {
    return pipe_->in_flight.size() > pipe_->capacity ? pipe_->in_flight.size() - pipe_->capacity : 0;
  }
  bool chunked() const { return false; }

 private:
  std::shared_ptr<SimPipe> pipe_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_SIM_WIRE_HPP
