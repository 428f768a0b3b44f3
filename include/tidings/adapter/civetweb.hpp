// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_CIVETWEB_HPP
#define TIDINGS_ADAPTER_CIVETWEB_HPP

#include <tidings/adapter/blocking_answer.hpp>
#include <tidings/adapter/blocking_stream.hpp>
#include <tidings/adapter/civetweb_channel.hpp>
#include <tidings/adapter/civetweb_options.hpp>
#include <tidings/adapter/civetweb_settings.hpp>
#include <tidings/adapter/impl/civetweb_wire.hpp>
#include <tidings/adapter/thread_cap.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/hub/refused.hpp>
#include <tidings/mount.hpp>
#include <tidings/protocol/http/field_lines.hpp>

#include <civetweb.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

namespace detail {
class CivetwebRoute;
}  // namespace detail

/// A request of civetweb. Models HttpRequest.
class CivetwebRequest {
 public:
  /// @param body  Complete; must outlive this, as must the connection's request.
  CivetwebRequest(const mg_connection* connection, std::string_view body);

  const std::string& method() const { return method_; }
  const std::string& target() const { return target_; }
  std::optional<std::string> header(std::string_view name) const {
    std::optional<std::string> all;
    const mg_request_info& info = *mg_get_request_info(connection_);
    for (int i = 0; i < info.num_headers; ++i) {
      const mg_header& line = info.http_headers[i];
      if (RequestSnapshot::same_name(line.name, name)) protocol::add_field_line(all, line.value);
    }
    return all;
  }
  std::string_view peer() const { return mg_get_request_info(connection_)->remote_addr; }
  std::string_view body() const { return body_; }
  int http_version() const { return version_; }

 private:
  const mg_connection* connection_;
  std::string_view body_;
  std::string method_;
  std::string target_;
  int version_;
};

/// One request at a civetweb server. The handler takes one of the ends while it runs, and may use it later, from any
/// thread; the server's thread waits for it. Taking none answers 503.
class CivetwebExchange {
 public:
  using BlockingAnswer = adapter::BlockingAnswer<detail::CivetwebDescriptor::sees_gone>;
  /// Models Responder.
  using Answer = BlockingAnswer::Responder;
  /// Models StreamingResponse.
  using Stream = BlockingStream::Response;
  /// Models MessageChannel.
  using Channel = CivetwebChannel;

  CivetwebExchange(const CivetwebExchange&) = delete;
  CivetwebExchange& operator=(const CivetwebExchange&) = delete;

  /// Asks for the right to hold this thread for long; false when `max_pinned` do so already.
  bool pin() {
    if (!pin_) pin_ = cap_.pin();
    // Before the client may reset the connection: it has no addresses then, by which it is found.
    if (pin_ && !socket_) wire_.descriptor();
    return static_cast<bool>(pin_);
  }
  /// Whether civetweb takes this for the handshake of a WebSocket: then `channel` is to be taken, and nothing else.
  bool upgrades() const { return socket_ != nullptr; }
  Answer answer();
  Stream stream();
  Channel channel() { return Channel(socket_); }

 private:
  friend class detail::CivetwebRoute;
  CivetwebExchange(ThreadCap& cap, detail::CivetwebWire& wire, std::shared_ptr<detail::CivetwebSocket> socket)
      : cap_(cap), wire_(wire), socket_(std::move(socket)) {}

  ThreadCap& cap_;
  detail::CivetwebWire& wire_;
  ThreadCap::Pin pin_;
  std::shared_ptr<BlockingAnswer> answer_;
  std::shared_ptr<BlockingStream> stream_;
  std::shared_ptr<detail::CivetwebSocket> socket_;
};

/// Called for each request to a path, on a thread of the server.
using CivetwebHandler = std::function<void(RequestSnapshot, CivetwebExchange&)>;

/// Serves a path and what is below it with all methods, and WebSockets.
///
/// @param server  Running, started with `CivetwebSettings` of the same options.
/// @param path    Begins with a slash; without the characters `*?$|`, which civetweb gives a meaning.
/// Throws std::invalid_argument for a path that is none, and for a server with settings that would break pushing: too
/// few threads, preflights answered by itself, pongs kept from us.
[[nodiscard]] Mount handle(mg_context* server, const std::string& path, CivetwebHandler handler,
                           CivetwebOptions options = {});

/// Serves an endpoint on a path of the server: polls, event streams, WebSockets.
///
/// ```cpp
/// tidings::adapter::CivetwebSettings settings;
/// settings.set("listening_ports", "8080");
/// mg_context* server = mg_start(nullptr, nullptr, settings.data());
/// auto push = tidings::adapter::mount(server, "/push", hub, authorize);
/// ```
/// @param authorize  `(const RequestSnapshot&) -> Access`, or `(const RequestSnapshot&, Completion<Access>)` for a late
///                   answer. Called on the server's threads, several at a time.
/// Throws as `handle` does.
template <class F>
requires(AuthorizesNow<F> || AuthorizesLater<F>) [[nodiscard]] Mount
    mount(mg_context* server, const std::string& path, const HubRef& hub, F authorize,
          EndpointOptions endpoint_options = {}, CivetwebOptions options = {}) {
  auto endpoint = std::make_shared<Endpoint>(hub, make_authorize(std::move(authorize)), std::move(endpoint_options));
  auto serve = [endpoint](RequestSnapshot request, CivetwebExchange& exchange) {
    const bool stream = endpoint->kind(request) == Endpoint::Kind::stream;
    const bool waits = exchange.upgrades() || stream || endpoint->may_wait(request);
    const bool room = !waits || exchange.pin();
    if (exchange.upgrades() && room) {
      endpoint->upgrade(std::move(request), exchange.channel());
    } else if (exchange.upgrades()) {
      hub::Refused busy = hub::make_refused(errc::overloaded, defaults::busy_retry);
      exchange.channel().respond({busy.status, std::move(busy.headers)}, share_bytes(std::move(busy.body)));
    } else if (stream && room) {
      endpoint->stream(std::move(request), exchange.stream());
    } else if (stream) {
      endpoint->turn_away(request, exchange.stream());
    } else if (room) {
      endpoint->answer(std::move(request), exchange.answer());
    } else {
      endpoint->turn_away(request, exchange.answer());
    }
  };
  return mount_of(handle(server, path, std::move(serve), options), std::move(endpoint));
}

}  // namespace adapter

TIDINGS_NAMESPACE_END

#include <tidings/adapter/impl/civetweb.hpp>

#endif  // TIDINGS_ADAPTER_CIVETWEB_HPP
