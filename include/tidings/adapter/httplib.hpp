// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_HTTPLIB_HPP
#define TIDINGS_ADAPTER_HTTPLIB_HPP

#include <tidings/adapter/blocking_answer.hpp>
#include <tidings/adapter/blocking_stream.hpp>
#include <tidings/adapter/httplib_options.hpp>
#include <tidings/adapter/impl/httplib_threads.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/mount.hpp>
#include <tidings/protocol/http/field_lines.hpp>

#include <httplib.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

namespace detail {
class HttplibStream;
class HttplibRoute;

/// `Request::is_connection_closed` came with cpp-httplib 0.16; before it, a handler cannot see that its client is gone.
template <class R>
inline constexpr bool httplib_sees_gone = requires(const R& request) {
  request.is_connection_closed();
};
}  // namespace detail

/// A request of cpp-httplib. Models HttpRequest.
class HttplibRequest {
 public:
  /// @param body  Complete; must outlive this, as must the request.
  HttplibRequest(const httplib::Request& request, std::string_view body) : request_(&request), body_(body) {}

  const std::string& method() const { return request_->method; }
  const std::string& target() const { return request_->target; }
  std::optional<std::string> header(std::string_view name) const {
    std::optional<std::string> all;
    const auto [first, last] = request_->headers.equal_range(std::string(name));
    for (auto each = first; each != last; ++each) protocol::add_field_line(all, each->second);
    return all;
  }
  const std::string& peer() const { return request_->remote_addr; }
  std::string_view body() const { return body_; }
  int http_version() const { return request_->version == "HTTP/1.0" ? 10 : 11; }

 private:
  const httplib::Request* request_;
  std::string_view body_;
};

/// One request at a cpp-httplib server. The handler takes one of both ends while it runs, and may use it later, from any
/// thread; the server's thread waits for it. Taking none answers 503.
class HttplibExchange {
 public:
  using BlockingAnswer = adapter::BlockingAnswer<detail::httplib_sees_gone<httplib::Request>>;
  /// Models Responder.
  using Answer = BlockingAnswer::Responder;
  /// Models StreamingResponse.
  using Stream = BlockingStream::Response;

  HttplibExchange(const HttplibExchange&) = delete;
  HttplibExchange& operator=(const HttplibExchange&) = delete;

  /// Asks for the right to hold this thread for long; false when `max_pinned` do so already.
  bool pin() {
    if (!pin_) pin_ = cap_.pin();
    return static_cast<bool>(pin_);
  }
  Answer answer();
  Stream stream();

 private:
  friend class detail::HttplibRoute;
  explicit HttplibExchange(ThreadCap& cap) : cap_(cap) {}

  ThreadCap& cap_;
  ThreadCap::Pin pin_;
  std::shared_ptr<BlockingAnswer> answer_;
  std::shared_ptr<BlockingStream> stream_;
};

/// Called for each request to a path, on a thread of the server.
using HttplibHandler = std::function<void(RequestSnapshot, HttplibExchange&)>;

/// Serves a path and what is below it with GET, HEAD, POST and OPTIONS; call it before the server listens.
///
/// Sizes the server's threads (`new_task_queue`; one that the application sets later replaces ours), its write timeout
/// and TCP_NODELAY: see HttplibOptions. A server that stops ends its streams in order.
[[nodiscard]] Mount handle(httplib::Server& server, const std::string& path, HttplibHandler handler,
                           HttplibOptions options = {});

/// Serves an endpoint on a path of the server; call it before the server listens.
///
/// ```cpp
/// httplib::Server server;
/// auto push = tidings::adapter::mount(server, "/push", hub, authorize);
/// server.listen("0.0.0.0", 8080);
/// ```
/// @param authorize  `(const RequestSnapshot&) -> Access`, or `(const RequestSnapshot&, Completion<Access>)` for a late
///                   answer. Called on the server's threads, several at a time.
template <class F>
requires(AuthorizesNow<F> || AuthorizesLater<F>) [[nodiscard]] Mount
    mount(httplib::Server& server, const std::string& path, const HubRef& hub, F authorize,
          EndpointOptions endpoint_options = {}, HttplibOptions options = {}) {
  auto endpoint = std::make_shared<Endpoint>(hub, make_authorize(std::move(authorize)), std::move(endpoint_options));
  auto serve = [endpoint](RequestSnapshot request, HttplibExchange& exchange) {
    const bool stream = endpoint->kind(request) == Endpoint::Kind::stream;
    const bool room = !(stream || endpoint->may_wait(request)) || exchange.pin();
    if (stream && room) {
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

#include <tidings/adapter/impl/httplib.hpp>

#endif  // TIDINGS_ADAPTER_HTTPLIB_HPP
