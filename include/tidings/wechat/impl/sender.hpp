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
  std::chrono::seconds key_life{0};
  // One for each recipient who still needs a call; the first one's send has the body.
  std::vector<AttemptLine> lines{};
  std::string body{};
  Effort effort{};
  SendReport report{};
  std::error_code first_error{};
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

template <HttpClient H, TokenStore S, AttemptLedger L>
template <class... Args, class F>
auto Sender<H, S, L>::back(F f) {
  return
      [weak = this->weak_from_this(), post = around_.post, f = std::move(f)](std::error_code ec, Args... args) mutable {
        post([weak = std::move(weak), f = std::move(f), ec, ... args = std::move(args)]() mutable {
          if (const auto self = weak.lock()) f(*self, ec, std::move(args)...);
        });
      };
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
  job->key_life = message.key_life;
  job->body = std::move(message.body);
  job->done = std::move(done);
  job->report.message = message.message;
  std::vector<SendRecord> sends;
  for (Outgoing::Recipient& each : message.recipients) {
    SendRecord record;
    record.message = message.message;
    record.channel = to_string(message.endpoint);
    record.account = account_.name;
    record.user = each.user;
    record.address = std::move(each.address);
    if (message.recipients.size() > 1) record.group = to_string(message.message);
    if (sends.empty()) record.body = job->body;
    record.owner = owner_;
    record.key = message.key;
    if (!record.key.empty()) record.key_until = present + message.key_life;
    record.deadline = message.deadline;
    record.created = present;
    job->report.recipients.push_back({std::move(each.user)});
    sends.push_back(std::move(record));
  }
  ledger_.open(std::move(sends), AttemptState::queued,
               back<std::vector<AttemptLine>>([job](Sender& self, std::error_code ec, std::vector<AttemptLine> lines) {
                 if (ec) {
                   self.ring(Alarm::Kind::ledger, ec.message());
                   return self.finish(job, ec);
                 }
                 self.opened(job, std::move(lines));
               }));
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::opened(const JobPtr& job, std::vector<AttemptLine> lines) {
  job->lines = std::move(lines);
  ready_.push_back(job);
  pump();
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
    if (passes(job)) launch(job);
  }
  pumping_ = false;
}

template <HttpClient H, TokenStore S, AttemptLedger L>
bool Sender<H, S, L>::passes(const JobPtr& job) {
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
  Gate& way = gate(job->endpoint);
  if (way.held_until > present.wall) {
    queue(job, way.held_until);
    return false;
  }
  job->pass = way.breaker.ask(present.steady);
  if (!job->pass) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(way.breaker.opens_next() - present.steady);
    queue(job, present.wall + wait);
    return false;
  }
  const bool each = traits_of(job->endpoint).quota_unit == EndpointTraits::QuotaUnit::recipient;
  const CallCounter::Verdict verdict =
      counter_.take(job->endpoint, each ? static_cast<std::int64_t>(job->lines.size()) : 1, job->urgency, present.wall);
  if (verdict.alarm) ring(Alarm::Kind::quota, std::to_string(verdict.used) + " calls today: " + send.channel);
  if (!verdict.allowed) queue(job, verdict.retry_at);
  return verdict.allowed;
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::launch(const JobPtr& job) {
  ++in_flight_;
  tokens_->get([weak = this->weak_from_this(), job](typename TokenDesk<H, S>::Given given) {
    const auto self = weak.lock();
    if (!self) return;
    if (given.ec) {
      // Nothing was sent.
      --self->in_flight_;
      const Moment present = self->now();
      const auto wait = std::chrono::ceil<std::chrono::milliseconds>(given.retry_at - present.steady);
      self->queue(job, present.wall + std::max(wait, std::chrono::milliseconds(100)));
      if (given.ec == condition::credential) self->ring(Alarm::Kind::credential_suspect, given.ec.message());
      return;
    }
    job->token = std::move(given.value);
    self->begin(job);
  });
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
