// SPDX-License-Identifier: BSL-1.0
//
// The other end of the examples: reads an event stream on a thread, as a browser's EventSource would.

#ifndef TIDINGS_EXAMPLES_SUPPORT_READER_HPP
#define TIDINGS_EXAMPLES_SUPPORT_READER_HPP

#include <tidings/protocol/sse/parser.hpp>

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace example {

class Reader {
 public:
  using Event = tidings::protocol::SseEvent;

  /// @param headers  For instance `Authorization` and `Last-Event-ID`.
  Reader(int port, std::string path, httplib::Headers headers = {}) : client_("127.0.0.1", port) {
    headers.emplace("Accept", "text/event-stream");
    client_.set_read_timeout(60);
    thread_ = std::thread([this, path = std::move(path), headers = std::move(headers)] { read(path, headers); });
  }
  ~Reader() { close(); }

  /// The stream's first bytes are here: the server knows this reader.
  void wait_open() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return opened_ || ended_; });
  }
  /// The next event; none when the stream has ended.
  std::optional<Event> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !events_.empty() || ended_; });
    if (events_.empty()) return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }
  /// What a browser would send as `Last-Event-ID` when it comes back.
  std::string last_event_id() {
    const std::lock_guard lock(mutex_);
    return parser_.last_event_id();
  }
  /// Drops the connection, as a phone does in a tunnel.
  void close() {
    client_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void read(const std::string& path, const httplib::Headers& headers) {
    client_.Get(path, headers, [this](const char* bytes, std::size_t count) {
      const std::lock_guard lock(mutex_);
      opened_ = true;
      parser_.feed({bytes, count}, [this](Event&& event) { events_.push_back(std::move(event)); });
      changed_.notify_all();
      return true;
    });
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  httplib::Client client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  tidings::protocol::SseParser parser_;
  std::deque<Event> events_;
  bool opened_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace example

#endif  // TIDINGS_EXAMPLES_SUPPORT_READER_HPP
