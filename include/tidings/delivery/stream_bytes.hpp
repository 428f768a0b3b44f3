// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_STREAM_BYTES_HPP
#define TIDINGS_DELIVERY_STREAM_BYTES_HPP

#include <tidings/concepts.hpp>
#include <tidings/delivery/byte_wire.hpp>
#include <tidings/delivery/loop_executor.hpp>
#include <tidings/error.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A server's byte stream as a `ByteWire`: one read and one write outstanding, whose completions come from any thread
/// and are posted to the loop. What is written meanwhile waits and goes out as one.
///
/// Thread    the loop's only. Lifetime  move-only; the stream is dropped with it.
template <ByteStream S>
class StreamBytes {
 public:
  StreamBytes(std::weak_ptr<LoopExecutor> loop, S stream)
      : state_(std::make_shared<State>(std::move(loop), std::move(stream))) {}
  StreamBytes(StreamBytes&&) noexcept = default;
  StreamBytes& operator=(StreamBytes&&) = delete;
  ~StreamBytes() {
    if (state_) abort();
  }

  void start(ByteWireEvents& events) {
    state_->events = &events;
    state_->prefetched = state_->stream.prefetched();
    if (state_->prefetched.empty()) {
      state_->read(state_);
    } else {
      post_to_loop(state_, [self = state_](State& state) { state.give_prefetched(self); });
    }
  }

  Sent write(std::string_view bytes) {
    if (state_->over) return Sent::gone;
    if (state_->writing > 0) {
      state_->backlog.append(bytes);
    } else {
      state_->write(state_, share_bytes(std::string(bytes)));
    }
    return Sent::blocked;
  }
  Sent write_parts(std::string_view head, std::string_view body) {
    std::string text;
    return write(text.append(head).append(body));
  }
  Sent write_shared(std::string_view head, const SharedBytes& bytes) {
    if (!head.empty() || state_->over || state_->writing > 0) return write_parts(head, *bytes);
    state_->write(state_, bytes);
    return Sent::blocked;
  }

  void shut() {
    state_->shutting = true;
    if (!state_->over && state_->writing == 0) state_->stream.shut();
  }
  void abort() {
    state_->events = nullptr;
    if (!std::exchange(state_->over, true)) state_->stream.abort();
  }
  void hold_input(bool hold) {
    if (std::exchange(state_->held, hold) == hold || hold) return;
    post_to_loop(state_, [self = state_](State& state) { state.go_on_reading(self); });
  }
  void put_back(std::string_view bytes) {
    state_->prefetched = bytes;
    state_->comes_again = true;
  }
  std::size_t pending_bytes() const { return state_->writing + state_->backlog.size(); }

 private:
  // As little as a quiet session needs, and as much as a busy one is worth.
  static constexpr std::size_t first_buffer = 2 * 1024;
  static constexpr std::size_t largest_buffer = 16 * 1024;

  // Shared with what is under way: the buffer is the stream's until it says so.
  struct State {
    State(std::weak_ptr<LoopExecutor> l, S s) : loop(std::move(l)), stream(std::move(s)) {}

    void read(const std::shared_ptr<State>& self) {
      if (buffer.empty()) buffer.resize(first_buffer);
      reading = true;
      stream.read_some(buffer, [self](std::error_code ec, std::size_t count) {
        post_to_loop(self, [self, ec, count](State& state) { state.on_read(self, ec, count); });
      });
    }
    void on_read(const std::shared_ptr<State>& self, std::error_code ec, std::size_t count) {
      reading = false;
      if (over) return;
      if (ec) return on_gone(ec);
      if (held) {
        unread = count;
        eof = count == 0;
        return;
      }
      give(self, count);
    }
    void give(const std::shared_ptr<State>& self, std::size_t count) {
      if (count == 0) {
        if (events != nullptr) events->on_eof();
        return;
      }
      if (events != nullptr) events->on_bytes(std::span<char>(buffer).first(count));
      if (over) return;
      if (count == buffer.size() && count < largest_buffer) buffer.resize(largest_buffer);
      if (!held) read(self);
    }
    void give_prefetched(const std::shared_ptr<State>& self) {
      if (over || held) return;
      std::string bytes = std::exchange(prefetched, {});
      comes_again = false;
      if (events != nullptr) events->on_bytes(bytes);
      go_on_reading(self);
    }
    void go_on_reading(const std::shared_ptr<State>& self) {
      if (over || held || reading) return;
      if (!prefetched.empty() || comes_again) return give_prefetched(self);
      if (unread > 0 || eof) {
        eof = false;
        return give(self, std::exchange(unread, 0));
      }
      read(self);
    }

    void write(const std::shared_ptr<State>& self, SharedBytes bytes) {
      writing = bytes->size();
      stream.write(std::move(bytes), [self](std::error_code ec) {
        post_to_loop(self, [self, ec](State& state) { state.on_written(self, ec); });
      });
    }
    void on_written(const std::shared_ptr<State>& self, std::error_code ec) {
      writing = 0;
      if (over) return;
      if (ec) return on_gone(ec);
      if (!backlog.empty()) {
        write(self, share_bytes(std::exchange(backlog, {})));
        if (events != nullptr) events->on_progress();
      } else if (shutting) {
        stream.shut();
      } else if (events != nullptr) {
        events->on_writable();
      }
    }

    void on_gone(std::error_code why) {
      if (std::exchange(over, true)) return;
      stream.abort();
      if (events != nullptr) events->on_gone(why);
    }

    std::weak_ptr<LoopExecutor> loop;
    S stream;
    ByteWireEvents* events = nullptr;
    std::vector<char> buffer;
    std::string prefetched;
    std::string backlog;
    std::size_t writing = 0;
    // Read while the input was held.
    std::size_t unread = 0;
    bool eof = false;
    // What was put back, if only the call.
    bool comes_again = false;
    bool reading = false;
    bool held = false;
    bool shutting = false;
    bool over = false;
  };

  std::shared_ptr<State> state_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_STREAM_BYTES_HPP
