// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HTTP_TYPES_HPP
#define TIDINGS_HTTP_TYPES_HPP

#include <tidings/version.hpp>

#include <memory>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// One header field of a request or an answer.
struct Header {
  std::string name;
  std::string value;
};

/// Status and headers of an answer. Framing headers (Content-Length, Transfer-Encoding, Connection) belong to the
/// adapter and never stand here.
struct ResponseHead {
  int status = 200;
  std::vector<Header> headers;
};

/// What an adapter is able to do, as data. `SseStream` and the hub choose by it.
struct Capabilities {
  /// A Responder may be answered after the handler returned.
  bool late_answer = false;
  /// `on_gone` fires although nothing is being written.
  bool gone_while_idle = false;
  /// `WriteDone` means "left our memory"; else only "accepted".
  bool write_completion = false;
  /// One thread is pinned per open response.
  bool pins_thread = false;
  /// Streams to HTTP/1.0 peers too (close-delimited).
  bool http10_stream = false;
  /// A peer that vanished without FIN is found by the transport (`TCP_USER_TIMEOUT` or the like).
  bool finds_silent_peer = false;
  /// Of a MessageChannel: pings can be sent, and pongs are told. Without both, only messages show that a peer lives.
  bool ws_ping = false;
  bool ws_pong = false;
};

struct NativeSocket;

/// A server that takes sockets back which it has handed over.
///
/// Thread  any.
class SocketHome {
 public:
  virtual ~SocketHome() = default;

  /// Takes the socket, with nothing of ours left to be sent on it. False = it does not want it, and it is as it was.
  virtual bool take_back(NativeSocket& socket) = 0;
};

/// A connected socket that changes owners.
struct NativeSocket {
  /// The descriptor; the receiver closes it. -1 = none.
  int descriptor = -1;
  /// `AF_INET` or `AF_INET6`.
  int family = 0;
  /// Bytes the HTTP parser had read beyond the request.
  std::string prefetched{};
  /// Who reads the next request from it when a stream over it has ended in order; nobody = it is closed then. Stays
  /// empty for a client that asked for `Connection: close`.
  std::weak_ptr<SocketHome> home{};
  /// Has the options already that tidings sets: no delay, and a limit on the time in which its peer takes nothing.
  bool tuned = false;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HTTP_TYPES_HPP
