// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_SSE_STREAM_HPP
#define TIDINGS_IMPL_SSE_STREAM_HPP

#include <tidings/delivery/sse_terms.hpp>
#include <tidings/protocol/sse/encoder.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/sse_stream.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// What a stream and the write on its way share.
template <StreamingResponse R>
class SseStreamState : public std::enable_shared_from_this<SseStreamState<R>> {
 public:
  SseStreamState(R response, SseStreamOptions options)
      : response_(std::move(response)),
        options_(checked(std::move(options))),
        outbox_(options_.max_queue_bytes, options_.policy) {}

  void start() {
    ResponseHead head{200, delivery::sse_headers()};
    for (Header& each : options_.headers) head.headers.push_back(std::move(each));
    response_.on_gone([weak = this->weak_from_this()] {
      if (const auto self = weak.lock()) self->end(errc::peer_gone);
    });
    response_.start(std::move(head));
    std::string hint;
    protocol::encode_sse_retry(hint, options_.retry);
    push({share_bytes(std::move(hint)), {}, {}});
  }

  void watch(const net::any_io_executor& executor) {
    born_ = io::steady_now();
    const auto period =
        std::max(std::chrono::milliseconds{1}, std::min(options_.heartbeat, options_.write_timeout) / 4);
    watch_.emplace(executor, period, [weak = this->weak_from_this()](steady_time now) {
      if (const auto self = weak.lock()) self->on_time(now);
    });
  }

  static void send(const std::shared_ptr<SseStreamState>& self, SseEvent event, Completion<> done) {
    const std::error_code ec = self ? check(event) : errc::closed;
    if (ec) {
      if (done) done(ec);
      return;
    }
    std::string text;
    protocol::encode_sse_event(text, event.id, event.event, event.data);
    self->push({share_bytes(std::move(text)), std::move(event.key), std::move(done)});
  }

  void heartbeat() {
    {
      const std::lock_guard lock(mutex_);
      if (writing_ || !outbox_.empty()) return;
    }
    push({share_bytes(std::string(protocol::sse_heartbeat)), {}, {}});
  }

  void close(std::error_code why) {
    std::unique_lock lock(mutex_);
    if (closing_ || ended_) return;
    closing_ = true;
    why_ = why;
    pump(lock);
  }

  void on_closed(UniqueFunction<void(std::error_code)> f) {
    std::unique_lock lock(mutex_);
    if (!ended_) {
      on_closed_ = std::move(f);
      return;
    }
    lock.unlock();
    if (f) f(why_);
  }

  bool open() const {
    const std::lock_guard lock(mutex_);
    return !closing_ && !ended_;
  }
  std::size_t buffered_bytes() const {
    const std::lock_guard lock(mutex_);
    return outbox_.bytes();
  }
  std::size_t dropped() const {
    const std::lock_guard lock(mutex_);
    return outbox_.dropped();
  }

 private:
  using Completions = std::vector<Completion<>>;

  static SseStreamOptions checked(SseStreamOptions options) {
    const auto bad = [](const char* what) { throw std::invalid_argument(std::string("SseStreamOptions::") + what); };
    if (options.policy == QueuePolicy::spill) bad("policy: spill needs a hub");
    if (options.heartbeat.count() < 1) bad("heartbeat: at least 1 ms");
    if (options.retry.count() < 1) bad("retry: at least 1 ms");
    if (options.write_timeout.count() < 1) bad("write_timeout: at least 1 ms");
    return options;
  }

  static std::error_code check(const SseEvent& event) {
    if (const std::error_code ec = protocol::check_event_name(event.event)) return ec;
    if (const std::error_code ec = protocol::check_event_id(event.id)) return ec;
    if (event.data.size() > defaults::max_payload_bytes) return errc::payload_too_large;
    return protocol::is_valid_utf8(event.data) && protocol::is_valid_utf8(event.id) ? std::error_code{}
                                                                                    : errc::invalid_utf8;
  }

  // No callback is called with the lock held.
  static void tell(Completions& all, std::error_code ec) {
    for (Completion<>& each : all) {
      if (each) each(ec);
    }
  }

  void push(delivery::Outbox::Piece piece) {
    Completions given_up;
    std::unique_lock lock(mutex_);
    if (closing_ || ended_) {
      lock.unlock();
      if (piece.done) piece.done(errc::closed);
      return;
    }
    const std::error_code full = outbox_.push(std::move(piece), given_up);
    if (!full) pump(lock);
    if (lock.owns_lock()) lock.unlock();
    tell(given_up, full ? full : errc::queue_full);
    if (full) end(full);
  }

  // Writes until a write is on its way or nothing is left; a server that completes inside `write` makes no recursion.
  void pump(std::unique_lock<std::mutex>& lock) {
    if (pumping_) return;
    pumping_ = true;
    while (!writing_ && !ended_ && !outbox_.empty()) {
      writing_ = true;
      write_began_ = last_write_ = io::steady_now();
      SharedBytes bytes = outbox_.take(defaults::max_gather_bytes, on_way_);
      lock.unlock();
      response_.write(std::move(bytes),
                      [self = this->shared_from_this()](std::error_code ec) { self->on_written(ec); });
      lock.lock();
    }
    pumping_ = false;
    if (closing_ && !writing_ && !ended_) finish(lock);
  }

  void on_written(std::error_code ec) {
    std::unique_lock lock(mutex_);
    writing_ = false;
    outbox_.written();
    Completions done = std::move(on_way_);
    on_way_.clear();
    if (!ec) pump(lock);
    if (lock.owns_lock()) lock.unlock();
    tell(done, ec);
    if (ec) end(ec);
  }

  // In order: everything is written.
  void finish(std::unique_lock<std::mutex>& lock) {
    ended_ = true;
    const std::error_code why = why_;
    auto f = std::move(on_closed_);
    lock.unlock();
    watch_.reset();
    response_.finish();
    if (f) f(why);
  }

  void end(std::error_code why) {
    Completions given_up;
    std::unique_lock lock(mutex_);
    if (std::exchange(ended_, true)) return;
    why_ = why;
    outbox_.clear(given_up);
    for (Completion<>& each : on_way_) given_up.push_back(std::move(each));
    on_way_.clear();
    auto f = std::move(on_closed_);
    lock.unlock();
    watch_.reset();
    response_.abort();
    tell(given_up, why);
    if (f) f(why);
  }

  void on_time(steady_time now) {
    bool stalled = false;
    bool quiet = false;
    bool old = false;
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return;
      stalled = writing_ && now - write_began_ >= options_.write_timeout;
      old = options_.max_lifetime.count() > 0 && now - born_ >= options_.max_lifetime;
      quiet = !writing_ && now - last_write_ >= options_.heartbeat;
    }
    if (stalled) {
      end(errc::write_stalled);
    } else if (old) {
      close(errc::lifetime_ended);
    } else if (quiet) {
      heartbeat();
    }
  }

  mutable std::mutex mutex_;
  R response_;
  SseStreamOptions options_;
  delivery::Outbox outbox_;
  Completions on_way_;
  UniqueFunction<void(std::error_code)> on_closed_;
  std::error_code why_;
  bool writing_ = false;
  bool pumping_ = false;
  bool closing_ = false;
  bool ended_ = false;
  steady_time born_;
  steady_time write_began_;
  steady_time last_write_;
  std::optional<typename io::IntervalOf<R>::type> watch_;
};

}  // namespace detail

template <StreamingResponse R>
SseStream<R>::SseStream(R response, SseStreamOptions options)
    : state_(std::make_shared<detail::SseStreamState<R>>(std::move(response), std::move(options))) {
  state_->start();
}

template <StreamingResponse R>
SseStream<R>::SseStream(net::any_io_executor executor, R response, SseStreamOptions options)
    : state_(std::make_shared<detail::SseStreamState<R>>(std::move(response), std::move(options))),
      executor_(std::move(executor)) {
  state_->watch(executor_);
  state_->start();
}

template <StreamingResponse R>
void SseStream<R>::send(SseEvent event, Completion<> done) {
  detail::SseStreamState<R>::send(state_, std::move(event), std::move(done));
}

template <StreamingResponse R>
void SseStream<R>::heartbeat() {
  if (state_) state_->heartbeat();
}

template <StreamingResponse R>
void SseStream<R>::close() {
  if (state_) state_->close({});
}

template <StreamingResponse R>
void SseStream<R>::on_closed(UniqueFunction<void(std::error_code)> f) {
  if (state_) state_->on_closed(std::move(f));
}

template <StreamingResponse R>
bool SseStream<R>::open() const {
  return state_ && state_->open();
}

template <StreamingResponse R>
std::size_t SseStream<R>::buffered_bytes() const {
  return state_ ? state_->buffered_bytes() : 0;
}

template <StreamingResponse R>
std::size_t SseStream<R>::dropped() const {
  return state_ ? state_->dropped() : 0;
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_SSE_STREAM_HPP
