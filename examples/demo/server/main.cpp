// SPDX-License-Identifier: BSL-1.0
//
// The demo: a page on which a reviewer's bell rings, three transports race, and the ledger says who has what.
// Run it with examples/demo/run; the options are listed by --help.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include "api.hpp"
#include "files.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

using namespace std::chrono_literals;

namespace {

struct Options {
  std::uint16_t port = 8080;
  std::string address = "127.0.0.1";
  std::string root = TIDINGS_EXAMPLES_DIR;
};

[[noreturn]] void usage(int status) {
  std::puts(
      "demo [--port N] [--address A] [--root DIR]\n"
      "  --port N      where to listen, 8080; 0 = any free port\n"
      "  --address A   127.0.0.1; 0.0.0.0 to let other machines in\n"
      "  --root DIR    the folder examples of the checkout");
  std::exit(status);
}

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = words[i];
    if (name == "--help") usage(0);
    if (i + 1 == count) usage(2);
    const std::string value = words[++i];
    if (name == "--port") {
      options.port = static_cast<std::uint16_t>(std::stoi(value));
    } else if (name == "--address") {
      options.address = value;
    } else if (name == "--root") {
      options.root = value;
    } else {
      usage(2);
    }
  }
  return options;
}

// A real application looks at its session cookie or verifies a token here.
tidings::Access authorize(const tidings::RequestSnapshot& request) {
  constexpr std::string_view scheme = "Bearer demo-";
  const std::string_view credential = request.header("authorization").value_or("");
  if (!credential.starts_with(scheme)) return tidings::reject(401);
  return tidings::Identity{.user = std::string(credential.substr(scheme.size())), .topics = {"orders"}};
}

class Demo {
 public:
  explicit Demo(const Options& options)
      // A small queue, so that a visitor can watch a paused reader fall behind.
      : hub_({.max_queue_bytes = 16 * 1024, .sse_max_lifetime = 2min, .poll_interval = 4s}),
        listener_(hub_, {.address = options.address, .port = options.port}),
        push_(tidings::adapter::mount(listener_, "/push", hub_, authorize)),
        api_(std::make_shared<demo::Api>(hub_)) {
    api_mount_ =
        listener_.handle("/api", [this](tidings::RequestSnapshot request, tidings::adapter::Exchange exchange) {
          asio::co_spawn(context_, answer(std::move(request), std::move(exchange).answer()), asio::detached);
        });
    page_ = listener_.handle("/", [files = demo::Files(options.root)](tidings::RequestSnapshot request,
                                                                      tidings::adapter::Exchange exchange) {
      files.answer(request, std::move(exchange));
    });
    for (const char* const user : {"alice", "bob", "carol"}) hub_.add_member("orders", user);
  }

  std::uint16_t port() const { return listener_.port(); }

  /// Until Ctrl-C; then every session gets its goodbye, with a hint when to come back.
  void run() {
    asio::signal_set signals(context_, SIGINT, SIGTERM);
    signals.async_wait([this](std::error_code, int) {
      std::puts("\nsaying goodbye");
      hub_.async_shutdown(500ms, 3s, [this](std::error_code) { context_.stop(); });
    });
    context_.run();
  }

 private:
  asio::awaitable<void> answer(tidings::RequestSnapshot request, tidings::adapter::Exchange::Answer responder) {
    using demo::json;
    json result;
    int status = 200;
    try {
      const std::string path = request.target.substr(0, request.target.find('?'));
      json body = request.body.empty() ? json::object() : json::parse(request.body);
      result = co_await api_->answer(path, request.target, std::move(body));
      if (result.is_null()) status = 404;
    } catch (const std::exception& failure) {
      result = json{{"error", failure.what()}};
      status = 400;
    }
    responder.respond({status, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}},
                      tidings::share_bytes(result.dump()));
  }

  asio::io_context context_{1};
  tidings::Hub<> hub_;
  tidings::adapter::Listener listener_;
  tidings::Mount push_;
  std::shared_ptr<demo::Api> api_;
  tidings::Mount api_mount_;
  tidings::Mount page_;
};

}  // namespace

int main(int count, char** words) {
  try {
    const Options options = read_options(count, words);
    Demo demo(options);
    std::printf("tidings demo on http://localhost:%u/  (Ctrl-C ends it)\n", demo.port());
    std::fflush(stdout);
    demo.run();
    std::puts("ended");
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "demo: %s\n", failure.what());
    return 1;
  }
}
