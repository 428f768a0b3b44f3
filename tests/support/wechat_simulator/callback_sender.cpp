// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/callback_sender.hpp"

#include "support/wechat_simulator/http_text.hpp"

#include TIDINGS_ASIO_HEADER(buffer.hpp)
#include TIDINGS_ASIO_HEADER(co_spawn.hpp)
#include TIDINGS_ASIO_HEADER(connect.hpp)
#include TIDINGS_ASIO_HEADER(detached.hpp)
#include TIDINGS_ASIO_HEADER(redirect_error.hpp)
#include TIDINGS_ASIO_HEADER(steady_timer.hpp)
#include TIDINGS_ASIO_HEADER(use_awaitable.hpp)
#include TIDINGS_ASIO_HEADER(write.hpp)

#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace wechat_simulator {

namespace net = tidings::net;
using tidings::net_error_code;

namespace {

using Tcp = net::ip::tcp;

std::string request_text(const CallbackPost& post, const HttpUrl& url) {
  const bool has_query = url.target.find('?') != std::string::npos;
  std::string text = post.method + " " + url.target + (has_query ? "&" : "?") + post.query + " HTTP/1.1\r\n";
  text += "Host: " + url.host + ":" + url.port + "\r\nUser-Agent: Mozilla/4.0\r\nAccept: */*\r\n";
  if (post.method == "POST") {
    text += "Content-Type: " + post.content_type + "\r\nContent-Length: " + std::to_string(post.body.size()) + "\r\n";
  }
  return text + "\r\n" + post.body;
}

// What was read of an answer; false = it is not complete yet.
bool read_answer(const std::string& read, bool ended, CallbackResult& result, bool& keeps) {
  const auto head = parse_head(read);
  if (!head) return false;
  const auto body = parse_body(*head, read, ended);
  if (!body) return false;
  result.status = std::stoi(head->second);
  result.body = body->text;
  result.outcome = "answered";
  keeps = !ended && head->first == "HTTP/1.1" && head->keeps_alive() && body->consumed == read.size();
  return true;
}

}  // namespace

void CallbackSender::send(CallbackPost post) {
  queue_.push_back(std::move(post));
  if (workers_ >= most_workers) return;
  ++workers_;
  net::co_spawn(context_, work(), net::detached);
}

net::awaitable<void> CallbackSender::work() {
  while (!queue_.empty()) {
    const CallbackPost post = std::move(queue_.front());
    queue_.pop_front();
    const auto begin = std::chrono::steady_clock::now();
    CallbackResult result = co_await attempt(post);
    const auto took = std::chrono::steady_clock::now() - begin;
    result.latency_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    done_(post.id, std::move(result));
  }
  --workers_;
}

net::awaitable<CallbackResult> CallbackSender::attempt(const CallbackPost& post) {
  const auto url = parse_url(post.url);
  if (!url) co_return CallbackResult{.outcome = "no such URL"};
  const std::string origin = url->host + ":" + url->port;
  auto& idle = idle_[origin];
  if (!idle.empty()) {
    const Connection kept = std::move(idle.back());
    idle.pop_back();
    CallbackResult result = co_await exchange(post, kept, origin);
    // Closed by the other side meanwhile: that was no attempt.
    if (result.outcome != "closed") co_return result;
  }
  const Connection connection = co_await connect(url->host, url->port);
  if (!connection) co_return CallbackResult{.outcome = "refused"};
  CallbackResult result = co_await exchange(post, connection, origin);
  if (result.outcome == "closed") result.outcome = "cut";
  co_return result;
}

net::awaitable<CallbackSender::Connection> CallbackSender::connect(const std::string& host, const std::string& port) {
  net_error_code ec;
  Tcp::resolver resolver(context_);
  const auto found = co_await resolver.async_resolve(host, port, net::redirect_error(net::use_awaitable, ec));
  if (ec) co_return nullptr;
  auto socket = std::make_shared<Socket>(context_);
  co_await net::async_connect(*socket, found, net::redirect_error(net::use_awaitable, ec));
  if (ec) co_return nullptr;
  socket->set_option(Tcp::no_delay(true), ec);
  co_return socket;
}

net::awaitable<CallbackResult> CallbackSender::exchange(const CallbackPost& post, Connection connection,
                                                        const std::string& origin) {
  net::steady_timer timer(context_);
  const auto timed_out = std::make_shared<bool>(false);
  timer.expires_after(std::chrono::milliseconds(post.timeout_ms));
  timer.async_wait([connection, timed_out](net_error_code ec) {
    if (ec) return;
    *timed_out = true;
    connection->close(ec);
  });
  net_error_code ec;
  const std::string text = request_text(post, *parse_url(post.url));
  co_await net::async_write(*connection, net::buffer(text), net::redirect_error(net::use_awaitable, ec));
  CallbackResult result{.outcome = "closed"};
  std::string read;
  std::array<char, 4096> buffer{};
  bool keeps = false;
  try {
    while (!ec && !read_answer(read, false, result, keeps)) {
      const std::size_t size =
          co_await connection->async_read_some(net::buffer(buffer), net::redirect_error(net::use_awaitable, ec));
      read.append(buffer.data(), size);
      if (size > 0) result.outcome = "cut";
    }
    if (ec && !*timed_out && !read.empty()) read_answer(read, true, result, keeps);
  } catch (const std::exception&) {
    result.outcome = "no HTTP";
  }
  timer.cancel();
  if (*timed_out) result = {.outcome = "timeout"};
  if (keeps) idle_[origin].push_back(connection);
  co_return result;
}

}  // namespace wechat_simulator
