// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_HTTP_WEBSOCKET_HUB_HPP
#define TIDINGS_TESTS_CONFORMANCE_HTTP_WEBSOCKET_HUB_HPP

#include <tidings/endpoint.hpp>
#include <tidings/hub.hpp>

#include "conformance/http/application.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace conformance {

/// Everybody reads `news`; what is sent up comes back. `Authorization: nobody` is refused.
class WebsocketHub final : public Sockets {
 public:
  /// The largest envelope that is taken from a client.
  static constexpr std::size_t max_upward_bytes = 256 * 1024;

  explicit WebsocketHub(std::chrono::milliseconds pong_wait) : hub_(options(pong_wait)) {}

  template <class Way>
  void upgrade(tidings::RequestSnapshot request, Way way) {
    endpoint_->upgrade(std::move(request), std::move(way));
  }
  void publish(std::string data) override { hub_.publish({.topic = "news", .data = std::move(data)}); }
  std::size_t open() override { return static_cast<std::size_t>(hub_.counters()->ws_sessions.value()); }

 private:
  static tidings::HubOptions options(std::chrono::milliseconds pong_wait) {
    tidings::HubOptions options;
    options.max_sessions_per_user = 1000;
    options.pong_wait = pong_wait;
    // Evidence would ask for pongs that the cases do not expect.
    options.pong_evidence = false;
    return options;
  }
  static tidings::EndpointOptions endpoint_options() {
    tidings::EndpointOptions options;
    options.max_upward_bytes = max_upward_bytes;
    options.upward_rate = 100'000;
    options.upward_burst = 100'000;
    options.on_message = [](const tidings::SessionInfo&, const tidings::UpwardMessage& message) {
      return tidings::reply(message.data);
    };
    return options;
  }
  static tidings::Access let_in(const tidings::RequestSnapshot& request) {
    if (request.header("authorization") == "nobody") return tidings::reject(403);
    return tidings::Identity{.topics = {"news"}};
  }

  tidings::Hub<> hub_;
  std::shared_ptr<tidings::Endpoint> endpoint_ =
      std::make_shared<tidings::Endpoint>(hub_, tidings::make_authorize(let_in), endpoint_options());
};

template <class Way>
void Application::upgrade(tidings::RequestSnapshot request, Way way) {
  std::unique_lock lock(mutex_);
  if (!sockets_) sockets_ = std::make_unique<WebsocketHub>(pong_wait_);
  WebsocketHub& hub = static_cast<WebsocketHub&>(*sockets_);
  lock.unlock();
  hub.upgrade(std::move(request), std::move(way));
}

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_HTTP_WEBSOCKET_HUB_HPP
