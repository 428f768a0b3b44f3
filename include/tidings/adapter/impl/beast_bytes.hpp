// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_BEAST_BYTES_HPP
#define TIDINGS_ADAPTER_IMPL_BEAST_BYTES_HPP

#include <tidings/adapter/impl/beast_connection.hpp>

#include <boost/asio/error.hpp>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

// ---- raw bytes ----

template <class Stream>
void BeastConnection<Stream>::read_some(std::span<char> buffer, Completion<std::size_t> done) {
  if (state_ == State::handling) state_ = State::raw;
  if (state_ != State::raw || reading_) {
    done.fail(errc::closed);
    return;
  }
  touched_ = true;
  reading_ = true;
  read_done_ = std::move(done);
  if (parting_ != Parting::no) {
    if (parting_ == Parting::over) end_raw_read(boost::asio::error::eof, 0);
    return;
  }
  never_expires(stream_);
  stream_.async_read_some(
      boost::asio::mutable_buffer(buffer.data(), buffer.size()),
      [self = this->shared_from_this()](ErrorCode ec, std::size_t size) { self->on_raw_read(ec, size); });
}

template <class Stream>
void BeastConnection<Stream>::on_raw_read(ErrorCode ec, std::size_t size) {
  if (parting_ == Parting::no) {
    end_raw_read(ec, size);
    return;
  }
  // Stopped for our goodbye, the read ends with that.
  if (ec != boost::asio::error::operation_aborted || state_ == State::over) end_raw_read(ec, size);
  if (state_ == State::raw) say_goodbye();
}

template <class Stream>
void BeastConnection<Stream>::end_raw_read(ErrorCode ec, std::size_t size) {
  reading_ = false;
  Completion<std::size_t> done = std::exchange(read_done_, Completion<std::size_t>{});
  if (state_ == State::over) {
    done.fail(errc::closed);
  } else if (!ec) {
    done({}, size);
  } else if (ec == boost::asio::error::eof || shut_) {
    // Behind our own end, however the peer goes, it has heard everything.
    done({}, 0);
  } else {
    close();
    done.fail(errc::peer_gone);
  }
}

template <class Stream>
void BeastConnection<Stream>::write_raw(SharedBytes bytes, WriteDone done) {
  if (state_ == State::handling) state_ = State::raw;
  if (state_ != State::raw || shut_) {
    done(errc::closed);
    return;
  }
  touched_ = true;
  send({.body = std::move(bytes), .done = std::move(done)});
}

template <class Stream>
void BeastConnection<Stream>::shut() {
  if (state_ == State::handling) state_ = State::raw;
  if (state_ != State::raw || std::exchange(shut_, true)) return;
  touched_ = true;
  if (!writing_) end_our_side();
}

// A goodbye reads too, and there is one read at a time: the reader's is stopped, and ends when the goodbye does.
template <class Stream>
void BeastConnection<Stream>::end_our_side() {
  if constexpr (SaysGoodbye<Stream>) {
    parting_ = Parting::under_way;
    if (reading_) {
      cancel_all(stream_);
    } else {
      say_goodbye();
    }
  } else {
    ErrorCode ignored;
    socket_of(stream_).shutdown(boost::asio::socket_base::shutdown_send, ignored);
  }
}

// ---- the socket itself ----

template <class Stream>
void BeastConnection<Stream>::release(Completion<NativeSocket> done) {
  if (state_ != State::handling || touched_) {
    done.fail(errc::closed);
    return;
  }
  stop_reading([this, done = std::move(done)](ErrorCode ec) mutable {
    if (!ec) {
      give_away(std::move(done));
      return;
    }
    close();
    done.fail(errc::peer_gone);
  });
}

template <class Stream>
void BeastConnection<Stream>::give_away(Completion<NativeSocket> done) {
  auto& socket = socket_of(stream_);
  NativeSocket native;
  ErrorCode ec;
  native.family = socket.local_endpoint(ec).protocol().family();
  if (!ec) socket.native_non_blocking(true, ec);
  if (!ec) native.descriptor = socket.release(ec);
  if (ec) {
    if (gone_) watch();
    done.fail(ec);
    return;
  }
  native.prefetched = prefetched();
  state_ = State::over;
  gone_ = nullptr;
  next_ = nullptr;
  gate_->let_go(this);
  done({}, std::move(native));
}

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_BEAST_BYTES_HPP
