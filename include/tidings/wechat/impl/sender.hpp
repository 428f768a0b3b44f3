// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_SENDER_HPP
#define TIDINGS_WECHAT_IMPL_SENDER_HPP

#include <tidings/wechat/sender.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

template <HttpClient H, TokenStore S, AttemptLedger L>
struct Sender<H, S, L>::Job {
  Endpoint endpoint = Endpoint::template_message;
  CallCounter::Urgency urgency = CallCounter::Urgency::normal;
  // One for each recipient who still needs a call; the first one's send has the body.
  std::vector<AttemptLine> lines{};
  std::string body{};
  Effort effort{};
  SendReport report{};
  std::error_code error{};
  Done done{};
  // Of the call under way.
  std::string token{};
  std::string host{};
  CircuitBreaker::Pass pass{};
  AttemptResult result{};
  ApiAnswer answer{};
  std::string text{};

  const SendRecord& send() const { return lines.front().send; }
  AttemptState state() const { return lines.front().attempt.state; }
};

template <HttpClient H, TokenStore S, AttemptLedger L>
Sender<H, S, L>::Sender(H& http, S& tokens, L& ledger, Account account, std::string owner, Surroundings around,
                        SenderOptions options, typename TokenDesk<H, S>::Options token_options)
    : http_(http),
      ledger_(ledger),
      account_(std::move(account)),
      owner_(std::move(owner)),
      around_(std::move(around)),
      options_(std::move(options)),
      hosts_(std::make_shared<Hosts>(account_)),
      tokens_(std::make_shared<TokenDesk<H, S>>(http, tokens, account_, hosts_, owner_, around_, token_options)),
      decider_(options_.decider),
      counter_(options_.quota),
      bell_(account_.name, options_.on_alarm, options_.alarm_rest),
      at_once_(options_.most_at_once) {
  for (Gate& each : gates_) each.breaker = CircuitBreaker(options_.circuit);
}

// ---- in ----

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::send(Outgoing message, Done done) {
  if (under_way_ >= options_.max_under_way) {
    around_.post([done = std::move(done)]() mutable { done.fail(errc::queue_full); });
    return;
  }
  ++under_way_;
  const wall_time present = now().wall;
  auto job = std::make_shared<Job>();
  job->endpoint = message.endpoint;
  job->urgency = message.urgency;
  job->body = message.body;
  job->done = std::move(done);
  job->report.message = message.message;
  for (const Outgoing::Recipient& each : message.recipients) job->report.recipients.push_back({each.user});
  ledger_.open(rows_of(std::move(message), present), AttemptState::queued,
               back<std::vector<AttemptLine>>([job](Sender& self, std::error_code ec, std::vector<AttemptLine> lines) {
                 if (ec) {
                   self.ring(Alarm::Kind::ledger, ec.message());
                   return self.finish(job, ec);
                 }
                 job->lines = std::move(lines);
                 self.ready_.push_back(job);
                 self.pump();
               }));
}

template <HttpClient H, TokenStore S, AttemptLedger L>
std::vector<SendRecord> Sender<H, S, L>::rows_of(Outgoing message, wall_time now) {
  std::vector<SendRecord> sends;
  // One message may be several calls.
  const std::string group = message.recipients.size() > 1 ? owner_ + ':' + std::to_string(++groups_) : std::string();
  for (Outgoing::Recipient& each : message.recipients) {
    SendRecord record;
    record.message = message.message;
    record.channel = to_string(message.endpoint);
    record.account = account_.name;
    record.user = std::move(each.user);
    record.address = std::move(each.address);
    record.group = group;
    if (sends.empty()) record.body = std::move(message.body);
    record.owner = owner_;
    record.key = message.key;
    if (!record.key.empty()) record.key_until = now + message.key_life;
    record.deadline = message.deadline;
    record.created = now;
    sends.push_back(std::move(record));
  }
  return sends;
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::queue(const JobPtr& job, wall_time at) {
  due_.emplace(at, job);
}

// ---- out ----

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::pump() {
  if (std::exchange(pumping_, true)) return;
  while (!ready_.empty() && in_flight_ < at_once_) {
    const JobPtr job = std::move(ready_.front());
    ready_.pop_front();
    if (may_go(job)) launch(job);
  }
  pumping_ = false;
}

template <HttpClient H, TokenStore S, AttemptLedger L>
bool Sender<H, S, L>::may_go(const JobPtr& job) {
  const Moment present = now();
  const SendRecord& send = job->send();
  if (send.deadline && present.wall > *send.deadline) {
    give_up_queued(job, AttemptState::expired, errc::expired, "its deadline has passed");
    return false;
  }
  if (!decider_.may_send(job->effort, send.key_until, present.wall)) {
    give_up_queued(job, AttemptState::cancelled, errc::connection_lost, "it may have been sent, and its key has ended");
    return false;
  }
  if (const auto found = closed_.find(send.address); job->lines.size() == 1 && found != closed_.end()) {
    give_up_queued(job, AttemptState::dropped, errc::refused, found->second);
    return false;
  }
  if (stopped_) {
    kept_.push_back(job);
    return false;
  }
  const wall_time held_until = gate(job->endpoint).held_until;
  if (held_until > present.wall) queue(job, held_until);
  return held_until <= present.wall;
}

// Asked only when the token is there: leave that is not used would be counted.
template <HttpClient H, TokenStore S, AttemptLedger L>
bool Sender<H, S, L>::has_leave(const JobPtr& job) {
  const Moment present = now();
  CircuitBreaker& breaker = gate(job->endpoint).breaker;
  job->pass = breaker.ask(present.steady);
  if (!job->pass) {
    put_off(job, breaker.opens_next());
    return false;
  }
  const bool each = traits_of(job->endpoint).quota_unit == EndpointTraits::QuotaUnit::recipient;
  const CallCounter::Verdict verdict =
      counter_.take(job->endpoint, each ? static_cast<std::int64_t>(job->lines.size()) : 1, job->urgency, present.wall);
  if (verdict.alarm) {
    ring(Alarm::Kind::quota, std::to_string(verdict.used) + " calls today: " + job->send().channel);
  }
  if (!verdict.allowed) queue(job, verdict.retry_at);
  return verdict.allowed;
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::launch(const JobPtr& job) {
  ++in_flight_;
  tokens_->get(with_token([job](Sender& self, Given given) {
    job->token = std::move(given.value);
    // Others may have met a limit meanwhile.
    if (!given.ec && self.may_go(job) && self.has_leave(job)) return self.begin(job);
    --self.in_flight_;
    if (given.ec) self.put_off(job, given.retry_at);
    if (given.ec == condition::credential) self.ring(Alarm::Kind::credential_suspect, given.ec.message());
    self.pump();
  }));
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::put_off(const JobPtr& job, steady_time until) {
  const Moment present = now();
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - present.steady);
  queue(job, present.wall + std::max(wait, std::chrono::milliseconds(100)));
}

// The row says `sending` before the call is made: what is found so after a crash may have been sent.
template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::begin(const JobPtr& job) {
  std::vector<std::uint64_t> ids;
  for (const AttemptLine& each : job->lines) ids.push_back(each.attempt.id);
  if (mutated(Mutant::row_after_call)) return call(job);
  ledger_.begin(std::move(ids), owner_, now().wall,
                back<std::vector<bool>>([job](Sender& self, std::error_code ec, std::vector<bool> begun) {
                  const bool all = std::find(begun.begin(), begun.end(), false) == begun.end();
                  if (!ec && all && !begun.empty()) return self.call(job);
                  --self.in_flight_;
                  self.ring(Alarm::Kind::ledger, ec ? ec.message() : "a row is another's now");
                  // It stays in the ledger, with whoever has it.
                  self.finish(job, ec ? ec : make_error_code(errc::cancelled));
                  self.pump();
                }));
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::call(const JobPtr& job) {
  ++job->report.calls;
  for (AttemptLine& each : job->lines) each.attempt.state = AttemptState::sending;
  job->host = hosts_->current();
  HttpCall request;
  request.method = "POST";
  request.url = job->host + request_target(job->endpoint, job->token);
  request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  request.body = job->body;
  request.timeout = options_.call_timeout;
  http_.call(std::move(request), back<HttpAnswer>([job](Sender& self, std::error_code ec, HttpAnswer answer) {
               self.answered(job, ec, std::move(answer));
             }));
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::finish(const JobPtr& job, std::error_code ec) {
  --under_way_;
  if (job->done) job->done(ec, std::move(job->report));
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_SENDER_HPP
