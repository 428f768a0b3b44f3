// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_SERVER_SITE_HPP
#define TIDINGS_TESTS_BENCH_SERVER_SITE_HPP

#include <tidings/endpoint.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/config.hpp>
#include <tidings/poller.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/ws_accept.hpp>
#include <tidings/ws_compression.hpp>

#ifdef TIDINGS_BENCH_DEFLATE
#include <tidings/deflate.hpp>
#endif

#include TIDINGS_ASIO_HEADER(io_context.hpp)

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace bench {

/// Sends back what comes; reads no more while its peer does not.
class EchoHandler final : public tidings::WsHandler {
 public:
  void on_message(tidings::WsSession& session, tidings::PayloadKind kind, std::string_view data) override {
    session.send(kind, data);
    if (session.buffered_bytes() > most) session.pause_reading();
  }
  void on_drained(tidings::WsSession& session) override { session.resume_reading(); }

 private:
  static constexpr std::size_t most = 1024 * 1024;
};

/// What one client of the room says is published to all of it.
class RoomHandler final : public tidings::WsHandler {
 public:
  explicit RoomHandler(tidings::HubRef hub) : hub_(std::move(hub)) {}

  void on_message(tidings::WsSession&, tidings::PayloadKind, std::string_view data) override {
    hub_.publish({.topic = "room", .data = std::string(data)});
  }

 private:
  tidings::HubRef hub_;
};

/// The benchmark's URLs, for any server whose exchanges are those of an adapter:
/// `/echo` WebSocket echo, `/bare` the same without the hub's endpoint; `/room` and `/hub` WebSocket, `/sse` event stream
/// and `/lp` long poll of what is published, by the clients of the room or `POST /pub`; `/poll` a short poll with an
/// answer, `/fixed` an answer as long as that from memory. `/echo-deflate` and `/room-deflate` compress where the client
/// offers it, if this was built with the component deflate.
class Site {
 public:
  /// One loop is the application's context; more have threads of their own.
  Site(tidings::net::io_context& context, std::size_t loops)
      : hub_(loops == 1 ? std::make_unique<Hub>(context, options(1)) : std::make_unique<Hub>(options(loops))),
        poller_(loops == 1 ? std::make_unique<Poller>(context) : std::make_unique<Poller>()),
        echo_(endpoint(echo_options())),
        deflating_echo_(endpoint(compressed(echo_options()))),
        room_(endpoint(room_options(*hub_))),
        deflating_room_(endpoint(compressed(room_options(*hub_)))),
        stream_(endpoint({})) {
    // The second of two messages is what a poll gets that has the first.
    poller_->async_publish({.topic = "poll", .data = "first"}, [this](std::error_code ec, tidings::Published first) {
      if (ec) throw std::system_error(ec, "publish");
      poll_target_ =
          "/poll?after=1" + tidings::protocol::to_token(tidings::protocol::topic_tag("poll"), first.position);
    });
    poller_->publish({.topic = "poll", .data = "a message of some length"});
  }

  const tidings::HubRef& hub() const { return *hub_; }

  template <class Exchange>
  void serve(tidings::RequestSnapshot request, Exchange exchange) {
    const std::string_view path = tidings::protocol::target_path(request.target);
    if (path == "/echo") return upgrade(*echo_, std::move(request), std::move(exchange));
    if (path == "/room") return upgrade(*room_, std::move(request), std::move(exchange));
    if (compression() && path == "/echo-deflate") {
      return upgrade(*deflating_echo_, std::move(request), std::move(exchange));
    }
    if (compression() && path == "/room-deflate") {
      return upgrade(*deflating_room_, std::move(request), std::move(exchange));
    }
    if (path == "/hub") return upgrade(*stream_, std::move(request), std::move(exchange));
    if (path == "/bare") {
      tidings::accept_ws(hub_->loop(), std::move(request), way_of(std::move(exchange)), std::make_unique<EchoHandler>(),
                         ws_options());
    } else if (path == "/sse") {
      const std::size_t home = home_of(exchange);
      stream_->stream(std::move(request), std::move(exchange).stream(), home);
    } else if (path == "/lp") {
      const std::size_t home = home_of(exchange);
      if (request.target == "/lp") request.target = "/lp?wait=25";
      stream_->answer(std::move(request), std::move(exchange).answer(), home);
    } else if (path == "/poll") {
      if (request.target == "/poll") request.target = poll_target_;
      poller_->answer(request, {.topics = {"poll"}}, std::move(exchange).answer());
    } else if (path == "/fixed") {
      std::move(exchange).answer().respond(fixed_head(), fixed_);
    } else if (path == "/pub" && request.method == "POST") {
      hub_->publish({.topic = "room", .data = std::move(request.body)});
      std::move(exchange).answer().respond({204, {}}, tidings::share_bytes({}));
    } else {
      std::move(exchange).answer().respond({404, {{"Content-Type", "text/plain"}}}, tidings::share_bytes("no\n"));
    }
  }

 private:
  using Hub = tidings::Hub<>;
  using Poller = tidings::Poller<>;

  static constexpr std::size_t largest_message = 16 * 1024 * 1024;

  static tidings::HubOptions options(std::size_t loops) {
    tidings::HubOptions options;
    options.loops = loops;
    options.max_sessions = std::numeric_limits<std::size_t>::max();
    options.max_payload_bytes = largest_message;
    options.max_pending_message_bytes = 64 * largest_message;
    return options;
  }
  static tidings::WsOptions ws_options() {
    tidings::WsOptions options;
    options.max_message_bytes = largest_message;
    options.max_frames = std::numeric_limits<std::size_t>::max();
    options.max_queue_bytes = 4 * largest_message;
    return options;
  }
  static std::shared_ptr<const tidings::WsCompression> compression() {
#ifdef TIDINGS_BENCH_DEFLATE
    static const auto deflate = tidings::make_deflate();
    return deflate;
#else
    return nullptr;
#endif
  }
  static tidings::EndpointOptions compressed(tidings::EndpointOptions options) {
    options.compression = compression();
    return options;
  }
  static tidings::EndpointOptions echo_options() {
    tidings::EndpointOptions options;
    options.ws = ws_options();
    options.on_raw_session = [](const tidings::WsSession&, const tidings::Identity&,
                                const tidings::RequestSnapshot&) -> std::unique_ptr<tidings::WsHandler> {
      return std::make_unique<EchoHandler>();
    };
    return options;
  }
  static tidings::EndpointOptions room_options(const tidings::HubRef& hub) {
    tidings::EndpointOptions options;
    options.ws = ws_options();
    options.raw_topics = true;
    options.on_raw_session = [hub](const tidings::WsSession&, const tidings::Identity&,
                                   const tidings::RequestSnapshot&) -> std::unique_ptr<tidings::WsHandler> {
      return std::make_unique<RoomHandler>(hub);
    };
    return options;
  }
  static tidings::Access authorize(const tidings::RequestSnapshot& request) {
    tidings::Identity identity{.topics = {"room"}};
    if (const auto user = tidings::protocol::query_value(request.target, "user")) {
      identity.user = *user;
      identity.topics = {"room", "news"};
    }
    return identity;
  }
  static tidings::ResponseHead fixed_head() {
    return {200,
            {{"ETag", "\"" + std::string(25, 'A') + "\""},
             {"Cache-Control", "private, no-cache"},
             {"Vary", "Authorization, Cookie"},
             {"Tidings-Poll-After", "20000"},
             {"Content-Type", "application/json"}}};
  }
  std::shared_ptr<tidings::Endpoint> endpoint(tidings::EndpointOptions options) const {
    return std::make_shared<tidings::Endpoint>(*hub_, tidings::make_authorize(authorize), std::move(options));
  }
  // The loop that carries the connection, where the server runs on the hub's own.
  template <class Exchange>
  static std::size_t home_of(const Exchange& exchange) {
    if constexpr (requires { exchange.loop(); }) {
      return exchange.loop();
    } else {
      return tidings::Endpoint::any_loop;
    }
  }
  template <class Exchange>
  static void upgrade(tidings::Endpoint& endpoint, tidings::RequestSnapshot request, Exchange exchange) {
    const std::size_t home = home_of(exchange);
    endpoint.upgrade(std::move(request), way_of(std::move(exchange)), home);
  }
  // How a WebSocket takes the connection: its bytes, where the socket stays with its server.
  template <class Exchange>
  static auto way_of(Exchange exchange) {
    if constexpr (requires { requires !Exchange::hands_over; }) {
      return std::move(exchange).bytes();
    } else {
      return std::move(exchange).stream();
    }
  }

  std::unique_ptr<Hub> hub_;
  std::unique_ptr<Poller> poller_;
  std::shared_ptr<tidings::Endpoint> echo_;
  std::shared_ptr<tidings::Endpoint> deflating_echo_;
  std::shared_ptr<tidings::Endpoint> room_;
  std::shared_ptr<tidings::Endpoint> deflating_room_;
  std::shared_ptr<tidings::Endpoint> stream_;
  std::string poll_target_;
  tidings::SharedBytes fixed_ = tidings::share_bytes(
      "{\"cursor\":\"" + std::string(25, 'A') + "\",\"messages\":[{\"at\":\"" + std::string(24, 'A') +
      "\",\"topic\":\"poll\",\"data\":\"a message of some length\"}],\"poll_after_ms\":20000}");
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_SERVER_SITE_HPP
