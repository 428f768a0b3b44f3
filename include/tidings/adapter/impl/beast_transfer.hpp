// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_BEAST_TRANSFER_HPP
#define TIDINGS_ADAPTER_IMPL_BEAST_TRANSFER_HPP

#include <tidings/adapter/impl/beast_connection.hpp>
#include <tidings/net/clock.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

// ---- bytes come in ----

// A read while nothing is expected: it sees the client leave. What comes instead belongs to whoever reads next.
template <class Stream>
void BeastConnection<Stream>::watch() {
  if (reading_ || state_ == State::over) return;
  const std::size_t most = std::min(options_.max_read_ahead, buffer_.max_size());
  const std::size_t room = std::min(read_size, most - std::min(most, buffer_.size()));
  if (room == 0) return;
  reading_ = true;
  never_expires(stream_);
  stream_.async_read_some(buffer_.prepare(room), [self = this->shared_from_this()](ErrorCode ec, std::size_t size) {
    self->on_read(ec, size);
  });
}

template <class Stream>
void BeastConnection<Stream>::on_read(ErrorCode ec, std::size_t size) {
  reading_ = false;
  buffer_.commit(size);
  if (UniqueFunction<void(ErrorCode)> then = std::exchange(read_over_, nullptr)) {
    then(ec);
    return;
  }
  // A client that has asked and ended its side gets its whole answer, but nobody can wait with it.
  if (ec && state_ == State::answering) return;
  if (ec) {
    close();
    return;
  }
  if (state_ == State::leaving) buffer_.clear();
  watch();
}

// Calls `then` once no read is under way; its error is that of the read, if it was not our doing.
template <class Stream>
void BeastConnection<Stream>::stop_reading(UniqueFunction<void(ErrorCode)> then) {
  if (!reading_) {
    then({});
    return;
  }
  read_over_ = [then = std::move(then)](ErrorCode ec) mutable {
    then(ec == boost::asio::error::operation_aborted ? ErrorCode{} : ec);
  };
  cancel_all(stream_);
}

// ---- bytes go out ----

template <class Stream>
void BeastConnection<Stream>::send(Output output) {
  // Layers write what lies in one piece: a TLS record for each of three would triple what a small event costs.
  if constexpr (!is_plain_beast_stream<Stream>) {
    if (output.body && output.size() <= record_size) {
      output.front.append(*output.body).append(output.back);
      output.body = nullptr;
      output.back = {};
    }
  }
  waiting_.push_back(std::move(output));
  pump();
}

template <class Stream>
void BeastConnection<Stream>::pump() {
  while (!writing_ && state_ != State::over) {
    if (sent_ < flying_.size()) {
      writing_ = true;
      set_due(options_.write_timeout);
      never_expires(stream_);
      return write_unsent();
    }
    WriteDone done = std::move(flying_.done);
    const bool more = !waiting_.empty();
    flying_ = more ? std::move(waiting_.front()) : Output{};
    if (more) waiting_.erase(waiting_.begin());
    sent_ = 0;
    if (done) done({});
    if (more) continue;
    due_.reset();
    if (shut_) end_our_side();
    if (!ending_ || state_ == State::leaving) return;
    return terms_.keep_alive ? hand_back() : leave();
  }
}

template <class Stream>
void BeastConnection<Stream>::on_written(ErrorCode ec, std::size_t size) {
  writing_ = false;
  sent_ += size;
  if (state_ == State::over) return;
  if (ec) {
    close();
  } else {
    pump();
  }
}

template <class Stream>
void BeastConnection<Stream>::write_unsent() {
  const std::string_view body = flying_.body ? std::string_view(*flying_.body) : std::string_view();
  std::array<boost::asio::const_buffer, 3> parts{boost::asio::const_buffer(flying_.front.data(), flying_.front.size()),
                                                 boost::asio::const_buffer(body.data(), body.size()),
                                                 boost::asio::const_buffer(flying_.back.data(), flying_.back.size())};
  std::size_t skip = sent_;
  for (boost::asio::const_buffer& each : parts) {
    const std::size_t taken = std::min(skip, each.size());
    each += taken;
    skip -= taken;
  }
  auto written = [self = this->shared_from_this()](ErrorCode ec, std::size_t size) { self->on_written(ec, size); };
  if constexpr (is_plain_beast_stream<Stream>) {
    stream_.async_write_some(parts, std::move(written));
  } else {
    // Of several buffers a layer writes the first only, and takes an empty one for all there is.
    const auto first = std::find_if(parts.begin(), parts.end(), [](const auto& each) { return each.size() > 0; });
    stream_.async_write_some(*first, std::move(written));
  }
}

// ---- time ----

// The timer is left running when a deadline goes, and set anew only for an earlier one: writes come often, and almost
// none is late.
template <class Stream>
void BeastConnection<Stream>::set_due(std::chrono::milliseconds span) {
  due_ = io::steady_now() + span;
  if (!ticking_ || timer_.expiry() > *due_) tick();
}

template <class Stream>
void BeastConnection<Stream>::tick() {
  ticking_ = true;
  timer_.expires_at(*due_);
  timer_.async_wait([weak = this->weak_from_this()](ErrorCode ec) {
    const std::shared_ptr<BeastConnection<Stream>> self = weak.lock();
    if (!ec && self) self->on_tick();
  });
}

template <class Stream>
void BeastConnection<Stream>::on_tick() {
  ticking_ = false;
  if (!due_) return;
  if (io::steady_now() < *due_) {
    tick();
  } else {
    close();
  }
}

// ---- the end ----

template <class Stream>
void BeastConnection<Stream>::hand_back() {
  // Nothing is under way but the watch; whatever it has read is the next request's.
  state_ = State::leaving;
  stop_reading([this](ErrorCode) {
    state_ = State::over;
    timer_.cancel();
    gate_->let_go(this);
    Next next = std::move(next_);
    next(std::move(stream_), std::move(buffer_));
  });
}

template <class Stream>
void BeastConnection<Stream>::leave() {
  state_ = State::leaving;
  next_ = nullptr;
  stop_reading([this](ErrorCode) { say_goodbye(); });
}

// A close with unread bytes would be a reset, which makes the client forget what it has not read yet: it is to close
// first, within a while.
template <class Stream>
void BeastConnection<Stream>::say_goodbye() {
  set_due(options_.close_timeout);
  if constexpr (SaysGoodbye<Stream>) {
    never_expires(stream_);
    stream_.async_shutdown([self = this->shared_from_this()](ErrorCode ec) { self->on_goodbye(ec); });
  } else {
    buffer_.clear();
    ErrorCode ignored;
    socket_of(stream_).shutdown(boost::asio::socket_base::shutdown_send, ignored);
    watch();
  }
}

template <class Stream>
void BeastConnection<Stream>::on_goodbye(ErrorCode ec) {
  if (ec && state_ != State::over) {
    pass_over();
  } else {
    part();
  }
}

// A client that was talking when the goodbye was said breaks it off: the rest is passed over below the layers.
template <class Stream>
void BeastConnection<Stream>::pass_over() {
  buffer_.clear();
  boost::beast::get_lowest_layer(stream_).async_read_some(
      buffer_.prepare(std::min(record_size, buffer_.max_size())),
      [self = this->shared_from_this()](ErrorCode ec, std::size_t size) {
        if (ec || size == 0) {
          self->part();
        } else {
          self->pass_over();
        }
      });
}

// A raw connection's reader hears of it, and lets go.
template <class Stream>
void BeastConnection<Stream>::part() {
  parting_ = Parting::over;
  if (state_ == State::leaving) close();
  if (state_ == State::raw) due_.reset();
  if (reading_) end_raw_read(boost::asio::error::eof, 0);
}

// Who still waits is told that the client is gone. The caller holds this.
template <class Stream>
void BeastConnection<Stream>::close() {
  if (std::exchange(state_, State::over) == State::over) return;
  due_.reset();
  timer_.cancel();
  read_over_ = nullptr;
  next_ = nullptr;
  close_socket(false);
  gate_->let_go(this);
  // What is being written stays until the write has come back.
  if (WriteDone done = std::exchange(flying_.done, WriteDone{})) done(errc::peer_gone);
  for (Output& each : std::exchange(waiting_, {})) {
    if (each.done) each.done(errc::peer_gone);
  }
  if (UniqueFunction<void()> gone = std::exchange(gone_, nullptr)) gone();
}

template <class Stream>
void BeastConnection<Stream>::close_socket(bool with_reset) {
  ErrorCode ignored;
  if (with_reset) socket_of(stream_).set_option(boost::asio::socket_base::linger(true, 0), ignored);
  close_lowest(stream_);
}

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_BEAST_TRANSFER_HPP
