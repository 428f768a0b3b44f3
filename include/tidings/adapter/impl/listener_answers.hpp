// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_LISTENER_ANSWERS_HPP
#define TIDINGS_ADAPTER_IMPL_LISTENER_ANSWERS_HPP

#include <tidings/adapter/impl/listener_connection.hpp>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

// ---- whole answers ----

template <class Loop>
void Connection<Loop>::respond(std::uint64_t request, ResponseHead head, SharedBytes body) {
  if (!serves(request, State::handling)) return;
  gone_ = nullptr;
  state_ = State::answering;
  // RFC 9110 6.4.1: these have no content, and 204 no length either.
  const bool bodiless = head.status == 204 || head.status == 304;
  std::string framing;
  if (!bodiless) framing.append("Content-Length: ").append(std::to_string(body->size())).append("\r\n");
  std::string& text = loop_.scratch();
  if (!make_head(text, std::move(head), framing)) return;
  if (bodiless || head_only_) body = nullptr;
  if (body && body->size() <= small_body) text.append(*std::exchange(body, nullptr));
  send(text, std::move(body));
}

// False: the head cannot be sent, and a 500 is on its way.
template <class Loop>
bool Connection<Loop>::make_head(std::string& text, ResponseHead head, std::string_view framing) {
  std::erase_if(head.headers, [](const Header& each) { return protocol::is_framing_header(each.name); });
  std::string& lines = core_->part(loop_index_).lines_at(loop_.wall_now());
  lines.append(framing);
  // RFC 9112 9.3: the default of 1.1 is to stay, that of 1.0 to close.
  if (!keep_alive_) lines.append("Connection: close\r\n");
  if (keep_alive_ && version_ == 10) lines.append("Connection: keep-alive\r\n");
  if (!protocol::encode_response_head(text, version_, head.status, head.headers, lines)) return true;
  core_->handler_failed("an answer's header is not safe to send");
  keep_alive_ = false;
  ending_ = true;
  send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", nullptr);
  return false;
}

// ---- streams ----

template <class Loop>
void Connection<Loop>::start(std::uint64_t request, ResponseHead head) {
  if (!serves(request, State::handling)) return;
  state_ = State::streaming;
  chunked_ = version_ >= 11;
  // Without chunks the body ends with the connection.
  if (!chunked_) keep_alive_ = false;
  std::string& text = loop_.scratch();
  if (make_head(text, std::move(head), chunked_ ? "Transfer-Encoding: chunked\r\n" : "")) send(text, nullptr);
}

template <class Loop>
void Connection<Loop>::write(std::uint64_t request, SharedBytes bytes, WriteDone done) {
  if (!serves(request, State::streaming) || ending_) {
    done(errc::closed);
    return;
  }
  write_done_ = std::move(done);
  if (!bytes->empty() && !head_only_) {
    std::string& front = loop_.scratch();
    if (chunked_) protocol::encode_chunk_header(front, bytes->size());
    // A head that the kernel would not take yet goes before; then the bytes are copied behind it.
    const bool behind = !output_.empty();
    output_.append(front);
    if (behind) {
      output_.append(*bytes);
    } else {
      output_.refer(bytes, *bytes);
    }
    if (chunked_) output_.append("\r\n");
  }
  send();
}

template <class Loop>
void Connection<Loop>::finish(std::uint64_t request) {
  if (!serves(request, State::streaming) || ending_) return;
  ending_ = true;
  gone_ = nullptr;
  if (chunked_ && !head_only_) output_.append(protocol::last_chunk);
  send();
}

template <class Loop>
void Connection<Loop>::abort(std::uint64_t request) {
  if (request != request_ || (state_ != State::streaming && state_ != State::handling)) return;
  gone_ = nullptr;
  socket_.reset();
  close();
}

template <class Loop>
void Connection<Loop>::on_gone(std::uint64_t request, UniqueFunction<void()> gone) {
  if (request != request_) return;
  if (state_ == State::closed) {
    core_->guarded(std::move(gone));
  } else if (state_ != State::answering && !ending_) {
    gone_ = std::move(gone);
  }
}

template <class Loop>
void Connection<Loop>::release(std::uint64_t request, Completion<NativeSocket> done) {
  if (!serves(request, State::handling)) {
    done.fail(errc::closed);
    return;
  }
  const std::shared_ptr<Connection<Loop>> self = this->shared_from_this();
  gone_ = nullptr;
  loop_.descriptors().remove(watch_);
  watch_.events = nullptr;
  NativeSocket socket{socket_.release(), AF_UNSPEC, std::string(waiting_input()), {}, socket_.tuned()};
  // What was read ahead goes with it, and does not come back.
  if (keep_alive_ && socket.prefetched.empty()) socket.home = core_;
  close();
  done({}, std::move(socket));
}

// ---- bytes go out ----

// Both are behind everything else; the body is copied only if the kernel does not take it at once.
template <class Loop>
void Connection<Loop>::send(std::string_view front, SharedBytes body) {
  if (output_.send(socket_.get(), front, std::move(body))) {
    close();
  } else {
    sent();
  }
}

template <class Loop>
void Connection<Loop>::send() {
  if (output_.flush(socket_.get())) {
    close();
  } else {
    sent();
  }
}

template <class Loop>
void Connection<Loop>::sent() {
  const bool blocked = !output_.empty();
  if (watch_.events != nullptr && watch_.write != blocked) {
    watch_.write = blocked;
    loop_.descriptors().change(watch_);
  }
  if (blocked) {
    set_deadline();
  } else {
    flushed();
  }
}

template <class Loop>
void Connection<Loop>::on_writable() {
  const std::shared_ptr<Connection<Loop>> self = this->shared_from_this();
  send();
}

template <class Loop>
void Connection<Loop>::flushed() {
  if (state_ == State::answering || ending_) {
    answered();
    return;
  }
  if (state_ == State::streaming) loop_.cancel(*this);
  if (WriteDone done = std::exchange(write_done_, WriteDone{})) done({});
}

template <class Loop>
void Connection<Loop>::answered() {
  ending_ = false;
  // Whoever still holds the exchange speaks of a request that is over.
  ++request_;
  WriteDone done = std::exchange(write_done_, WriteDone{});
  if (done) done({});
  if (state_ == State::closed) return;
  if (!keep_alive_ || core_->stopped()) {
    say_goodbye();
    return;
  }
  state_ = State::reading;
  set_deadline();
  pump();
}

template <class Loop>
void Connection<Loop>::say_goodbye() {
  if (watch_.events != nullptr) loop_.descriptors().remove(watch_);
  watch_.events = nullptr;
  io::BasicFarewell<Loop>::say(loop_, std::move(socket_), {});
  close();
}

template <class Loop>
void Connection<Loop>::close() {
  if (std::exchange(state_, State::closed) == State::closed) return;
  if (watch_.events != nullptr) loop_.descriptors().remove(watch_);
  watch_.events = nullptr;
  loop_.cancel(*this);
  socket_.close();
  output_ = {};
  core_->part(loop_index_).connections.erase(this);
  core_->connection_closed();
  loop_.let_go(this);
  if (WriteDone done = std::exchange(write_done_, WriteDone{})) done(errc::peer_gone);
  core_->guarded(std::exchange(gone_, nullptr));
}

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_LISTENER_ANSWERS_HPP
