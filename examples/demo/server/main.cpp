// SPDX-License-Identifier: BSL-1.0
//
// The demo: a page on which a reviewer's bell rings, four transports race, customers chat, and the ledger says who has
// what. Its files, its questions and the endpoint are all served by the HTTP server that --server names.
// Run it with examples/demo/run; the options are listed by --help.

#include <tidings/hub.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include "api.hpp"
#include "chat.hpp"
#include "files.hpp"
#include "people.hpp"
#include "server.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

using namespace std::chrono_literals;

namespace {

struct Options {
  std::uint16_t port = 8080;
  std::string address = "127.0.0.1";
  std::string server = "listener";
  std::chrono::seconds poll{4};
  std::string root = TIDINGS_EXAMPLES_DIR;
};

[[noreturn]] void usage(int status) {
  std::puts(
      "demo [--server NAME] [--port N] [--address A] [--root DIR]\n"
      "  --server NAME listener, beast, civetweb, restinio or httplib, as far as this build has them\n"
      "  --port N      where to listen, 8080; 0 = any free port\n"
      "  --address A   127.0.0.1; 0.0.0.0 to let other machines in\n"
      "  --poll N      seconds between two short polls, 4\n"
      "  --root DIR    the folder examples of the checkout\n"
      "  --servers     prints the names that this build has, and ends");
  std::exit(status);
}

[[noreturn]] void list_servers() {
  for (const demo::Kind& kind : demo::kinds) {
    if (kind.make) std::puts(kind.name);
  }
  std::exit(0);
}

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = words[i];
    if (name == "--help") usage(0);
    if (name == "--servers") list_servers();
    if (i + 1 == count) usage(2);
    const std::string value = words[++i];
    if (name == "--port") {
      options.port = static_cast<std::uint16_t>(std::stoi(value));
    } else if (name == "--address") {
      options.address = value;
    } else if (name == "--server") {
      options.server = value;
    } else if (name == "--poll") {
      options.poll = std::chrono::seconds(std::stoi(value));
    } else if (name == "--root") {
      options.root = value;
    } else {
      usage(2);
    }
  }
  return options;
}

std::unique_ptr<demo::Server> make_server(const tidings::HubRef& hub, const Options& options) {
  for (const demo::Kind& kind : demo::kinds) {
    if (options.server != kind.name) continue;
    if (kind.make) return kind.make(hub, {options.address, options.port});
    throw std::runtime_error("this build is without " + options.server +
                             ", which was not found when it was configured");
  }
  throw std::runtime_error("there is no server " + options.server + "; see --help");
}

class Demo {
 public:
  explicit Demo(const Options& options)
      // A small queue, so that a visitor can watch a paused reader fall behind; pings soon, so that round trips show.
      : hub_({.max_queue_bytes = 16 * 1024, .sse_max_lifetime = 2min, .pong_wait = 5s, .poll_interval = options.poll}),
        server_(make_server(hub_, options)),
        api_(hub_, people_,
             {{"name", options.server}, {"note", server_->note()}, {"websocket", server_->has_websocket()}}) {
    server_->push("/push", [this](const tidings::RequestSnapshot& request) { return people_.authorize(request); },
                  {.on_message = demo::Chat(hub_)});
    server_->serve("/api", [this](tidings::RequestSnapshot request, demo::Answer respond) {
      asio::co_spawn(context_, answer(std::move(request), std::move(respond)), asio::detached);
    });
    server_->serve("/",
                   [files = demo::Files(options.root)](const tidings::RequestSnapshot& request, demo::Answer respond) {
                     files.answer(request, std::move(respond));
                   });
    for (const char* const user : {"alice", "bob", "carol"}) hub_.add_member("orders", user);
    server_->start();
  }

  const demo::Server& server() const { return *server_; }

  /// Until Ctrl-C; then every session gets its goodbye, with a hint when to come back.
  void run() {
    const auto until_stopped = asio::make_work_guard(context_);
    asio::signal_set signals(context_, SIGINT, SIGTERM);
    signals.async_wait([this](std::error_code, int) {
      std::puts("\nsaying goodbye");
      hub_.async_shutdown(500ms, 3s, [this](std::error_code) {
        // Servers that write by themselves may still have the last words of streams to write.
        asio::post(context_, [this] {
          last_.expires_after(100ms);
          last_.async_wait([this](std::error_code) { context_.stop(); });
        });
      });
    });
    context_.run();
  }

 private:
  asio::awaitable<void> answer(tidings::RequestSnapshot request, demo::Answer respond) {
    using demo::json;
    json result;
    int status = 200;
    try {
      const std::string path = request.target.substr(0, request.target.find('?'));
      json body = request.body.empty() ? json::object() : json::parse(request.body);
      result = co_await api_.answer(path, request.target, std::move(body));
      if (result.is_null()) status = 404;
    } catch (const std::exception& failure) {
      result = json{{"error", failure.what()}};
      status = 400;
    }
    respond({status, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}}, result.dump());
  }

  asio::io_context context_{1};
  asio::steady_timer last_{context_};
  demo::People people_;
  tidings::Hub<> hub_;
  std::unique_ptr<demo::Server> server_;
  demo::Api api_;
};

}  // namespace

int main(int count, char** words) {
  try {
    const Options options = read_options(count, words);
    Demo demo(options);
    std::printf("tidings demo on http://localhost:%u/  (Ctrl-C ends it)\nserved by %s\n", demo.server().port(),
                demo.server().note().c_str());
    std::fflush(stdout);
    demo.run();
    std::puts("ended");
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "demo: %s\n", failure.what());
    return 1;
  }
}
