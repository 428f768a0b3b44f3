// SPDX-License-Identifier: BSL-1.0
//
// An application as users write it, for the tests with real clients: one endpoint on /push, a bare page on /, and below
// /control what a test wants to happen. Prints its URL; ends by SIGINT, SIGTERM or /control/stop.
//
//   push_server [--adapter listener|httplib] [--port N]
//
// Who a client is: `?user=NAME` or `Authorization: Bearer NAME`. The session of user `brief` ends after two seconds; the
// callbacks of user `throwing` throw, `authorize` itself with `?throw`.

#include <tidings/adapter/httplib.hpp>
#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>

#include "control.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

using namespace std::chrono_literals;

namespace {

constexpr std::string_view page = "<!doctype html><title>push</title><link rel=icon href=data:,>\n";

tidings::Access authorize(const tidings::RequestSnapshot& request) {
  std::string user = tidings::protocol::query_value(request.target, "user").value_or("");
  const std::string_view credential = request.header("authorization").value_or("");
  if (credential.starts_with("Bearer ")) user = credential.substr(7);
  if (user.empty()) return tidings::reject(401);
  const bool throwing = user == "throwing";
  if (throwing && tidings::protocol::query_has(request.target, "throw")) throw std::runtime_error("authorize");
  tidings::Identity identity{.user = user, .topics = {"orders"}};
  identity.may_subscribe = [throwing](std::string_view topic) {
    if (throwing) throw std::runtime_error("may_subscribe");
    return topic.starts_with("public");
  };
  if (user == "brief") {
    const auto end = std::chrono::system_clock::now() + 2s;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(end.time_since_epoch());
    identity.valid_until = tidings::wall_time{since.count()};
  }
  return identity;
}

tidings::HubOptions hub_options() {
  const auto throw_up = [](const tidings::SessionInfo& session) {
    if (session.user == "throwing") throw std::runtime_error("a callback about a session");
  };
  tidings::HubOptions options;
  // Clients come back soon: the tests wait for them.
  options.sse_retry = 200ms;
  options.busy_retry = 200ms;
  options.on_session_opened = throw_up;
  options.on_session_closed = [throw_up](const tidings::SessionInfo& session, std::error_code) { throw_up(session); };
  return options;
}

tidings::EndpointOptions endpoint_options() {
  tidings::EndpointOptions options;
  options.origins.allowed_origins = {"https://app.example"};
  return options;
}

struct Options {
  bool httplib = false;
  std::uint16_t port = 0;
};

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = words[i];
    const std::string value = words[i + 1];
    if (name == "--adapter" && (value == "listener" || value == "httplib")) {
      options.httplib = value == "httplib";
    } else if (name == "--port") {
      options.port = static_cast<std::uint16_t>(std::stoi(value));
    } else {
      throw std::invalid_argument("push_server [--adapter listener|httplib] [--port N]");
    }
  }
  return options;
}

/// What both servers share; `run` returns when the application is to end.
class Application {
 public:
  Application() : signals_(context_, SIGINT, SIGTERM) {
    signals_.async_wait([this](std::error_code, int) { context_.stop(); });
  }
  void run(int port) {
    std::printf("http://127.0.0.1:%d/\n", port);
    std::fflush(stdout);
    context_.run();
  }

 private:
  asio::io_context context_{1};
  asio::signal_set signals_;

 public:
  tidings::Hub<> hub{hub_options()};
  integration::Control control{hub, [this] { asio::post(context_, [this] { context_.stop(); }); }};
};

void serve_with_listener(Application& application, std::uint16_t port) {
  using tidings::RequestSnapshot;
  using tidings::adapter::Exchange;
  tidings::adapter::Listener listener{application.hub, {.port = port}};
  const auto push = tidings::adapter::mount(listener, "/push", application.hub, authorize, endpoint_options());
  const auto control = listener.handle("/control", [&application](RequestSnapshot request, Exchange exchange) {
    auto answer = std::move(exchange).answer();
    application.control.post(request.target, [answer = std::move(answer)](integration::Reply reply) mutable {
      answer.respond({reply.status, {{"Content-Type", "text/plain"}}}, tidings::share_bytes(std::move(reply.text)));
    });
  });
  const auto root = listener.handle("/", [](RequestSnapshot, Exchange exchange) {
    std::move(exchange).answer().respond({200, {{"Content-Type", "text/html"}}},
                                         tidings::share_bytes(std::string(page)));
  });
  application.run(listener.port());
}

void serve_with_httplib(Application& application, std::uint16_t port) {
  httplib::Server server;
  const auto push = tidings::adapter::mount(server, "/push", application.hub, authorize, endpoint_options());
  server.Post("/control/.*", [&application](const httplib::Request& request, httplib::Response& response) {
    std::promise<integration::Reply> replied;
    application.control.post(request.target,
                             [&replied](integration::Reply reply) { replied.set_value(std::move(reply)); });
    const integration::Reply reply = replied.get_future().get();
    response.status = reply.status;
    response.set_content(reply.text, "text/plain");
  });
  server.Get("/", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(page), "text/html");
  });
  // When it stops, it waits this long for connections that lie idle.
  server.set_keep_alive_timeout(1);
  const int bound = port == 0                                ? server.bind_to_any_port("127.0.0.1")
                    : server.bind_to_port("127.0.0.1", port) ? port
                                                             : -1;
  if (bound < 0) throw std::runtime_error("the port is in use");
  std::thread listening([&server] { server.listen_after_bind(); });
  application.run(bound);
  server.stop();
  listening.join();
}

}  // namespace

int main(int count, char** words) {
  try {
    const Options options = read_options(count, words);
    Application application;
    if (options.httplib) {
      serve_with_httplib(application, options.port);
    } else {
      serve_with_listener(application, options.port);
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "push_server: %s\n", failure.what());
    return 1;
  }
}
