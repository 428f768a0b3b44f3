// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_SESSION_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_SESSION_HPP

#include <tidings/net/client/tcp.hpp>

#include "support/wechat_simulator/exchange.hpp"
#include "support/wechat_simulator/http_text.hpp"
#include "support/wechat_simulator/shell.hpp"

#include TIDINGS_ASIO_HEADER(awaitable.hpp)
#include TIDINGS_ASIO_HEADER(buffer.hpp)
#include TIDINGS_ASIO_HEADER(redirect_error.hpp)
#include TIDINGS_ASIO_HEADER(steady_timer.hpp)
#include TIDINGS_ASIO_HEADER(use_awaitable.hpp)
#include TIDINGS_ASIO_HEADER(write.hpp)

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace wechat_simulator {

enum class Side { api, admin };

/// One connection: reads requests, carries out what the simulator says, byte by byte if need be.
///
/// @tparam Stream  A TCP socket, or TLS on one, its handshake done.
template <class Stream>
class Session {
 public:
  Session(Shell& shell, Stream stream, Side side) : shell_(shell), stream_(std::move(stream)), side_(side) {}

  tidings::net::awaitable<void> run() {
    try {
      while (auto request = co_await read_request()) {
        const bool goes_on = side_ == Side::admin ? co_await answer_admin(*request) : co_await answer_api(*request);
        if (!goes_on) break;
      }
    } catch (const std::exception&) {
      // What came is no HTTP.
    }
    close();
  }

 private:
  template <class T>
  using Awaitable = tidings::net::awaitable<T>;
  using Act = WirePlan::Act;

  Awaitable<bool> read_more() {
    const std::size_t size = co_await stream_.async_read_some(tidings::net::buffer(buffer_), token());
    read_.append(buffer_.data(), size);
    co_return !ec_;
  }

  Awaitable<std::optional<ApiRequest>> read_request() {
    auto head = parse_head(read_);
    while (!head) {
      if (!co_await read_more()) co_return std::nullopt;
      head = parse_head(read_);
    }
    if (head->field("expect") == "100-continue") co_await write("HTTP/1.1 100 Continue\r\n\r\n");
    auto body = parse_body(*head, read_, false);
    while (!body) {
      if (!co_await read_more()) co_return std::nullopt;
      body = parse_body(*head, read_, false);
    }
    read_.erase(0, body->consumed);
    keeps_ = head->keeps_alive();
    ApiRequest request = request_of(*head, std::move(body->text));
    request.ip = address();
    request.reused = served_++ > 0;
    co_return request;
  }

  Awaitable<bool> answer_admin(const ApiRequest& request) {
    const Simulator::AdminAnswer done = shell_.admin(request);
    const Answer answer{.status = done.status, .content_type = "application/json", .body = text_of(done.body)};
    co_await write(head_of(answer, keeps_) + answer.body);
    co_return !ec_ && keeps_;
  }

  Awaitable<bool> answer_api(const ApiRequest& request) {
    const Exchange exchange = shell_.handle(request);
    if (exchange.behind_callback) {
      if (const auto timer = shell_.wait_for(*exchange.behind_callback)) co_await timer->async_wait(token());
    }
    if (exchange.plan.delay_ms > 0) co_await sleep(exchange.plan.delay_ms);
    // What is withheld holds nothing else up.
    const bool is_withheld = exchange.plan.act == Act::silence;
    if (is_withheld) shell_.on_finished(exchange.id);
    const bool goes_on = co_await carry_out(exchange);
    if (!is_withheld) shell_.on_finished(exchange.id);
    co_return goes_on;
  }

  Awaitable<bool> carry_out(const Exchange& exchange) {
    const Answer& answer = exchange.answer;
    const std::string head = head_of(answer, keeps_);
    switch (exchange.plan.act) {
      case Act::answer: co_await write(head + answer.body); co_return !ec_ && keeps_;
      case Act::silence: co_await be_silent(exchange.plan.hold_ms); co_return false;
      case Act::reset_after_headers:
        co_await write(head + answer.body.substr(0, answer.body.size() / 2));
        reset();
        co_return false;
      case Act::half_close:
        lowest().shutdown(tidings::net::ip::tcp::socket::shutdown_send, ec_);
        co_await be_silent(exchange.plan.hold_ms);
        co_return false;
      case Act::truncate: co_await write(head + answer.body.substr(0, answer.body.size() / 2)); co_return false;
      case Act::drip: co_await drip(head + answer.body, exchange.plan.drip_ms); co_return !ec_ && keeps_;
      case Act::close: co_return false;
      case Act::reset: reset(); co_return false;
    }
    co_return false;
  }

  Awaitable<void> write(const std::string& text) {
    co_await tidings::net::async_write(stream_, tidings::net::buffer(text), token());
  }

  Awaitable<void> drip(const std::string& text, std::int64_t ms) {
    for (std::size_t i = 0; i < text.size() && !ec_; ++i) {
      co_await write(text.substr(i, 1));
      if (!ec_) co_await sleep(ms);
    }
  }

  Awaitable<void> sleep(std::int64_t ms) {
    tidings::net::steady_timer timer(stream_.get_executor());
    timer.expires_after(std::chrono::milliseconds(ms));
    co_await timer.async_wait(token());
  }

  // Until the client has had enough, or for so long.
  Awaitable<void> be_silent(std::int64_t hold_ms) {
    if (hold_ms > 0) {
      co_await sleep(hold_ms);
    } else {
      bool goes_on = true;
      while (goes_on) {
        read_.clear();
        goes_on = co_await read_more();
      }
    }
  }

  auto token() { return tidings::net::redirect_error(tidings::net::use_awaitable, ec_); }
  auto& lowest() { return stream_.lowest_layer(); }

  std::string address() {
    tidings::net_error_code ignored;
    return lowest().remote_endpoint(ignored).address().to_string();
  }

  void reset() {
    lowest().set_option(tidings::net::ip::tcp::socket::linger(true, 0), ec_);
    lowest().close(ec_);
  }
  void close() {
    tidings::net_error_code ignored;
    lowest().shutdown(tidings::net::ip::tcp::socket::shutdown_both, ignored);
    lowest().close(ignored);
  }

  Shell& shell_;
  Stream stream_;
  Side side_;
  tidings::net_error_code ec_{};
  std::array<char, 8192> buffer_{};
  std::string read_{};
  bool keeps_ = true;
  std::uint64_t served_ = 0;
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_SESSION_HPP
