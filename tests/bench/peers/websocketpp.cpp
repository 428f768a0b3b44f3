// SPDX-License-Identifier: BSL-1.0

// websocketpp 0.8.2, as its users write it: /room sends to all, every other path sends back. Writes its port to the
// standard output. It is C++17 at most: C++20 refuses its destructors of templates.

#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/logger/stub.hpp>
#include <websocketpp/server.hpp>

#include <cstdio>
#include <functional>
#include <set>

namespace {

// One thread needs no locks, and nobody reads a log.
struct Config : websocketpp::config::asio {
  using concurrency_type = websocketpp::concurrency::none;
  using alog_type = websocketpp::log::stub;
  using elog_type = websocketpp::log::stub;
  struct transport_config : websocketpp::config::asio::transport_config {
    using concurrency_type = Config::concurrency_type;
    using alog_type = Config::alog_type;
    using elog_type = Config::elog_type;
    static const bool enable_multithreading = false;
  };
  using transport_type = websocketpp::transport::asio::endpoint<transport_config>;
};

using Server = websocketpp::server<Config>;
using Handle = websocketpp::connection_hdl;

}  // namespace

int main() {
  Server server;
  std::set<Handle, std::owner_less<Handle>> room;
  server.init_asio();
  server.set_reuse_addr(true);
  server.set_listen_backlog(4096);
  server.set_tcp_post_init_handler([&](Handle handle) {
    websocketpp::lib::asio::error_code ec;
    server.get_con_from_hdl(handle)->get_raw_socket().set_option(websocketpp::lib::asio::ip::tcp::no_delay(true), ec);
  });
  server.set_open_handler([&](Handle handle) {
    if (server.get_con_from_hdl(handle)->get_resource() == "/room") room.insert(handle);
  });
  server.set_close_handler([&](Handle handle) { room.erase(handle); });
  server.set_message_handler([&](Handle from, Server::message_ptr message) {
    websocketpp::lib::error_code ec;
    if (room.count(from) == 0) return server.send(from, message->get_payload(), message->get_opcode(), ec);
    for (const Handle& each : room) server.send(each, message->get_payload(), message->get_opcode(), ec);
  });
  server.listen(websocketpp::lib::asio::ip::tcp::endpoint(websocketpp::lib::asio::ip::address_v4::loopback(), 0));
  server.start_accept();
  websocketpp::lib::asio::error_code ec;
  std::printf("%u\n", static_cast<unsigned>(server.get_local_endpoint(ec).port()));
  std::fflush(stdout);
  server.run();
}
