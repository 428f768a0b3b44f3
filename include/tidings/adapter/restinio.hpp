// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_RESTINIO_HPP
#define TIDINGS_ADAPTER_RESTINIO_HPP

#include <tidings/adapter/impl/restinio_response.hpp>
#include <tidings/adapter/impl/restinio_socket.hpp>
#include <tidings/adapter/restinio_options.hpp>
#include <tidings/adapter/restinio_traits.hpp>
#include <tidings/call_gate.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/hub/refused.hpp>
#include <tidings/mount.hpp>
#include <tidings/protocol/http/field_lines.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// A request of RESTinio. Models HttpRequest.
///
/// @tparam Request  `restinio::generic_request_t` of the server's traits; must outlive this.
template <class Request = restinio::request_t>
class RestinioRequest {
 public:
  explicit RestinioRequest(const Request& request)
      : request_(&request), peer_(request.remote_endpoint().address().to_string()) {}

  std::string_view method() const { return request_->header().method().c_str(); }
  const std::string& target() const { return request_->header().request_target(); }
  std::optional<std::string> header(std::string_view name) const {
    std::optional<std::string> all;
    const restinio::string_view_t key(name.data(), name.size());
    request_->header().for_each_value_of(key, [&all](const auto& value) {
      protocol::add_field_line(all, {value.data(), value.size()});
      return restinio::http_header_fields_t::continue_enumeration();
    });
    return all;
  }
  const std::string& peer() const { return peer_; }
  const std::string& body() const { return request_->body(); }
  /// RESTinio keeps it to itself. A client that neither keeps its connection nor says so is of 1.0.
  int http_version() const { return request_->header().should_keep_alive() || header("Connection") ? 11 : 10; }

 private:
  const Request* request_;
  std::string peer_;
};

/// One request at a RESTinio server, to be answered once: whole, as a stream, or as bytes both ways.
///
/// Thread    answer and stream any, also long after the handler returned. Destroyed unused it answers 503.
template <class Traits>
class RestinioExchange {
 public:
  class Answer;
  class Stream;
  class Bytes;

  RestinioExchange(RestinioExchange&&) noexcept = default;
  RestinioExchange& operator=(RestinioExchange&&) = delete;
  ~RestinioExchange() {
    if (response_) std::move(*this).answer();
  }

  /// The answer as a Responder.
  Answer answer() && { return Answer(std::move(response_)); }
  /// The answer as a StreamingResponse.
  Stream stream() && { return Stream(std::move(response_)); }
  /// Whether RESTinio takes this for an upgrade, so that `bytes` may be called.
  bool upgrades() const { return upgrades_; }
  /// The connection as a ByteStream; only while the handler runs.
  Bytes bytes() &&;

 private:
  template <class T>
  friend class RestinioHandler;
  RestinioExchange(std::shared_ptr<detail::RestinioResponse<Traits>> response, bool upgrades)
      : response_(std::move(response)), upgrades_(upgrades) {}

  std::shared_ptr<detail::RestinioResponse<Traits>> response_;
  bool upgrades_;
};

/// Models Responder.
template <class Traits>
class RestinioExchange<Traits>::Answer {
 public:
  static constexpr Capabilities capabilities{
      .late_answer = true, .gone_while_idle = true, .http10_stream = true, .finds_silent_peer = true};

  Answer(Answer&&) noexcept = default;
  Answer& operator=(Answer&& other) noexcept {
    refuse();
    response_ = std::move(other.response_);
    return *this;
  }
  ~Answer() { refuse(); }

  void respond(ResponseHead head, SharedBytes body) { response_->respond(std::move(head), std::move(body)); }
  void on_gone(UniqueFunction<void()> gone) { response_->on_gone(std::move(gone)); }

 private:
  friend class RestinioExchange;
  explicit Answer(std::shared_ptr<detail::RestinioResponse<Traits>> response) : response_(std::move(response)) {}
  void refuse() {
    if (response_) response_->respond({503, {{"Retry-After", "1"}}}, share_bytes({}));
  }

  std::shared_ptr<detail::RestinioResponse<Traits>> response_;
};

/// Models StreamingResponse.
template <class Traits>
class RestinioExchange<Traits>::Stream {
 public:
  static constexpr Capabilities capabilities{.late_answer = true,
                                             .gone_while_idle = true,
                                             .write_completion = true,
                                             .http10_stream = true,
                                             .finds_silent_peer = true};

  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&& other) noexcept {
    if (response_) response_->abort();
    response_ = std::move(other.response_);
    return *this;
  }
  ~Stream() {
    if (response_) response_->abort();
  }

  void start(ResponseHead head) { response_->start(std::move(head)); }
  void write(SharedBytes bytes, WriteDone done) { response_->write(std::move(bytes), std::move(done)); }
  void finish() { response_->finish(); }
  void abort() { response_->abort(); }
  void on_gone(UniqueFunction<void()> gone) { response_->on_gone(std::move(gone)); }

 private:
  friend class RestinioExchange;
  explicit Stream(std::shared_ptr<detail::RestinioResponse<Traits>> response) : response_(std::move(response)) {}

  std::shared_ptr<detail::RestinioResponse<Traits>> response_;
};

/// Models ByteStream. RESTinio keeps what it has read beyond the request: `prefetched` is always empty.
template <class Traits>
class RestinioExchange<Traits>::Bytes {
 public:
  static constexpr Capabilities capabilities{.late_answer = true,
                                             .gone_while_idle = true,
                                             .write_completion = true,
                                             .finds_silent_peer = true,
                                             .ws_ping = true,
                                             .ws_pong = true};

  Bytes(Bytes&&) noexcept = default;
  Bytes& operator=(Bytes&& other) noexcept {
    if (socket_) socket_->abort();
    socket_ = std::move(other.socket_);
    return *this;
  }
  ~Bytes() {
    if (socket_) socket_->abort();
  }

  void read_some(std::span<char> buffer, Completion<std::size_t> got) { socket_->read_some(buffer, std::move(got)); }
  void write(SharedBytes bytes, WriteDone done) { socket_->write(std::move(bytes), std::move(done)); }
  void shut() { socket_->shut(); }
  void abort() { socket_->abort(); }
  std::string prefetched() { return {}; }

 private:
  friend class RestinioExchange;
  explicit Bytes(std::shared_ptr<detail::RestinioSocket<Traits>> socket) : socket_(std::move(socket)) {}

  std::shared_ptr<detail::RestinioSocket<Traits>> socket_;
};

/// A path of a RESTinio server, as its `request_handler` or a part of it. Copies are the same path.
///
/// @tparam Traits  The server's: RestinioTraits.
/// Thread  any, several at a time on a thread pool.
template <class Traits = RestinioTraits<>>
class RestinioHandler {
 public:
  using Request = restinio::generic_request_handle_t<typename Traits::extra_data_factory_t::data_t>;
  /// Called for each request, on its connection's executor; must not block.
  using Function = std::function<void(RequestSnapshot, RestinioExchange<Traits>)>;

  /// @param path  Begins with a slash; what is below it is served too. `/` serves everything.
  RestinioHandler(std::string path, Function function, RestinioOptions options = {})
      : state_(std::make_shared<State>(std::move(path), std::move(function), options)) {}

  /// `request_not_handled()` for other paths, which RESTinio answers with 501; 404 once detached.
  ///
  /// Throws `std::logic_error` for a request of a server without our listener: see `preset`.
  restinio::request_handling_status_t operator()(const Request& request) const;

  /// Sets what RESTinio cannot push without: its timeouts, reading ahead, our listener, options of sockets. What the
  /// application sets of these afterwards replaces ours.
  ///
  /// ```cpp
  /// restinio::run(push.preset(restinio::on_thread_pool<Traits>(2)).port(8080).request_handler(push.handler()));
  /// ```
  template <class Settings>
  Settings preset(Settings settings) const;

  /// Lets no more calls into the function, and waits for those that are inside.
  void detach() const { state_->gate.close(); }

 private:
  struct State {
    State(std::string p, Function f, const RestinioOptions& o)
        : path(std::move(p)), function(std::move(f)), options(o) {}

    std::string path;
    Function function;
    RestinioOptions options;
    std::shared_ptr<RestinioListener> listener = std::make_shared<RestinioListener>();
    CallGate gate;
  };

  bool owns(std::string_view target) const;

  std::shared_ptr<State> state_;
};

/// An endpoint on a path of a RESTinio server. Keep it; the destructor detaches.
template <class Traits = RestinioTraits<>>
class [[nodiscard]] RestinioMount {
 public:
  RestinioMount(RestinioHandler<Traits> handler, Mount mount)
      : handler_(std::move(handler)), mount_(std::move(mount)) {}

  /// For the server: a copy, which may outlive this.
  const RestinioHandler<Traits>& handler() const { return handler_; }
  template <class Settings>
  Settings preset(Settings settings) const {
    return handler_.preset(std::move(settings));
  }
  void detach() { mount_.detach(); }

 private:
  RestinioHandler<Traits> handler_;
  Mount mount_;
};

/// Serves an endpoint on a path of a RESTinio server: polls, event streams, WebSockets.
///
/// ```cpp
/// using Traits = tidings::adapter::RestinioTraits<>;
/// auto push = tidings::adapter::mount_restinio<Traits>("/push", hub, authorize);
/// restinio::run(push.preset(restinio::on_thread_pool<Traits>(2)).port(8080).request_handler(push.handler()));
/// ```
/// @param authorize  `(const RequestSnapshot&) -> Access`, or `(const RequestSnapshot&, Completion<Access>)` for a late
///                   answer. Called on the server's threads; must not block.
template <class Traits = RestinioTraits<>, class F>
requires(AuthorizesNow<F> || AuthorizesLater<F>)
    [[nodiscard]] RestinioMount<Traits> mount_restinio(std::string path, const HubRef& hub, F authorize,
                                                       EndpointOptions endpoint_options = {},
                                                       RestinioOptions options = {}) {
  auto endpoint = std::make_shared<Endpoint>(hub, make_authorize(std::move(authorize)), std::move(endpoint_options));
  auto serve = [endpoint](RequestSnapshot request, RestinioExchange<Traits> exchange) {
    const Endpoint::Kind kind = endpoint->kind(request);
    if (kind == Endpoint::Kind::upgrade && exchange.upgrades()) {
      endpoint->upgrade(std::move(request), std::move(exchange).bytes());
    } else if (kind == Endpoint::Kind::stream) {
      endpoint->stream(std::move(request), std::move(exchange).stream());
    } else {
      endpoint->answer(std::move(request), std::move(exchange).answer());
    }
  };
  RestinioHandler<Traits> handler(std::move(path), std::move(serve), options);
  Mount route([handler] { handler.detach(); });
  return {handler, mount_of(std::move(route), std::move(endpoint))};
}

}  // namespace adapter

TIDINGS_NAMESPACE_END

#include <tidings/adapter/impl/restinio.hpp>

#endif  // TIDINGS_ADAPTER_RESTINIO_HPP
