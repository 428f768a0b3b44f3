// SPDX-License-Identifier: BSL-1.0
//
// A server made with Boost.Beast: a connection is given away with its poll and comes back with the next request.
//
// > poll: nothing
// > poll: A-17
// > page: thank you

#include <tidings/adapter/beast.hpp>
#include <tidings/hub.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>
#include <thread>

namespace beast = boost::beast;
namespace http = boost::beast::http;

struct Session : std::enable_shared_from_this<Session> {
  Session(tidings::HubRef h, tidings::adapter::BeastRoutes r, beast::tcp_stream s, beast::flat_buffer b = {})
      : hub(std::move(h)), routes(std::move(r)), stream(std::move(s)), buffer(std::move(b)) {}

  void read() {
    request = {};
    http::async_read(stream, buffer, request, [self = shared_from_this()](beast::error_code ec, std::size_t) {
      if (!ec) self->answer();
    });
  }
  void answer() {
    if (!routes.serves(request)) return answer_page();
    auto next = [hub = hub, routes = routes](beast::tcp_stream s, beast::flat_buffer b) {
      std::make_shared<Session>(hub, routes, std::move(s), std::move(b))->read();
    };
    routes.serve(std::move(stream), std::move(buffer), std::move(request), next);
  }
  // The application's own: every page publishes what was posted to it.
  void answer_page() {
    hub.publish({.topic = "orders", .data = request.body()});
    response = {http::status::ok, 11, "thank you"};
    response.prepare_payload();
    http::async_write(stream, response, [self = shared_from_this()](beast::error_code ec, std::size_t) {
      if (!ec) self->read();
    });
  }

  tidings::HubRef hub;
  tidings::adapter::BeastRoutes routes;
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  http::request<http::string_body> request;
  http::response<http::string_body> response;
};

// The other end: asks on one connection and waits for the answer.
std::string ask(beast::tcp_stream& stream, http::verb method, const std::string& target, const std::string& body = {}) {
  http::request<http::string_body> request{method, target, 11, body};
  request.set(http::field::host, "localhost");
  request.prepare_payload();
  http::write(stream, request);
  http::response<http::string_body> response;
  beast::flat_buffer buffer;
  http::read(stream, buffer, response);
  return response.body();
}

int main() {
  tidings::Hub hub;
  tidings::adapter::BeastRoutes routes;
  const auto push = tidings::adapter::mount(
      routes, "/push", hub, [](const auto&) -> tidings::Access { return tidings::Identity{.topics = {"orders"}}; });
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  acceptor.async_accept([&](beast::error_code, boost::asio::ip::tcp::socket socket) {
    std::make_shared<Session>(hub, routes, beast::tcp_stream(std::move(socket)))->read();
  });
  std::thread serving([&] { context.run(); });

  boost::asio::io_context own;
  beast::tcp_stream client(own);
  client.connect(acceptor.local_endpoint());
  const auto first = nlohmann::json::parse(ask(client, http::verb::get, "/push"));
  std::cout << "poll: " << (first["messages"].empty() ? "nothing" : "something") << "\n";
  const std::string thanks = ask(client, http::verb::post, "/orders", "A-17");
  const auto news =
      nlohmann::json::parse(ask(client, http::verb::get, "/push?wait=5&after=" + first["cursor"].get<std::string>()));
  std::cout << "poll: " << news["messages"][0]["data"].get<std::string>() << "\n";
  std::cout << "page: " << thanks << "\n";
  context.stop();
  serving.join();
}
