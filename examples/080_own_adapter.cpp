// SPDX-License-Identifier: BSL-1.0
//
// Your own server: an adapter is two small classes. Here the server is a bare socket per request, written with Asio;
// yours has callbacks of its own to call instead.
//
// > HTTP/1.1 200
// > data: A-17

#include <tidings/endpoint.hpp>
#include <tidings/hub.hpp>

#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>

#include <iostream>
#include <memory>
#include <string>

using asio::ip::tcp;

// ---- the adapter: 40 lines ----

/// Models StreamingResponse. A Responder would have `respond` instead of the four functions below.
class Stream {
 public:
  // Write completions are real; it sees a client that is gone only when it writes.
  static constexpr tidings::Capabilities capabilities{.late_answer = true, .write_completion = true};

  explicit Stream(std::shared_ptr<tcp::socket> socket) : socket_(std::move(socket)) {}

  void start(tidings::ResponseHead head) {
    std::string text = "HTTP/1.1 " + std::to_string(head.status) + " OK\r\nConnection: close\r\n";
    for (const auto& [name, value] : head.headers) text += name + ": " + value + "\r\n";
    send(tidings::share_bytes(text + "\r\n"), {});
  }
  void write(tidings::SharedBytes bytes, tidings::WriteDone done) { send(std::move(bytes), std::move(done)); }
  void finish() {
    asio::post(socket_->get_executor(), [s = socket_] { s->shutdown(tcp::socket::shutdown_send); });
  }
  void abort() {
    asio::post(socket_->get_executor(), [s = socket_] { s->close(); });
  }
  void on_gone(tidings::UniqueFunction<void()> gone) { gone_ = std::move(gone); }

 private:
  // From any thread; the hub asks for one write at a time, behind the head.
  void send(tidings::SharedBytes bytes, tidings::WriteDone done) {
    asio::post(socket_->get_executor(), [s = socket_, bytes = std::move(bytes), done = std::move(done)]() mutable {
      asio::error_code ec;
      asio::write(*s, asio::buffer(*bytes), ec);
      if (done) done(ec);
    });
  }

  std::shared_ptr<tcp::socket> socket_;
  tidings::UniqueFunction<void()> gone_;
};

tidings::RequestSnapshot read_request(tcp::socket& socket) {
  std::string text;
  asio::read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n");
  const std::size_t space = text.find(' ');
  tidings::RequestSnapshot request;
  request.method = text.substr(0, space);
  request.target = text.substr(space + 1, text.find(' ', space + 1) - space - 1);
  request.headers = {{"accept", "text/event-stream"}};  // A real adapter copies them: `tidings::snapshot`.
  return request;
}

// ---- its use ----

int main() {
  tidings::Hub hub;
  auto endpoint = std::make_shared<tidings::Endpoint>(
      hub, tidings::make_authorize([](const tidings::RequestSnapshot&) -> tidings::Access {
        return tidings::Identity{.user = "alice", .topics = {"orders"}};
      }));
  asio::io_context context;
  const auto work = asio::make_work_guard(context);
  tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
  tcp::socket client(context);
  client.connect(acceptor.local_endpoint());
  asio::write(client, asio::buffer(std::string("GET /push HTTP/1.1\r\nHost: a\r\n\r\n")));

  auto socket = std::make_shared<tcp::socket>(acceptor.accept());
  std::thread serving([&] { context.run(); });
  endpoint->stream(read_request(*socket), Stream(socket));

  std::string answer;
  asio::read_until(client, asio::dynamic_buffer(answer), "id: ");
  hub.publish({.topic = "orders", .data = "A-17"});
  asio::read_until(client, asio::dynamic_buffer(answer), "A-17\n");
  std::cout << answer.substr(0, 12) << "\n" << answer.substr(answer.find("data: A"), 10) << "\n";

  hub.disconnect("alice");
  context.stop();
  serving.join();
}
