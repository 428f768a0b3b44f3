// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_WS_CONNECTION_HPP
#define TIDINGS_TESTS_CONFORMANCE_WS_CONNECTION_HPP

#include "support/raw_client.hpp"
#include "support/waiting.hpp"

#include "conformance/ws/frames.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace conformance {

/// Which end of the connection is the library's.
enum class Role { server, client };

/// How the library's end behaves. Its application sends messages back, closes at "!close CODE REASON", and sends five
/// messages of its own before it at "!hurry CODE".
struct Setup {
  std::size_t max_message_bytes = 1024 * 1024;
  std::size_t max_frames = 1024;
  std::chrono::milliseconds close_timeout{5000};
  std::vector<std::string> subprotocols{};
};

/// What the library's application was told, as one text. Thread  any.
class Report {
 public:
  void add(const std::string& event) {
    const std::lock_guard lock(mutex_);
    events_ += event;
  }
  void end(const std::string& event) {
    add(event);
    ended_.add();
  }
  /// Everything until the end; throws when that does not come.
  std::string whole();
  bool ended() const { return ended_.count() > 0; }

 private:
  std::mutex mutex_;
  std::string events_;
  support::Tally ended_;
};

/// One WebSocket between the library and a raw socket of the test's.
class Connection {
 public:
  /// The next frame, shown; throws when none comes. Pings of the heartbeat do not come that early.
  std::string next();
  /// Everything up to a close frame and with it, shown.
  std::string until_close();
  /// Whether the library ends its side now, without another byte.
  bool ends();

  Role role;
  Peer peer;
  support::RawClient raw;
  std::shared_ptr<Report> report;
  /// The library's end, where the test holds it.
  std::shared_ptr<void> other_end{};
  /// Received and not looked at.
  std::string bytes{};
  /// Of the frames so far.
  std::vector<std::string> masks{};
};

/// A connection whose handshake is done.
Connection connect(Role role, const Setup& setup = {});

// ---- the library as a server ----

/// The port of a listener that serves every target of `new_target`.
std::uint16_t server_port();
/// A target for one connection, whose application tells the report.
std::string new_target(const Setup& setup, const std::shared_ptr<Report>& report);

// ---- the library as a client ----

/// A client that has sent its request.
class Client {
 public:
  enum class Status { need_more, accepted, refused };

  explicit Client(const Setup& setup = {}, const std::string& target = "/");
  ~Client();

  /// Waits for bytes of the answer, and gives at most so many to the client.
  Status take(std::size_t most = 65536);
  /// What it found; `error` is its name.
  std::string error() const;
  int http_status() const;
  std::string subprotocol() const;
  /// Makes the accepted connection a WebSocket.
  Connection start() &&;

  /// As it came.
  std::string request;
  /// The server's end.
  support::RawClient raw;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_WS_CONNECTION_HPP
