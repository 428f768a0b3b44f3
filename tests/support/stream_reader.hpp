// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_STREAM_READER_HPP
#define TIDINGS_TESTS_SUPPORT_STREAM_READER_HPP

#include <tidings/protocol/sse/parser.hpp>

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace support {

/// An event stream as a client reads it.
class StreamReader {
 public:
  StreamReader(std::uint16_t port, const std::string& user, const std::string& headers = {}, int receive_buffer = 0)
      : client_(port, receive_buffer) {
    again(user, headers);
  }

  /// Asks anew on the same connection.
  void again(const std::string& user, const std::string& headers = {}) {
    head_.reset();
    ended_ = false;
    client_.send(get("/push", "Authorization: " + user + "\r\nAccept: text/event-stream\r\n" + headers));
  }

  const RawHead& head() {
    if (!head_) head_ = read_head(client_);
    return *head_;
  }
  /// The next event; none at the last chunk.
  std::optional<tidings::protocol::SseEvent> next() {
    head();
    while (events_.empty() && !ended_) feed();
    if (events_.empty()) return std::nullopt;
    std::optional<tidings::protocol::SseEvent> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }
  /// The stream is open: its first bytes are here.
  void wait_open() {
    head();
    feed();
  }
  /// Whether it ends with the last chunk, other events read away.
  bool ends_in_order() {
    while (next()) {
    }
    return ended_;
  }
  std::optional<std::chrono::milliseconds> retry() const { return parser_.retry(); }
  RawClient& client() { return client_; }

 private:
  void feed() {
    const std::optional<std::string> chunk = read_chunk(client_);
    ended_ = !chunk;
    if (chunk)
      parser_.feed(*chunk, [this](tidings::protocol::SseEvent&& event) { events_.push_back(std::move(event)); });
  }

  RawClient client_;
  std::optional<RawHead> head_;
  tidings::protocol::SseParser parser_;
  std::deque<tidings::protocol::SseEvent> events_;
  bool ended_ = false;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_STREAM_READER_HPP
