// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CLIENTS_SCRIPTED_SERVER_HPP
#define TIDINGS_TESTS_CLIENTS_SCRIPTED_SERVER_HPP

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/ws_accept.hpp>

#include "support/waiting.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fixture {

/// A WebSocket server that says what a test wants, in `tidings.v1` or not.
class ScriptedServer {
 public:
  /// What happens when the nth connection, from 0 on, is open.
  using Script = std::function<void(tidings::WsSession&, std::size_t nth)>;
  struct Came {
    tidings::PayloadKind kind;
    std::string data;
  };

  static constexpr std::string_view hello = R"({"hello":{"session":"02ab","at":{},"heartbeat_ms":45000}})";

  explicit ScriptedServer(Script script, tidings::WsOptions ws = {}, std::string subprotocol = "tidings.v1")
      : script_(std::move(script)),
        ws_(ws),
        subprotocol_(std::move(subprotocol)),
        listener_(hub_),
        mount_(listener_.handle("/push", [this](tidings::RequestSnapshot request, tidings::adapter::Exchange exchange) {
          requests.put(request);
          if (status != 0) return refuse(std::move(exchange));
          tidings::WsAcceptOptions accept;
          if (!subprotocol_.empty()) accept.subprotocols = {subprotocol_};
          accept.headers = headers;
          tidings::accept_ws(hub_.loop(), std::move(request), std::move(exchange).stream(),
                             std::make_unique<Handler>(*this), ws_, std::move(accept));
        })) {}

  std::string url(std::string_view scheme = "ws") const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(listener_.port()) + "/push";
  }
  std::uint16_t port() const { return listener_.port(); }

  support::Mailbox<tidings::RequestSnapshot> requests;
  support::Mailbox<Came> came;
  support::Mailbox<tidings::CloseInfo> closed;
  /// Before a client comes: of the answer to its handshake.
  std::vector<tidings::Header> headers;
  /// Before a client comes: it is refused with this status and these headers.
  int status = 0;

 private:
  class Handler final : public tidings::WsHandler {
   public:
    explicit Handler(ScriptedServer& server) : server_(server) {}
    void on_open(tidings::WsSession& session) override { server_.script_(session, server_.count_++); }
    void on_message(tidings::WsSession&, tidings::PayloadKind kind, std::string_view data) override {
      server_.came.put({kind, std::string(data)});
    }
    void on_closed(tidings::WsSession&, const tidings::CloseInfo& info) override { server_.closed.put(info); }

   private:
    ScriptedServer& server_;
  };

  void refuse(tidings::adapter::Exchange exchange) {
    tidings::ResponseHead head{status, headers};
    std::move(exchange).answer().respond(std::move(head), tidings::share_bytes("no"));
  }

  Script script_;
  tidings::WsOptions ws_;
  std::string subprotocol_;
  std::size_t count_ = 0;  // on the hub's only loop
  tidings::Hub<> hub_{tidings::HubOptions{.close_timeout = std::chrono::milliseconds(500)}};
  tidings::adapter::Listener listener_;
  tidings::Mount mount_;
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_CLIENTS_SCRIPTED_SERVER_HPP
