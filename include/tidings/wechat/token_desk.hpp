// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TOKEN_DESK_HPP
#define TIDINGS_WECHAT_TOKEN_DESK_HPP

#include <tidings/completion.hpp>
#include <tidings/http_client.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/account.hpp>
#include <tidings/wechat/api_answer.hpp>
#include <tidings/wechat/category.hpp>
#include <tidings/wechat/hosts.hpp>
#include <tidings/wechat/surroundings.hpp>
#include <tidings/wechat/token_key.hpp>
#include <tidings/wechat/token_life.hpp>
#include <tidings/wechat/token_request.hpp>
#include <tidings/wechat/token_store.hpp>
#include <tidings/wechat/way_back.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Gives the access token of one account to all who send from it in this process: TokenLife with a store and an HTTP client.
/// No clock, no timer, no thread of its own.
///
/// Thread    one at a time, that of `Surroundings::post`; `got` is called there, also inline.
/// Lifetime  shared: completions that come after everybody else has let go are passed over.
template <HttpClient H, TokenStore S>
class TokenDesk : public std::enable_shared_from_this<TokenDesk<H, S>> {
 public:
  /// With an error there is no token before `retry_at`.
  struct Given {
    std::error_code ec{};
    std::string value{};
    steady_time retry_at{};
  };
  using Got = UniqueFunction<void(Given)>;

  struct Options {
    TokenLife::Options life{};
    /// A fetch; less than the lease.
    std::chrono::milliseconds fetch_timeout{8'000};
    /// Nobody waits longer for a token: errc::timeout.
    std::chrono::milliseconds patience{15'000};
  };

  /// @param owner  Nobody else's name, for claims.
  TokenDesk(H& http, S& store, Account account, std::shared_ptr<Hosts> hosts, std::string owner, Surroundings around,
            Options options)
      : http_(http),
        store_(store),
        account_(std::move(account)),
        hosts_(std::move(hosts)),
        owner_(std::move(owner)),
        around_(std::move(around)),
        options_(options),
        key_(token_key(account_.platform, account_.app, account_.agent)),
        life_(options.life) {}

  /// A token that is good for all we know.
  void get(Got got) { ask({Question::any, {}, std::move(got), deadline()}); }
  /// What is stored now; the same as `refused` if nobody has got another.
  void reread(std::string refused, Got got) { ask({Question::reread, std::move(refused), std::move(got), deadline()}); }
  /// Another one than `refused`.
  void refresh(std::string refused, Got got) {
    ask({Question::refresh, std::move(refused), std::move(got), deadline()});
  }

  /// Time has passed: at `next_time()`.
  void on_time() {
    const steady_time present = now().steady;
    if (look_at_ && *look_at_ <= present) {
      look_at_.reset();
      run(life_.on_waited(look_flight_, now()));
    }
    std::vector<Waiter> late;
    const auto is_late = [present](const Waiter& each) { return each.until <= present; };
    for (Waiter& each : waiting_) {
      if (is_late(each)) late.push_back(std::move(each));
    }
    std::erase_if(waiting_, [](const Waiter& each) { return !each.got; });
    for (Waiter& each : late) each.got({make_error_code(errc::timeout), {}, present + options_.patience});
  }
  std::optional<steady_time> next_time() const {
    std::optional<steady_time> next = look_at_;
    for (const Waiter& each : waiting_) next = std::min(next.value_or(each.until), each.until);
    return next;
  }

 private:
  enum class Question : std::uint8_t { any, reread, refresh };
  struct Waiter {
    Question question = Question::any;
    std::string refused{};
    Got got{};
    steady_time until{};
  };

  Moment now() const { return around_.now(); }
  steady_time deadline() const { return now().steady + options_.patience; }

  void ask(Waiter waiter) {
    TokenAnswer answer = question(waiter);
    switch (answer.get) {
      case TokenAnswer::Get::use: waiter.got({{}, life_.token().value, {}}); break;
      case TokenAnswer::Get::wait: waiting_.push_back(std::move(waiter)); break;
      case TokenAnswer::Get::fail:
        waiter.got({failure_ ? failure_ : make_error_code(errc::throttled), {}, answer.retry_at});
        break;
    }
    run(std::move(answer.step));
  }
  TokenAnswer question(const Waiter& waiter) {
    switch (waiter.question) {
      case Question::reread: return life_.reread(waiter.refused, now());
      case Question::refresh: return life_.refresh(waiter.refused, now());
      case Question::any: break;
    }
    return life_.ask(now());
  }
  // Who wanted to know what is stored is told; who wants a token asks again.
  void wake() {
    std::vector<Waiter> all = std::exchange(waiting_, {});
    for (Waiter& each : all) {
      if (each.question == Question::reread) {
        each.got({{}, life_.token().value, {}});
      } else {
        each.question = Question::any;
        ask(std::move(each));
      }
    }
  }

  template <class... Results, class F>
  auto back(F f) {
    return way_back<Results...>(this->weak_from_this(), around_.post, std::move(f));
  }

  void run(TokenStep step) {
    if (step.release) store_.release(key_, owner_, [](std::error_code) {});
    start(step);
    if (step.wake) wake();
  }
  void start(TokenStep& step) {
    const std::uint64_t flight = step.flight;
    switch (step.act) {
      case TokenStep::Do::nothing: return;
      case TokenStep::Do::read:
        store_.read(key_, back<TokenRecord>([flight](TokenDesk& self, std::error_code ec, TokenRecord record) {
                      self.run(self.life_.on_read(flight, ec ? std::nullopt : std::optional(std::move(record)),
                                                  self.now(), self.around_.jitter()));
                    }));
        return;
      case TokenStep::Do::claim:
        store_.claim({key_, owner_, now().wall, step.until},
                     back<bool>([flight](TokenDesk& self, std::error_code ec, bool yes) {
                       self.run(self.life_.on_claimed(flight, ec ? std::nullopt : std::optional(yes), self.now(),
                                                      self.around_.jitter()));
                     }));
        return;
      case TokenStep::Do::fetch: return fetch(flight);
      case TokenStep::Do::write:
        store_.write(key_, step.expected, std::move(step.record),
                     back<bool>([flight](TokenDesk& self, std::error_code ec, bool yes) {
                       self.run(self.life_.on_written(flight, ec ? std::nullopt : std::optional(yes), self.now(),
                                                      self.around_.jitter()));
                     }));
        return;
      case TokenStep::Do::wait:
        look_at_ = step.at;
        look_flight_ = flight;
        return;
    }
  }
  void fetch(std::uint64_t flight) {
    if (account_.provider) {
      return account_.provider(back<ProvidedToken>([flight](TokenDesk& self, std::error_code ec, ProvidedToken token) {
        self.on_fetched(flight, ec, std::move(token.value), token.expires_in);
      }));
    }
    const Endpoint endpoint = account_.platform == Platform::wecom ? Endpoint::wecom_token
                              : account_.plain_token               ? Endpoint::token
                                                                   : Endpoint::stable_token;
    TokenRequest request = token_request(endpoint, account_.app, account_.secret);
    HttpCall call;
    call.method = request.body.empty() ? "GET" : "POST";
    call.url = hosts_->current() + request.target;
    if (!request.body.empty()) call.headers = {{"Content-Type", "application/json"}};
    call.body = std::move(request.body);
    call.timeout = options_.fetch_timeout;
    http_.call(std::move(call), back<HttpAnswer>([flight, host = hosts_->current()](TokenDesk& self, std::error_code ec,
                                                                                    HttpAnswer answer) {
                 if (ec && !answer.maybe_sent) self.hosts_->on_unreachable(host);
                 self.on_answer(flight, ec, answer);
               }));
  }
  void on_answer(std::uint64_t flight, std::error_code ec, const HttpAnswer& answer) {
    ApiAnswer said;
    if (!ec && answer.status != 200) ec = make_error_code(errc::refused);
    if (!ec) ec = parse_answer(answer.body, said);
    if (!ec && said.code != 0) ec = make_error_code(account_.platform, said.code);
    on_fetched(flight, ec, std::move(said.access_token), said.expires_in);
  }
  void on_fetched(std::uint64_t flight, std::error_code ec, std::string value, std::chrono::seconds expires_in) {
    failure_ = ec;
    if (!ec && value.empty()) failure_ = make_error_code(errc::refused);
    run(failure_ ? life_.on_fetch_failed(flight, now(), around_.jitter())
                 : life_.on_fetched(flight, std::move(value), expires_in, now(), around_.jitter()));
  }

  H& http_;
  S& store_;
  Account account_;
  std::shared_ptr<Hosts> hosts_;
  std::string owner_;
  Surroundings around_;
  Options options_;
  std::string key_;
  TokenLife life_;
  std::vector<Waiter> waiting_{};
  std::optional<steady_time> look_at_{};
  std::uint64_t look_flight_ = 0;
  // Of the last fetch.
  std::error_code failure_{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_TOKEN_DESK_HPP
