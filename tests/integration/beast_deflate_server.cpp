// SPDX-License-Identifier: BSL-1.0
//
// permessage-deflate at Beast for the tests with real peers: raw sessions that send back what comes on /deflate, by the
// options of its query, and an endpoint on /push. Prints its URL, be it of TLS; ends by SIGINT or SIGTERM.
//
//   beast_deflate_server [tls]

#include <tidings/adapter/beast.hpp>
#include <tidings/hub.hpp>
#include <tidings/ws_accept.hpp>

#include "support/beast_server.hpp"
#include "support/beast_tls.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "integration/deflate_query.hpp"

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

namespace {

using namespace tidings;

constexpr std::size_t largest_message = 16 * 1024 * 1024;

class Echo final : public WsHandler {
  void on_message(WsSession& session, PayloadKind kind, std::string_view data) override { session.send(kind, data); }
};

template <class Layer>
void run() {
  Hub<> hub;
  adapter::BeastRoutes routes;
  EndpointOptions options;
  options.compression = make_deflate();
  const Mount push = adapter::mount(
      routes, "/push", hub, [](const RequestSnapshot&) -> Access { return Identity{.user = "anybody"}; }, options);
  const auto echo = [loop = hub.loop()](RequestSnapshot request, auto exchange) {
    WsOptions own;
    own.max_message_bytes = largest_message;
    own.max_queue_bytes = 2 * largest_message;
    WsAcceptOptions accept;
    accept.compression = deflate_of(request);
    accept_ws(loop, std::move(request), std::move(exchange).bytes(), std::make_unique<Echo>(), own, accept);
  };
  const support::BeastServer<Layer> server([routes, echo](auto stream, auto buffer, auto asked, auto next) {
    if (routes.serves(asked)) {
      routes.serve(std::move(stream), std::move(buffer), std::move(asked), std::move(next));
    } else {
      adapter::serve(echo, std::move(stream), std::move(buffer), std::move(asked), std::move(next));
    }
  });
  boost::asio::io_context context{1};
  boost::asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&context](boost::system::error_code, int) { context.stop(); });
  std::printf("http://127.0.0.1:%d/\n", server.port());
  std::fflush(stdout);
  context.run();
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count > 1 && std::string_view(words[1]) == "tls") {
      run<support::TlsBeast<>>();
    } else {
      run<support::PlainBeast>();
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "beast_deflate_server: %s\n", failure.what());
    return 1;
  }
}
