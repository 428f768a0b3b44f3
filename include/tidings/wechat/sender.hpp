// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_SENDER_HPP
#define TIDINGS_WECHAT_SENDER_HPP

#include <tidings/delivery/attempt_ledger.hpp>
#include <tidings/http_client.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/account.hpp>
#include <tidings/wechat/alarm_bell.hpp>
#include <tidings/wechat/api_answer.hpp>
#include <tidings/wechat/attempt_facts.hpp>
#include <tidings/wechat/effort_text.hpp>
#include <tidings/wechat/endpoint_traits.hpp>
#include <tidings/wechat/hosts.hpp>
#include <tidings/wechat/mutant.hpp>
#include <tidings/wechat/outgoing.hpp>
#include <tidings/wechat/send_report.hpp>
#include <tidings/wechat/sender_options.hpp>
#include <tidings/wechat/surroundings.hpp>
#include <tidings/wechat/token_desk.hpp>
#include <tidings/wechat/way_back.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Sends the messages of one account: the row first, then the call, then what its answer asks for, until there is a last
/// word. No clock, no timer, no thread of its own.
///
/// A message that cannot go out now (limits, circuit, no token, the account stopped) stays `queued` in the ledger, and goes
/// by itself when it can. After a restart `recover` goes on with what is left there.
///
/// Thread    one at a time, that of `Surroundings::post`; `done` is called there, never inside `send`.
/// Lifetime  shared. What is under way when everybody has let go is found by the next `recover`; its `done` says errc::closed.
template <HttpClient H, TokenStore S, AttemptLedger L>
class Sender : public std::enable_shared_from_this<Sender<H, S, L>> {
 public:
  using Done = Completion<SendReport>;

  /// @param owner  Nobody else's name, in the ledger and for tokens.
  Sender(H& http, S& tokens, L& ledger, Account account, std::string owner, Surroundings around, SenderOptions options,
         typename TokenDesk<H, S>::Options token_options = {});

  /// Takes the lease, and what others have left behind. Once, first.
  ///
  /// @param ready  The ledger's word.
  void recover(Completion<> ready);
  /// Errors  errc::queue_full; what the ledger says: nothing was sent. Whatever the API says is in the report.
  void send(Outgoing message, Done done);
  /// Time has passed: at `next_time()`.
  void on_time();
  /// When `on_time` is to be called at the latest.
  std::optional<steady_time> next_time() const;
  /// The account's credentials are right again: what was kept back goes out.
  void resume();
  /// Nothing goes to this recipient (openid, userid) any more, or everything again. In memory only.
  void close_recipient(const std::string& address, std::string reason) { closed_[address] = std::move(reason); }
  void open_recipient(const std::string& address) { closed_.erase(address); }

  bool is_stopped() const { return stopped_; }
  /// Messages that wait or are under way.
  std::size_t under_way() const { return under_way_; }

 private:
  struct Job;
  using JobPtr = std::shared_ptr<Job>;
  struct Gate;

  Moment now() const { return around_.now(); }
  using Given = typename TokenDesk<H, S>::Given;

  template <class... Results, class F>
  auto back(F f) {
    return way_back<Results...>(this->weak_from_this(), around_.post, std::move(f));
  }
  // What TokenDesk gives, to f(self, given).
  template <class F>
  auto with_token(F f) {
    return [weak = this->weak_from_this(), f = std::move(f)](Given given) mutable {
      if (const auto self = weak.lock()) f(*self, std::move(given));
    };
  }
  std::vector<SendRecord> rows_of(Outgoing message, wall_time now);
  void queue(const JobPtr& job, wall_time at);
  void pump();
  // False: the job waits elsewhere now, or has ended.
  bool may_go(const JobPtr& job);
  bool has_leave(const JobPtr& job);
  void launch(const JobPtr& job);
  void put_off(const JobPtr& job, steady_time until);
  void begin(const JobPtr& job);
  void call(const JobPtr& job);
  void answered(const JobPtr& job, std::error_code ec, HttpAnswer answer);
  void judge(const JobPtr& job, std::optional<bool> stored_token_differs);
  void apply(const JobPtr& job, const Decision& next);
  void note(const JobPtr& job, const Decision& next);
  std::optional<wall_time> follow(const JobPtr& job, const Decision& next, AttemptEnd& end);
  void conclude(const JobPtr& job, AttemptEnd end);
  void await_receipts(const JobPtr& job, const std::vector<AttemptLine>& lines);
  void followed(const JobPtr& job, const AttemptEnd& end, std::vector<AttemptLine> lines);
  void give_up_queued(const JobPtr& job, AttemptState state, std::error_code ec, std::string reason);
  void finish(const JobPtr& job, std::error_code ec);
  void adopt_more(Completion<> ready);
  void adopted(std::vector<AttemptLine> lines);
  void resolve(const JobPtr& job);
  void renew(Completion<> done);
  void count_earlier_calls();
  Gate& gate(Endpoint endpoint) { return gates_[static_cast<std::size_t>(endpoint)]; }
  void ring(Alarm::Kind kind, std::string sample) { bell_.ring(kind, std::move(sample), now().steady); }

  H& http_;
  L& ledger_;
  Account account_;
  std::string owner_;
  Surroundings around_;
  SenderOptions options_;
  std::shared_ptr<Hosts> hosts_;
  std::shared_ptr<TokenDesk<H, S>> tokens_;
  Decider decider_;
  CallCounter counter_;
  AlarmBell bell_;
  struct Gate {
    wall_time held_until{};
    int limits = 0;
    CircuitBreaker breaker{};
  };
  std::array<Gate, endpoint_count> gates_{};
  // Due at a time, then ready, in order.
  std::multimap<wall_time, JobPtr> due_{};
  std::deque<JobPtr> ready_{};
  std::vector<JobPtr> kept_{};
  std::unordered_map<std::string, std::string> closed_{};
  std::size_t under_way_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t at_once_;
  std::size_t good_in_a_row_ = 0;
  std::uint64_t groups_ = 0;
  steady_time renew_at_{};
  bool leased_ = false;
  bool stopped_ = false;
  bool pumping_ = false;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/sender.hpp>
#include <tidings/wechat/impl/sender_answers.hpp>
#include <tidings/wechat/impl/sender_recovery.hpp>

#endif  // TIDINGS_WECHAT_SENDER_HPP
