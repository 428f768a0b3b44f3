// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_IMPL_CLIENT_CORE_HPP
#define TIDINGS_NET_CLIENT_IMPL_CLIENT_CORE_HPP

#include <tidings/client/request_target.hpp>
#include <tidings/net/client/client_core.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/net/entropy.hpp>
#include <tidings/protocol/base64.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

namespace detail {

inline client::Url checked_url(std::string_view url, const ClientOptions& options) {
  std::optional<client::Url> parsed = client::parse_url(url);
  if (!parsed) throw std::invalid_argument("tidings: this is no URL of ws, wss, http or https: " + std::string(url));
  if (parsed->secure && !options.tls) throw std::invalid_argument("tidings: ClientOptions::tls is needed for TLS");
  return *std::move(parsed);
}

// What goes into each request must not be found wanting only there.
inline void check_names(const ClientOptions& options, UniqueFunction<void(bool, const char*)> need) {
  constexpr auto good_header = [](const Header& each) {
    return protocol::is_token(each.name) && protocol::is_safe_header_value(each.value);
  };
  constexpr auto of_device = [](char c) {
    return protocol::detail::base64url_alphabet.find(c) != std::string_view::npos;
  };
  const std::string& device = options.device;
  need(std::all_of(options.headers.begin(), options.headers.end(), good_header), "headers");
  need(std::all_of(options.cookies.begin(), options.cookies.end(), good_header), "cookies");
  need(std::all_of(options.subprotocols.begin(), options.subprotocols.end(), protocol::is_token), "subprotocols");
  need(device.size() <= 64 && std::all_of(device.begin(), device.end(), of_device), "device");
}

inline ClientOptions checked(ClientOptions options) {
  const auto need = [](bool good, const char* what) {
    if (!good) throw std::invalid_argument(std::string("tidings: ClientOptions::") + what);
  };
  need(options.first_wait.count() > 0, "first_wait");
  need(options.longest_wait >= options.first_wait, "longest_wait");
  need(options.max_waiting_messages > 0, "max_waiting_messages");
  need(options.pong_wait.count() > 0, "pong_wait");
  check_names(options, need);
  if (options.device.empty()) {
    const std::uint64_t bits[] = {entropy(), entropy()};
    std::string name(16, ' ');
    for (std::size_t i = 0; i < name.size(); ++i) {
      name[i] = protocol::detail::base64url_alphabet[bits[i / 8] >> (6 * (i % 8)) & 63U];
    }
    options.device = std::move(name);
  }
  return options;
}

inline client::Positions first_positions(const std::string& cursor) {
  protocol::Cursor parsed;
  if (!cursor.empty() && protocol::Cursor::parse(cursor, parsed)) {
    throw std::invalid_argument("tidings: ClientOptions::cursor");
  }
  return client::Positions(parsed);
}

}  // namespace detail

inline ClientCore::ClientCore(const net::any_io_executor& executor, std::string_view url, ClientOptions options)
    : strand_(net::make_strand(executor)),
      url_(detail::checked_url(url, options)),
      options_(detail::checked(std::move(options))),
      topics_(options_.topics),
      random_(entropy()),
      positions_(detail::first_positions(options_.cursor)),
      reconnect_({.backoff = {.base = options_.first_wait,
                              .cap = options_.longest_wait,
                              .stable = options_.stable_after,
                              .longest_hint = options_.longest_hint},
                  .least = options_.later,
                  .can_renew = static_cast<bool>(options_.token)}),
      pause_(strand_),
      ack_timer_(strand_),
      token_timer_(strand_) {
  if (!options_.proxy.empty()) {
    proxy_ = client::parse_proxy(options_.proxy);
    if (!proxy_) throw std::invalid_argument("tidings: ClientOptions::proxy");
  }
  for (const Header& each : options_.cookies) cookies_.set(each.name, each.value);
}

// ---- any thread ----

inline void ClientCore::connect(Completion<> done) {
  post([this, done = std::move(done)]() mutable {
    if (closing_ || state_ == ClientState::closed) return done(errc::closed);
    if (state_ == ClientState::open) return done({});
    outcomes_.push_back(std::move(done));
    if (state_ == ClientState::connecting) return;
    if (state_ != ClientState::waiting) reconnect_.reset();
    begin();
  });
}

inline void ClientCore::receive(Offer<Received> offer) {
  post([this, offer = std::move(offer)]() mutable {
    take_all();
    receivers_.push_back(std::move(offer));
    serve_receivers();
    if (!queue_.empty()) return;
    if (options_.on_received) refuse_receivers(errc::not_supported);
    if (state_ == ClientState::closed) refuse_receivers(errc::closed);
    if (state_ == ClientState::stopped) refuse_receivers(status_.error ? status_.error : errc::closed);
  });
}

inline void ClientCore::close(CloseCode code, std::string reason) {
  post([this, code, reason = std::move(reason)] {
    // Whoever closes is done with what it has.
    if (!closing_) take_all();
    end_it(code, reason);
  });
}

inline void ClientCore::leave() {
  gate_.close();
  // Whoever goes may have failed at the message that it holds.
  post([this] { end_it(CloseCode::going_away, {}); });
}

inline void ClientCore::end_it(CloseCode code, const std::string& reason) {
  if (state_ == ClientState::closed || std::exchange(closing_, true)) return;
  if (state_ == ClientState::open && options_.acknowledge) {
    if (const std::string news = positions_.news(); !news.empty()) say_ack(news);
  }
  forget_attempt();
  say_goodbye(code, reason);
}

inline ClientStatus ClientCore::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

inline std::string ClientCore::cursor() const {
  const std::lock_guard lock(mutex_);
  return positions_.given().empty() ? std::string() : positions_.given().text();
}

// ---- from one connection to the next ----

inline void ClientCore::begin() {
  const std::uint64_t attempt = ++attempt_;
  rest(pause_);
  reconnect_.on_begin();
  set_state({.state = ClientState::connecting});
  if (!options_.token) return begin_dial();
  ask_token(refused_, [this, attempt](std::error_code ec, std::string credentials) {
    if (attempt != attempt_) return;
    if (ec) return ended({}, ec);
    refused_ = false;
    credentials_ = std::move(credentials);
    begin_dial();
  });
}

inline void ClientCore::reopen() {
  if (closing_ || !running()) return;
  forget_attempt();
  drop_link();
  begin();
}

inline void ClientCore::begin_dial() {
  dial(
      [this](std::error_code ec, Dial::Result result) {
        const std::shared_ptr<Dial> over = std::exchange(dial_, nullptr);
        if (!ec) return on_link(std::move(result.link));
        client::Ended how;
        if (result.http_status != 0) {
          how.how = client::Ended::How::refused;
          how.http_status = result.http_status;
          how.hint = client::retry_hint(result.headers, wall_now());
        }
        ended(how, ec);
      },
      dial_);
}

inline void ClientCore::dial(Dial::Done done, std::shared_ptr<Dial>& kept) {
  // What is under way holds the core, so that the options that it looks at live as long.
  kept = std::make_shared<Dial>(strand_, Dial::Target{url_.host, url_.port, url_.secure, proxy_}, options_,
                                [self = shared_from_this(), done = std::move(done)](
                                    std::error_code ec, Dial::Result result) mutable { done(ec, std::move(result)); });
  kept->start();
}

inline void ClientCore::ask_token(bool refused, UniqueFunction<void(std::error_code, std::string)> done) {
  using Answer = UniqueFunction<void(std::error_code, std::string)>;
  auto answer = std::make_shared<Answer>(std::move(done));
  const auto tell = [answer](std::error_code ec, std::string credentials) {
    if (!*answer) return;
    std::exchange(*answer, nullptr)(ec, std::move(credentials));
  };
  after(token_timer_, options_.token_timeout, [tell] { tell(errc::timeout, {}); });
  // Whoever keeps it may outlive the executor's context, and must not keep alive what stands on it.
  Completion<std::string> completion([weak = weak_from_this(), tell](std::error_code ec, std::string credentials) {
    const std::shared_ptr<ClientCore> self = weak.lock();
    if (!self) return;
    net::post(self->strand_, [self, tell, ec, credentials = std::move(credentials)]() mutable {
      const bool good = protocol::is_safe_header_value(credentials);
      tell(good ? ec : errc::invalid_header_value, std::move(credentials));
    });
  });
  call_application([&] { options_.token(refused, std::move(completion)); });
}

inline void ClientCore::asks_on() {
  resumes_ = !positions_.taken().empty() && !options_.raw;
  positions_.on_connecting();
}

inline void ClientCore::opened(std::string session) {
  reconnect_.on_open(steady_now());
  set_state({.state = ClientState::open, .session = std::move(session), .resumed = resumes_});
  // What was taken since the connection asked on, it has not said.
  if (options_.acknowledge && positions_.has_news()) plan_ack();
  tell_outcome({});
}

inline void ClientCore::ended(const client::Ended& how, std::error_code why, std::string reason) {
  forget_attempt();
  drop_link();
  if (closing_ || state_ == ClientState::closed) return close_done();
  if (state_ == ClientState::stopped) return;
  ClientStatus status{.state = ClientState::waiting,
                      .error = why,
                      .http_status = how.http_status,
                      .close_code = how.code,
                      .reason = std::move(reason)};
  const client::Reconnect::Next next = reconnect_.on_end(how, random_.uniform(), steady_now());
  // Until somebody gives others, be it after a wait that somebody cuts short.
  refused_ = refused_ || next.renew || how.http_status == 401;
  if (next.act == client::Reconnect::Next::Act::stop || !options_.reconnect) return stop(std::move(status));
  status.retry_in = next.wait;
  const std::uint64_t attempt = attempt_;
  set_state(std::move(status));
  tell_outcome(why ? why : errc::closed);
  after(pause_, next.wait, [this, attempt] {
    if (attempt == attempt_ && state_ == ClientState::waiting) begin();
  });
}

inline void ClientCore::forget_attempt() {
  ++attempt_;
  ack_pace_.cancel();
  for (net::steady_timer* timer : {&pause_, &ack_timer_, &token_timer_}) rest(*timer);
  if (dial_) std::exchange(dial_, nullptr)->cancel();
}

inline void ClientCore::stop(ClientStatus status) {
  const std::error_code why = status.error ? status.error : errc::closed;
  status.state = ClientState::stopped;
  set_state(std::move(status));
  tell_outcome(why);
  if (queue_.empty()) refuse_receivers(why);
}

inline void ClientCore::close_done() {
  if (state_ == ClientState::closed) return;
  drop_link();
  set_state({.state = ClientState::closed});
  tell_outcome(errc::closed);
  queue_.clear();
  refuse_receivers(errc::closed);
}

inline void ClientCore::tell_outcome(std::error_code ec) {
  for (Completion<>& each : std::exchange(outcomes_, {})) each(ec);
}

inline void ClientCore::set_state(ClientStatus status) {
  state_ = status.state;
  {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  if (options_.on_state) call_application([&] { options_.on_state(status); });
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_IMPL_CLIENT_CORE_HPP
