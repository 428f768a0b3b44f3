// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_BEAST_ANSWERS_HPP
#define TIDINGS_ADAPTER_IMPL_BEAST_ANSWERS_HPP

#include <tidings/adapter/impl/beast_connection.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/protocol/http/date.hpp>
#include <tidings/protocol/http/response_head.hpp>

#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

template <class Stream>
void BeastConnection<Stream>::respond(ResponseHead head, SharedBytes body) {
  if (state_ != State::handling) return;
  gone_ = nullptr;
  state_ = State::answering;
  ending_ = true;
  // RFC 9110 6.4.1: these have no content, and 204 no length either.
  const bool bodiless = head.status == 204 || head.status == 304;
  send_head(std::move(head), bodiless ? "" : "Content-Length", bodiless ? nullptr : std::move(body));
}

template <class Stream>
void BeastConnection<Stream>::start(ResponseHead head) {
  if (state_ != State::handling) return;
  state_ = State::streaming;
  chunked_ = terms_.version >= 11;
  // Without chunks the body ends with the connection.
  if (!chunked_) terms_.keep_alive = false;
  if (send_head(std::move(head), chunked_ ? "Transfer-Encoding" : "", nullptr)) watch();
}

// Sends a head and, with a length, the body; a head that cannot be sent becomes a 500, and false.
template <class Stream>
bool BeastConnection<Stream>::send_head(ResponseHead head, std::string_view framing, SharedBytes body) {
  std::erase_if(head.headers, [](const Header& each) { return protocol::is_framing_header(each.name); });
  head.headers.push_back({"Date", protocol::encode_http_date(io::wall_now())});
  if (framing == "Content-Length") head.headers.push_back({"Content-Length", std::to_string(body->size())});
  if (framing == "Transfer-Encoding") head.headers.push_back({"Transfer-Encoding", "chunked"});
  // RFC 9112 9.3: the default of 1.1 is to stay, that of 1.0 to close.
  if (!terms_.keep_alive) head.headers.push_back({"Connection", "close"});
  if (terms_.keep_alive && terms_.version == 10) head.headers.push_back({"Connection", "keep-alive"});
  Output output{.body = terms_.head_only ? nullptr : std::move(body)};
  const bool good = !protocol::encode_response_head(output.front, terms_.version, head.status, head.headers);
  if (!good) {
    gone_ = nullptr;
    state_ = State::answering;
    ending_ = true;
    terms_.keep_alive = false;
    output = {.front = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"};
  }
  send(std::move(output));
  return good;
}

template <class Stream>
void BeastConnection<Stream>::write(SharedBytes bytes, WriteDone done) {
  if (state_ != State::streaming || ending_) {
    done(errc::closed);
    return;
  }
  Output output{.done = std::move(done)};
  if (!bytes->empty() && !terms_.head_only) {
    if (chunked_) protocol::encode_chunk_header(output.front, bytes->size());
    if (chunked_) output.back = "\r\n";
    output.body = std::move(bytes);
  }
  send(std::move(output));
}

template <class Stream>
void BeastConnection<Stream>::finish() {
  if (state_ != State::streaming || ending_) return;
  ending_ = true;
  gone_ = nullptr;
  const bool last_chunk = chunked_ && !terms_.head_only;
  send({.front = std::string(last_chunk ? protocol::last_chunk : std::string_view())});
}

// With a reset, so that what is dropped does not look complete; but who has ended its side in order is left in peace.
template <class Stream>
void BeastConnection<Stream>::abort() {
  if (state_ != State::handling && state_ != State::streaming && state_ != State::raw) return;
  gone_ = nullptr;
  close_socket(!shut_);
  close();
}

template <class Stream>
void BeastConnection<Stream>::on_gone(BeastGone gone) {
  // Dropped here, it is told at once.
  if (state_ == State::over) return;
  UniqueFunction<void()> tell = gone.take();
  if (ending_ || (state_ != State::handling && state_ != State::streaming)) return;
  gone_ = std::move(tell);
  watch();
}

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_BEAST_ANSWERS_HPP
