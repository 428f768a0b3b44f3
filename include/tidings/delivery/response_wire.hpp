// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_RESPONSE_WIRE_HPP
#define TIDINGS_DELIVERY_RESPONSE_WIRE_HPP

#include <tidings/concepts.hpp>
#include <tidings/delivery/loop_executor.hpp>
#include <tidings/delivery/wire.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A stream over a server's response: one write outstanding, whose completion comes from any thread and is posted to
/// the loop. The server does the framing.
template <StreamingResponse R>
class ResponseWire {
 public:
  ResponseWire(std::weak_ptr<LoopExecutor> loop, R response)
      : state_(std::make_shared<State>(std::move(loop), std::move(response))) {}
  ResponseWire(ResponseWire&&) noexcept = default;
  ResponseWire& operator=(ResponseWire&&) noexcept = default;
  ~ResponseWire() {
    if (!state_) return;
    state_->events = nullptr;
    if (!state_->ending) abort();
  }

  void start(ResponseHead head, WireEvents& events) {
    state_->events = &events;
    state_->response.on_gone([weak = std::weak_ptr(state_)] {
      if (const std::shared_ptr<State> state = weak.lock())
        post_to_loop(state, [](State& s) { s.on_gone(errc::peer_gone); });
    });
    state_->response.start(std::move(head));
  }

  Sent write(std::string_view bytes) {
    if (bytes.empty()) return Sent::ok;
    return write_shared(share_bytes(std::string(bytes)));
  }

  Sent write_frame(std::string_view prefix, LiveMessage& message, FramePart part) {
    if (part == FramePart::own) return write_shared(message.own_frame().shared());
    if (part == FramePart::single) return write_shared(message.single_frame().shared());
    const std::string_view body = message.single_frame().body();
    std::string bytes;
    bytes.reserve(prefix.size() + body.size());
    return write_shared(share_bytes(std::move(bytes.append(prefix).append(body))));
  }

  void finish(std::string_view bytes) {
    state_->events = nullptr;
    state_->ending = true;
    if (state_->gone) return;
    state_->last.assign(bytes);
    if (const std::shared_ptr<LoopExecutor> loop = state_->loop.lock()) state_->goodbye = loop->hold();
    if (state_->pending == 0) state_->end(state_);
  }

  void abort() {
    state_->events = nullptr;
    state_->ending = true;
    if (!std::exchange(state_->gone, true)) state_->response.abort();
  }

  std::size_t pending_bytes() const { return state_->pending; }
  bool chunked() const { return false; }

 private:
  // Shared with the write on its way, so that a stream can end after its session is gone.
  struct State {
    State(std::weak_ptr<LoopExecutor> l, R r) : loop(std::move(l)), response(std::move(r)) {}

    void write(const std::shared_ptr<State>& self, SharedBytes bytes) {
      pending = bytes->size();
      response.write(std::move(bytes), [self](std::error_code ec) {
        post_to_loop(self, [self, ec](State& state) { state.on_written(self, ec); });
      });
    }

    void on_written(const std::shared_ptr<State>& self, std::error_code ec) {
      pending = 0;
      if (gone) return;
      if (ec) {
        on_gone(ec);
      } else if (ending) {
        end(self);
      } else if (events != nullptr) {
        events->on_writable();
      }
    }

    void end(const std::shared_ptr<State>& self) {
      if (last.empty()) {
        gone = true;
        response.finish();
        goodbye.reset();
      } else {
        write(self, share_bytes(std::exchange(last, {})));
      }
    }

    void on_gone(std::error_code why) {
      if (std::exchange(gone, true)) return;
      goodbye.reset();
      if (events != nullptr) events->on_gone(why);
    }

    std::weak_ptr<LoopExecutor> loop;
    R response;
    std::shared_ptr<void> goodbye;
    WireEvents* events = nullptr;
    std::size_t pending = 0;
    std::string last;
    bool gone = false;
    bool ending = false;
  };

  Sent write_shared(SharedBytes bytes) {
    if (state_->gone) return Sent::gone;
    state_->write(state_, std::move(bytes));
    return Sent::blocked;
  }

  std::shared_ptr<State> state_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_RESPONSE_WIRE_HPP
