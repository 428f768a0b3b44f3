// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_LISTENER_REQUESTS_HPP
#define TIDINGS_ADAPTER_IMPL_LISTENER_REQUESTS_HPP

#include <tidings/adapter/impl/listener_connection.hpp>
#include <tidings/hub/refused.hpp>
#include <tidings/protocol/http/field_lines.hpp>

#include <algorithm>
#include <exception>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

template <class Loop>
Connection<Loop>::Connection(std::shared_ptr<ListenerCore<Loop>> core, const std::shared_ptr<Loop>& loop,
                             std::size_t loop_index, io::OwnedSocket socket, std::string peer)
    : core_(std::move(core)),
      weak_loop_(loop),
      loop_(*loop),
      loop_index_(loop_index),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      parser_(core_->options().limits) {
  core_->connection_opened();
}

template <class Loop>
Connection<Loop>::~Connection() {
  // With the loop's end, open; else close() was here before.
  if (state_ != State::closed) {
    core_->connection_closed();
    core_->guarded(std::move(gone_));
  }
  if (waiting()) loop_.cancel(*this);
  if (watch_.events != nullptr) loop_.descriptors().remove(watch_);
  if (counted_body_ > 0) core_->bodies().give_back(counted_body_);
}

template <class Loop>
void Connection<Loop>::begin() {
  core_->part(loop_index_).connections.insert(this);
  watch_ = {this, socket_.get(), true, false};
  if (loop_.descriptors().add(watch_)) {
    watch_.events = nullptr;
    close();
    return;
  }
  loop_.schedule(*this, core_->options().header_timeout);
}

// ---- bytes come in ----

// A body is accounted for after it was read: so much may be held beyond the budget.
template <class Loop>
std::size_t Connection<Loop>::room() const {
  const std::size_t held = waiting_input().size();
  if (state_ == State::reading && held == 0 && parser_.in_body()) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(max_body_input, parser_.body_left() + max_input));
  }
  return held < max_input ? max_input - held : 0;
}

template <class Loop>
void Connection<Loop>::on_readable() {
  const std::shared_ptr<Connection<Loop>> self = this->shared_from_this();
  const std::span<char> buffer = loop_.read_buffer().first(std::min(room(), loop_.read_buffer().size()));
  if (buffer.empty()) {
    // Not for reading: the set tells of broken connections whatever is waited for.
    if (io::is_broken(socket_.get())) close();
    return;
  }
  const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count > 0) {
    take({buffer.data(), static_cast<std::size_t>(count)});
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    // A client that has asked and closed its side reads as gone: browsers never do that.
    close();
  }
}

template <class Loop>
void Connection<Loop>::take(std::string_view bytes) {
  if (state_ != State::reading || !waiting_input().empty()) {
    // The next request, before this one is answered.
    hold_input(bytes);
    if (room() == 0) watch_input(false);
    return;
  }
  std::size_t consumed = 0;
  if (!feed(bytes, consumed)) return;
  hold_input(bytes.substr(consumed));
  pumping_ = true;
  begin_request();
  pumping_ = false;
  pump();
}

template <class Loop>
void Connection<Loop>::hold_input(std::string_view bytes) {
  input_.erase(0, std::exchange(input_at_, 0));
  input_.append(bytes);
}

// Requests that wait, one after the other; an answer given at once brings us back here, not deeper.
template <class Loop>
void Connection<Loop>::pump() {
  if (std::exchange(pumping_, true)) return;
  while (state_ == State::reading && !waiting_input().empty()) {
    std::size_t consumed = 0;
    const bool whole = feed(waiting_input(), consumed);
    input_at_ += consumed;
    if (waiting_input().empty()) {
      // An idle connection holds no memory; assigning an empty string would keep it.
      std::string().swap(input_);
      input_at_ = 0;
    }
    if (whole) begin_request();
  }
  pumping_ = false;
  if (state_ != State::closed) watch_input(room() > 0);
}

// True if a request is whole; else all bytes were taken, or the request was refused.
template <class Loop>
bool Connection<Loop>::feed(std::string_view bytes, std::size_t& consumed) {
  using Status = protocol::HttpRequestParser::Status;
  const bool was_idle = parser_.idle();
  const bool was_in_body = parser_.in_body();
  const Status status = parser_.feed(bytes, consumed);
  if (status == Status::complete) return true;
  consumed = bytes.size();
  if (status == Status::error) {
    refuse_request(static_cast<errc>(parser_.error().value()), parser_.error_status());
    return false;
  }
  if (!account_body()) return false;
  if (parser_.awaits_continue() && !std::exchange(said_continue_, true)) {
    output_.append(protocol::continue_head);
    send();
  }
  // The clock of a head runs from its first byte, that of a body from its own.
  if (was_idle || was_in_body != parser_.in_body()) set_deadline();
  return false;
}

// Large bodies under way share a budget.
template <class Loop>
bool Connection<Loop>::account_body() {
  const std::size_t held = parser_.held_body_bytes();
  // What a string takes while it grows: twice its size, and the old one beside it.
  const std::size_t cost = held > defaults::free_body_bytes ? 3 * held : 0;
  if (cost <= counted_body_) return true;
  if (!core_->bodies().take(cost - counted_body_)) {
    refuse_request(errc::overloaded, 503);
    return false;
  }
  counted_body_ = cost;
  return true;
}

template <class Loop>
void Connection<Loop>::watch_input(bool on) {
  if (watch_.events == nullptr || watch_.read == on) return;
  watch_.read = on;
  loop_.descriptors().change(watch_);
}

// ---- a request is whole ----

template <class Loop>
void Connection<Loop>::begin_request() {
  protocol::ParsedRequest parsed = parser_.take();
  said_continue_ = false;
  if (counted_body_ > 0) core_->bodies().give_back(std::exchange(counted_body_, 0));
  ++request_;
  state_ = State::handling;
  keep_alive_ = parsed.keep_alive;
  head_only_ = parsed.method == "HEAD";
  version_ = parsed.version;
  loop_.cancel(*this);
  RequestSnapshot request;
  request.method = std::move(parsed.method);
  request.target = std::move(parsed.target);
  request.peer = peer_;
  request.body = std::move(parsed.body);
  request.version = parsed.version;
  request.headers = std::move(parsed.headers);
  protocol::join_field_lines(request.headers);
  auto response = std::make_shared<ConnectionResponse<Loop>>(weak_loop_, this->weak_from_this(), request_, loop_index_);
  const auto handler = core_->routes().find(protocol::target_path(request.target));
  if (!handler) {
    response->respond({404, {{"Content-Type", "text/plain"}}}, share_bytes("not found\n"));
    return;
  }
  const std::uint64_t number = request_;
  const auto failed = [&](const char* what) {
    core_->handler_failed(what);
    // Ends in protocol form if nothing was said; a stream that has begun can only be dropped.
    respond(number, {500, {{"Content-Type", "text/plain"}}}, share_bytes("internal error\n"));
    abort(number);
  };
  try {
    // With a share of our own: an exception must not drop the response, which would say 503.
    (*handler)(std::move(request), BasicExchange<Loop>(response));
  } catch (const std::exception& failure) {
    failed(failure.what());
  } catch (...) {
    failed("a handler threw");
  }
}

// The connection cannot be used further: nobody knows where the next request would begin.
template <class Loop>
void Connection<Loop>::refuse_request(errc code, int status) {
  ++request_;
  state_ = State::handling;
  keep_alive_ = false;
  head_only_ = false;
  version_ = 11;
  hub::Refused refused = hub::make_refused(code, std::chrono::seconds(1));
  respond(request_, {status, std::move(refused.headers)}, share_bytes(std::move(refused.body)));
}

// ---- time ----

template <class Loop>
void Connection<Loop>::set_deadline() {
  const ListenerOptions& options = core_->options();
  if (!output_.empty()) {
    loop_.schedule(*this, options.write_timeout);
  } else if (state_ == State::reading) {
    loop_.schedule(*this, parser_.idle()      ? options.keep_alive_timeout
                          : parser_.in_body() ? options.body_timeout
                                              : options.header_timeout);
  } else {
    loop_.cancel(*this);
  }
}

template <class Loop>
void Connection<Loop>::on_due() {
  const std::shared_ptr<Connection<Loop>> self = this->shared_from_this();
  if (state_ == State::reading && output_.empty() && !parser_.idle()) {
    parser_.on_timeout();
    refuse_request(errc::request_timeout, parser_.error_status());
    return;
  }
  // Nothing was asked, or the answer is not taken.
  close();
}

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_LISTENER_REQUESTS_HPP
