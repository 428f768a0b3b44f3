// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_BLOCKING_STREAM_HPP
#define TIDINGS_ADAPTER_BLOCKING_STREAM_HPP

#include <tidings/concepts.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// A stream of a server that lends one thread for each: the thread runs `run` and writes what the hub hands it.
///
/// ```cpp
/// tidings::adapter::BlockingStream stream;
/// endpoint->stream(snapshot, stream.response());
/// auto head = stream.wait_for_head(10s);        // status and headers, to send with the server's own means
/// bool clean = stream.run(sink, 500ms);         // until the end; true = end the body in order
/// ```
/// Thread    `wait_for_head`, `run` and `step` on the server's thread; the response and `interrupt` from any.
/// Lifetime  when this goes away, the response's next write fails and its client counts as gone.
class BlockingStream {
 public:
  class Response;

  BlockingStream() = default;
  BlockingStream(const BlockingStream&) = delete;
  BlockingStream& operator=(const BlockingStream&) = delete;
  ~BlockingStream() { state_->die(errc::peer_gone); }

  /// The other end; once.
  Response response();

  /// Waits for `start`; none if the hub gave the stream up, the time is over, or the server stops.
  std::optional<ResponseHead> wait_for_head(std::chrono::milliseconds timeout) {
    std::unique_lock lock(state_->mutex);
    state_->wake.wait_for(lock, timeout, [this] { return state_->head || state_->ended(); });
    return state_->interrupted ? std::nullopt : std::exchange(state_->head, std::nullopt);
  }

  /// Ends the stream from outside, in order: the server stops. Bytes on their way are not written any more.
  ///
  /// @param last_words  Written before the end of the body.
  void interrupt(std::string last_words) {
    {
      const std::lock_guard lock(state_->mutex);
      state_->interrupted = true;
      state_->last_words = std::move(last_words);
    }
    state_->wake.notify_all();
  }

  enum class Step {
    /// There is more to come.
    open,
    /// The body is to be ended in order.
    finished,
    /// The connection is to be dropped.
    dropped
  };

  /// Writes what there is, else waits for a tick and probes the peer.
  template <BlockingSink K>
  Step step(K& sink, std::chrono::milliseconds tick) {
    std::unique_lock lock(state_->mutex);
    state_->wake.wait_for(lock, tick, [this] { return state_->bytes || state_->ended(); });
    if (state_->dead) return Step::dropped;
    if (state_->interrupted) {
      const std::string last_words = std::move(state_->last_words);
      lock.unlock();
      state_->die(errc::peer_gone);
      return last_words.empty() || sink.write(last_words) ? Step::finished : Step::dropped;
    }
    if (!state_->bytes && state_->finished) return Step::finished;
    const SharedBytes bytes = std::exchange(state_->bytes, nullptr);
    WriteDone done = std::move(state_->done);
    lock.unlock();
    const bool good = !bytes ? sink.alive() : bytes->empty() || sink.write(*bytes);
    if (done) done(good ? std::error_code{} : errc::peer_gone);
    if (good) return Step::open;
    state_->die(errc::peer_gone);
    return Step::dropped;
  }

  /// Steps until the end of the stream.
  ///
  /// @returns  true if the body is to be ended in order, false if the connection is to be dropped.
  template <BlockingSink K>
  bool run(K& sink, std::chrono::milliseconds tick) {
    Step now = Step::open;
    while (now == Step::open) now = step(sink, tick);
    return now == Step::finished;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<ResponseHead> head;
    SharedBytes bytes;
    WriteDone done;
    UniqueFunction<void()> gone;
    std::string last_words;
    bool finished = false;
    bool dead = false;
    bool interrupted = false;

    bool ended() const { return finished || dead || interrupted; }

    // No callback is called with the lock held.
    void die(std::error_code why) {
      WriteDone pending;
      UniqueFunction<void()> tell;
      {
        const std::lock_guard lock(mutex);
        if (std::exchange(dead, true)) return;
        pending = std::move(done);
        bytes = nullptr;
        if (!finished) tell = std::move(gone);
      }
      wake.notify_all();
      if (pending) pending(why);
      if (tell) tell();
    }
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// Models StreamingResponse.
class BlockingStream::Response {
 public:
  static constexpr Capabilities capabilities{.late_answer = true,
                                             .gone_while_idle = true,
                                             .write_completion = true,
                                             .pins_thread = true,
                                             .http10_stream = true};

  Response(Response&&) noexcept = default;
  Response& operator=(Response&& other) noexcept {
    if (this != &other) {
      if (state_) abort();
      state_ = std::move(other.state_);
    }
    return *this;
  }
  ~Response() {
    if (state_) abort();
  }

  void start(ResponseHead head) {
    {
      const std::lock_guard lock(state_->mutex);
      state_->head = std::move(head);
    }
    state_->wake.notify_all();
  }
  void write(SharedBytes bytes, WriteDone done) {
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->dead && !state_->finished) {
        state_->bytes = std::move(bytes);
        state_->done = std::move(done);
      }
    }
    state_->wake.notify_all();
    if (done) done(errc::peer_gone);
  }
  void finish() {
    UniqueFunction<void()> unneeded;
    {
      const std::lock_guard lock(state_->mutex);
      state_->finished = true;
      unneeded = std::move(state_->gone);
    }
    state_->wake.notify_all();
  }
  void abort() {
    UniqueFunction<void()> unneeded;
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->finished) return;
      unneeded = std::move(state_->gone);
    }
    state_->die(errc::closed);
  }
  void on_gone(UniqueFunction<void()> gone) {
    bool dead = false;
    {
      const std::lock_guard lock(state_->mutex);
      dead = state_->dead;
      if (!dead) state_->gone = std::move(gone);
    }
    if (dead && gone) gone();
  }

 private:
  friend class BlockingStream;
  explicit Response(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

inline BlockingStream::Response BlockingStream::response() { return Response(state_); }

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_BLOCKING_STREAM_HPP
