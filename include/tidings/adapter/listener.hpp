// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_LISTENER_HPP
#define TIDINGS_ADAPTER_LISTENER_HPP

#include <tidings/adapter/listener_options.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/extern_template.hpp>
#include <tidings/hub_ref.hpp>
#include <tidings/mount.hpp>
#include <tidings/request_snapshot.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

namespace detail {
template <class Loop>
class ListenerCore;
template <class Loop>
class Connection;
template <class Loop>
class ConnectionResponse;
}  // namespace detail

/// One request at the listener, to be answered once: whole, or as a stream.
///
/// Thread    any, also long after the handler returned. Destroyed unused it answers 503.
template <class Loop>
class BasicExchange {
 public:
  class Answer;
  class Stream;

  BasicExchange(BasicExchange&&) noexcept = default;
  BasicExchange& operator=(BasicExchange&&) noexcept = default;

  /// The answer as a Responder.
  Answer answer() &&;
  /// The answer as a StreamingResponse that can hand its socket over.
  Stream stream() &&;
  /// The hub's loop that carries the connection.
  std::size_t loop() const;

 private:
  friend class detail::Connection<Loop>;
  explicit BasicExchange(std::shared_ptr<detail::ConnectionResponse<Loop>> response) : response_(std::move(response)) {}

  std::shared_ptr<detail::ConnectionResponse<Loop>> response_;
};

/// Models Responder.
template <class Loop>
class BasicExchange<Loop>::Answer {
 public:
  static constexpr Capabilities capabilities{.late_answer = true,
                                             .gone_while_idle = true,
                                             .write_completion = true,
                                             .http10_stream = true,
                                             .finds_silent_peer = true};

  void respond(ResponseHead head, SharedBytes body);
  void on_gone(UniqueFunction<void()> gone);

 private:
  friend class BasicExchange;
  explicit Answer(std::shared_ptr<detail::ConnectionResponse<Loop>> response) : response_(std::move(response)) {}

  std::shared_ptr<detail::ConnectionResponse<Loop>> response_;
};

/// Models StreamingResponse and HandsOver.
template <class Loop>
class BasicExchange<Loop>::Stream {
 public:
  static constexpr Capabilities capabilities = Answer::capabilities;

  void start(ResponseHead head);
  void write(SharedBytes bytes, WriteDone done);
  void finish();
  void abort();
  void on_gone(UniqueFunction<void()> gone);
  void release(Completion<NativeSocket> done);

 private:
  friend class BasicExchange;
  explicit Stream(std::shared_ptr<detail::ConnectionResponse<Loop>> response) : response_(std::move(response)) {}

  std::shared_ptr<detail::ConnectionResponse<Loop>> response_;
};

using Exchange = BasicExchange<io::Loop>;
TIDINGS_EXTERN_TEMPLATE(class BasicExchange<io::Loop>)

/// A small hardened HTTP/1.1 server on the hub's own loops: for applications without a server, as the second port of
/// thread-per-connection servers that cannot hold thousands of streams, and as what the conformance kit and the
/// benchmarks measure. GET, HEAD, POST, OPTIONS, keep-alive, limits; no TLS, no routing beyond paths.
///
/// ```cpp
/// tidings::Hub hub;
/// tidings::adapter::Listener listener{hub, {.address = "0.0.0.0", .port = 8080}};
/// auto push = tidings::adapter::mount(listener, "/push", hub, authorize);
/// ```
/// @tparam Loop  `io::Loop`; a parameter so that only a unit that listens compiles this.
/// Thread    any; handlers are called on the hub's loops and must not block.
/// Lifetime  the destructor stops to listen and closes all connections; streams that the hub has taken over stay the
///           hub's. Hub, listener and mounts may be destroyed in any order.
template <class Loop>
class BasicListener {
 public:
  /// Called for each request to its path, on the connection's loop.
  using Handler = std::function<void(RequestSnapshot request, BasicExchange<Loop> exchange)>;

  /// Begins to listen.
  ///
  /// Throws `std::system_error` when the address cannot be used, `std::invalid_argument` when it is none.
  explicit BasicListener(const HubRef& hub, ListenerOptions options = {});
  BasicListener(const BasicListener&) = delete;
  BasicListener& operator=(const BasicListener&) = delete;
  ~BasicListener();

  /// The port it listens on.
  std::uint16_t port() const;
  /// Open connections, without those that the hub has taken over.
  std::size_t connections() const;

  /// Serves a path and what is below it; the longest path wins. `/` serves everything else.
  ///
  /// Throws `std::invalid_argument` for a path that does not begin with a slash.
  [[nodiscard]] Mount handle(std::string path, Handler handler);

 private:
  std::shared_ptr<detail::ListenerCore<Loop>> core_;
};

using Listener = BasicListener<io::Loop>;
TIDINGS_EXTERN_TEMPLATE(class BasicListener<io::Loop>)

/// Serves an endpoint on a path of the listener.
///
/// @param authorize  `(const RequestSnapshot&) -> Access`, or `(const RequestSnapshot&, Completion<Access>)` for a late
///                   answer. Called on the hub's loops; must not block.
template <class Loop, class F>
requires(AuthorizesNow<F> || AuthorizesLater<F>) [[nodiscard]] Mount
    mount(BasicListener<Loop>& listener, std::string path, const HubRef& hub, F authorize,
          EndpointOptions options = {}) {
  using E = BasicEndpoint<BasicHubState<Loop>>;
  auto endpoint = std::make_shared<E>(hub, make_authorize(std::move(authorize)), std::move(options));
  Mount route = listener.handle(std::move(path), [endpoint](RequestSnapshot request, BasicExchange<Loop> exchange) {
    const std::size_t loop = exchange.loop();
    switch (endpoint->kind(request)) {
      case E::Kind::upgrade: endpoint->upgrade(std::move(request), std::move(exchange).stream(), loop); break;
      case E::Kind::stream: endpoint->stream(std::move(request), std::move(exchange).stream(), loop); break;
      case E::Kind::answer: endpoint->answer(std::move(request), std::move(exchange).answer(), loop); break;
    }
  });
  return mount_of(std::move(route), std::move(endpoint));
}

}  // namespace adapter

TIDINGS_NAMESPACE_END

#include <tidings/adapter/impl/listener.hpp>

#endif  // TIDINGS_ADAPTER_LISTENER_HPP
