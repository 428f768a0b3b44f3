// SPDX-License-Identifier: BSL-1.0
//
// tidings_wechat_simulator --config FILE|- [--port N] [--admin-port N] [--tls CERT KEY] [--stay]: WeChat's API on
// loopback. With `-` the configuration is the first line of the standard input. Prints `api PORT admin PORT`, and ends
// with its standard input, unless it is to stay, or by SIGTERM.

#include <tidings/net/config.hpp>

#include "support/wechat_simulator/door.hpp"
#include "support/wechat_simulator/shell.hpp"
#include "support/wechat_simulator/simulator.hpp"

#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(signal_set.hpp)
#include TIDINGS_ASIO_HEADER(ssl.hpp)

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace net = tidings::net;
using namespace wechat_simulator;

namespace {

struct Options {
  std::string config{};
  std::uint16_t port = 0;
  std::uint16_t admin_port = 0;
  std::string certificate{};
  std::string key{};
  bool stays = false;
};

Options parse(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& name = words[i];
    const auto next = [&] {
      if (++i >= words.size()) throw std::invalid_argument(name + " needs a value");
      return words[i];
    };
    if (name == "--config") {
      options.config = next();
    } else if (name == "--port") {
      options.port = static_cast<std::uint16_t>(std::stoul(next()));
    } else if (name == "--admin-port") {
      options.admin_port = static_cast<std::uint16_t>(std::stoul(next()));
    } else if (name == "--tls") {
      options.certificate = next();
      options.key = next();
    } else if (name == "--stay") {
      options.stays = true;
    } else {
      throw std::invalid_argument("what is " + name + "?");
    }
  }
  if (options.config.empty()) throw std::invalid_argument("--config FILE|- is missing");
  return options;
}

// Not through a buffer: what follows is waited for.
std::string read_line(int descriptor) {
  std::string line;
  for (char c = 0; ::read(descriptor, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

Json read_config(const std::string& name) {
  if (name == "-") return Json::parse(read_line(STDIN_FILENO));
  std::ifstream file(name);
  if (!file) throw std::invalid_argument("cannot read " + name);
  return Json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

void wait_for_end_of_input() {
  std::array<char, 256> ignored{};
  while (::read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
}

void serve(const Options& options) {
  Simulator simulator(read_config(options.config));
  net::io_context context(1);
  std::optional<net::ssl::context> tls;
  if (!options.certificate.empty()) {
    tls.emplace(net::ssl::context::tls_server);
    tls->use_certificate_chain_file(options.certificate);
    tls->use_private_key_file(options.key, net::ssl::context::pem);
  }
  Shell shell(context, simulator);
  Door api(context, shell, Side::api, options.port, tls ? &*tls : nullptr);
  Door admin(context, shell, Side::admin, options.admin_port);
  shell.on_door = [&api](bool open) { api.set_open(open); };
  net::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&context](auto, int) { context.stop(); });
  if (!options.stays) {
    std::thread([&context] {
      wait_for_end_of_input();
      context.stop();
    }).detach();
  }
  std::cout << "api " << api.port() << " admin " << admin.port() << std::endl;
  context.run();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    serve(parse({argv + 1, argv + argc}));
    std::cout.flush();
    // The thread that waits for the input's end would look at what is gone.
    ::_exit(0);
  } catch (const std::exception& error) {
    std::cerr << "tidings_wechat_simulator: " << error.what() << "\n";
    return 1;
  }
}
