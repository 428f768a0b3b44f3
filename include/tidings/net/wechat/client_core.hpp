// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_WECHAT_CLIENT_CORE_HPP
#define TIDINGS_NET_WECHAT_CLIENT_CORE_HPP

#include <tidings/call_gate.hpp>
#include <tidings/delivery/random.hpp>
#include <tidings/hub/message_ids.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/net/config.hpp>
#include <tidings/net/entropy.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/callback_event.hpp>
#include <tidings/wechat/compose.hpp>
#include <tidings/wechat/receipt_follower.hpp>
#include <tidings/wechat/receipt_recipient.hpp>
#include <tidings/wechat/sender.hpp>
#include <tidings/wechat_client_options.hpp>

#include TIDINGS_ASIO_HEADER(any_io_executor.hpp)
#include TIDINGS_ASIO_HEADER(post.hpp)
#include TIDINGS_ASIO_HEADER(steady_timer.hpp)
#include TIDINGS_ASIO_HEADER(strand.hpp)

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// What a WechatClient does: gives its decisions a strand, a timer and chance.
template <HttpClient H, wechat::TokenStore S, AttemptLedger L>
class WechatClientCore : public std::enable_shared_from_this<WechatClientCore<H, S, L>> {
 public:
  WechatClientCore(const net::any_io_executor& executor, wechat::Account account, H& http, S& tokens, L& ledger,
                   WechatClientOptions options)
      : strand_(executor),
        timer_(strand_),
        random_(entropy()),
        ids_(entropy()),
        http_(http),
        tokens_(tokens),
        ledger_(ledger),
        account_(std::move(account)),
        options_(std::move(options)) {}

  void start() {
    wechat::SenderOptions sending = options_.sender;
    if constexpr (wechat::ReceiptLedger<L>) {
      follower_ = std::make_shared<Follower>(ledger_, options_.receipts, options_.on_receipt);
      sending.on_accepted = [follower = follower_](const AttemptLine& line) {
        follower->on_accepted(line.attempt.id, line.send.account, line.attempt.receipt_id, line.attempt.ended);
      };
    }
    typename wechat::TokenDesk<H, S>::Options token_options;
    token_options.life = options_.token_life;
    token_options.fetch_timeout = std::min(token_options.fetch_timeout, options_.token_life.lease * 4 / 5);
    sender_ = std::make_shared<Sender>(http_, tokens_, ledger_, account_, to_string(ids_.next(wall_now())), around(),
                                       std::move(sending), token_options);
    run([](WechatClientCore& self) {
      self.sender_->recover([](std::error_code) {});
      self.await_receipts(0);
    });
  }
  /// Nothing of the user's is called afterwards.
  void leave() {
    gate_.close();
    net::post(strand_, [self = this->shared_from_this()] {
      self->timer_.cancel();
      self->sender_.reset();
    });
  }
  Home home() { return {strand_, this->shared_from_this()}; }

  template <class Body>
  void send(Body body, wechat::SendOptions options, Completion<wechat::SendReport> done) {
    if (!options.message) options.message = ids_.next(wall_now());
    wechat::Outgoing message;
    if (const wechat::BodyError wrong = compose(std::move(body), options, message)) {
      wechat::SendReport report;
      report.message = options.message;
      report.problem = wrong.field.empty() ? wrong.text : wrong.field + ": " + wrong.text;
      return done(wrong.ec, std::move(report));
    }
    run([message = std::move(message), done = std::move(done)](WechatClientCore& self) mutable {
      self.sender_->send(std::move(message), std::move(done));
    });
  }

  void on_event(wechat::CallbackEvent event) {
    run([event = std::move(event)](WechatClientCore& self) {
      for (const wechat::RecipientChange& each : wechat::changes_of(self.account_.name, event)) {
        // What concerns one template only does not close a recipient.
        if (!each.template_id.empty()) continue;
        if (each.to == wechat::RecipientChange::To::open) {
          self.sender_->open_recipient(each.user);
        } else {
          self.sender_->close_recipient(each.user, "the recipient has left");
        }
      }
      if (!self.follower_) return;
      for (wechat::ReceiptReport& each : wechat::reports_of(self.account_.name, event)) {
        self.follower_->on_report(std::move(each), wall_now());
      }
    });
  }
  void resume() {
    run([](WechatClientCore& self) { self.sender_->resume(); });
  }

 private:
  using Sender = wechat::Sender<H, S, L>;
  // Of a ledger without receipts: never made.
  struct NoFollower {
    void on_report(wechat::ReceiptReport, wall_time) {}
    void on_accepted(std::uint64_t, std::string, std::string, wall_time) {}
    void on_time(wall_time) {}
    std::optional<wall_time> next_time() const { return std::nullopt; }
  };
  template <class Ledger>
  struct FollowerOf {
    using type = NoFollower;
  };
  template <wechat::ReceiptLedger Ledger>
  struct FollowerOf<Ledger> {
    using type = wechat::ReceiptFollower<Ledger>;
  };
  using Follower = typename FollowerOf<L>::type;

  wechat::Surroundings around() {
    return {[] {
              return wechat::Moment{steady_now(), wall_now()};
            },
            [this] { return random_.uniform(); },
            [weak = this->weak_from_this()](UniqueFunction<void()> work) {
              if (const auto self = weak.lock())
                self->run([work = std::move(work)](WechatClientCore&) mutable { work(); });
            }};
  }
  // On the strand, unless the client has gone.
  template <class F>
  void run(F f) {
    net::post(strand_, [self = this->shared_from_this(), f = std::move(f)]() mutable {
      self->gate_.call([&] {
        f(*self);
        self->arm();
      });
    });
  }
  void arm() {
    std::optional<steady_time> next = sender_->next_time();
    if (const auto due = follower_ ? follower_->next_time() : std::nullopt) {
      const steady_time at = steady_now() + std::chrono::milliseconds(due->ms - wall_now().ms);
      next = std::min(next.value_or(at), at);
    }
    if (!next || (armed_ && *armed_ <= *next)) return;
    armed_ = next;
    timer_.expires_at(*next);
    timer_.async_wait([weak = this->weak_from_this()](net_error_code ec) {
      const auto self = weak.lock();
      if (ec || !self) return;
      self->gate_.call([&] {
        self->armed_.reset();
        if (self->follower_) self->follower_->on_time(wall_now());
        self->sender_->on_time();
        self->arm();
      });
    });
  }
  // Those that earlier processes have sent.
  void await_receipts(std::uint64_t after) {
    if (!follower_) return;
    constexpr std::size_t page = 1000;
    ledger_.awaited(account_.name, after, page,
                    [weak = this->weak_from_this()](std::error_code ec, std::vector<AttemptLine> lines) {
                      const auto self = weak.lock();
                      if (ec || !self || lines.empty()) return;
                      self->run([lines = std::move(lines)](WechatClientCore& core) {
                        for (const AttemptLine& each : lines) {
                          if (each.attempt.receipt_id.empty()) continue;
                          core.follower_->on_accepted(each.attempt.id, each.send.account, each.attempt.receipt_id,
                                                      each.attempt.ended);
                        }
                        if (lines.size() == page) core.await_receipts(lines.back().attempt.id);
                      });
                    });
  }

  net::strand<net::any_io_executor> strand_;
  net::steady_timer timer_;
  CallGate gate_;
  delivery::Random random_;
  hub::MessageIds ids_;
  H& http_;
  S& tokens_;
  L& ledger_;
  wechat::Account account_;
  WechatClientOptions options_;
  std::shared_ptr<Follower> follower_{};
  std::shared_ptr<Sender> sender_{};
  std::optional<steady_time> armed_{};
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_WECHAT_CLIENT_CORE_HPP
