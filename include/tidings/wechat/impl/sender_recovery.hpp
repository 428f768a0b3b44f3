// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_SENDER_RECOVERY_HPP
#define TIDINGS_WECHAT_IMPL_SENDER_RECOVERY_HPP

#include <tidings/wechat/impl/sender.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

// ---- time, and what was left behind ----

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::on_time() {
  tokens_->on_time();
  const Moment present = now();
  if (leased_ && present.steady >= renew_at_) {
    renew([weak = this->weak_from_this()](std::error_code ec) {
      const auto self = weak.lock();
      // Also what somebody has put back.
      if (self && !ec && !self->stopped_) self->adopt_more({});
    });
  }
  while (!due_.empty() && due_.begin()->first <= present.wall) {
    ready_.push_back(std::move(due_.begin()->second));
    due_.erase(due_.begin());
  }
  pump();
}

template <HttpClient H, TokenStore S, AttemptLedger L>
std::optional<steady_time> Sender<H, S, L>::next_time() const {
  std::optional<steady_time> next = tokens_->next_time();
  const auto sooner = [&next](steady_time at) { next = std::min(next.value_or(at), at); };
  if (leased_) sooner(renew_at_);
  const Moment present = now();
  if (!due_.empty()) sooner(present.steady + std::chrono::milliseconds(due_.begin()->first.ms - present.wall.ms));
  return next;
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::resume() {
  stopped_ = false;
  for (JobPtr& each : std::exchange(kept_, {})) ready_.push_back(std::move(each));
  pump();
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::renew(Completion<> done) {
  leased_ = true;
  renew_at_ = now().steady + options_.lease / 3;
  ledger_.renew(owner_, now().wall + options_.lease,
                back<>([done = std::move(done)](Sender& self, std::error_code ec) mutable {
                  if (ec) self.ring(Alarm::Kind::ledger, ec.message());
                  done(ec);
                }));
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::recover(Completion<> ready) {
  count_earlier_calls();
  renew([weak = this->weak_from_this(), ready = std::move(ready)](std::error_code ec) mutable {
    const auto self = weak.lock();
    if (ec || !self) return ready(ec);
    self->adopt_more(std::move(ready));
  });
}

// Today's calls of processes before this one.
template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::count_earlier_calls() {
  const wall_time present = now().wall;
  const wall_time midnight = next_china_day(present) - std::chrono::hours(24);
  for (std::size_t i = 0; i < endpoint_count; ++i) {
    const auto endpoint = static_cast<Endpoint>(i);
    if (traits_of(endpoint).kind != EndpointKind::send) continue;
    ledger_.calls(account_.name, to_string(endpoint), midnight,
                  back<std::size_t>([endpoint, present](Sender& self, std::error_code ec, std::size_t calls) {
                    if (ec) return self.ring(Alarm::Kind::ledger, ec.message());
                    self.counter_.restore(endpoint, china_day(present), static_cast<std::int64_t>(calls), present);
                  }));
  }
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::adopt_more(Completion<> ready) {
  ledger_.adopt(account_.name, owner_, now().wall, options_.adopted_at_once,
                back<std::vector<AttemptLine>>([ready = std::move(ready)](Sender& self, std::error_code ec,
                                                                          std::vector<AttemptLine> lines) mutable {
                  const bool more = !ec && lines.size() >= self.options_.adopted_at_once;
                  if (!ec) self.adopted(std::move(lines));
                  if (more) return self.adopt_more(std::move(ready));
                  ready(ec);
                }));
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::adopted(std::vector<AttemptLine> lines) {
  std::map<std::string, JobPtr> groups;
  std::vector<JobPtr> jobs;
  for (AttemptLine& each : lines) {
    const std::optional<Endpoint> endpoint = endpoint_of(each.send.channel);
    if (!endpoint || traits_of(*endpoint).kind != EndpointKind::send) {
      // Somebody else's, under the account's name: it is free again with our lease.
      ring(Alarm::Kind::ledger, "a send over a channel that is none of ours: " + each.send.channel);
      continue;
    }
    JobPtr& place = groups[each.send.group.empty() ? "#" + std::to_string(each.send.id) : each.send.group];
    if (!place) {
      place = std::make_shared<Job>();
      jobs.push_back(place);
      place->endpoint = *endpoint;
      place->body = each.send.body;
      place->effort = effort_of(each.send.progress);
      place->report.message = each.send.message;
    }
    place->report.recipients.push_back({each.send.user});
    place->lines.push_back(std::move(each));
  }
  for (const JobPtr& job : jobs) {
    ++under_way_;
    if (job->state() == AttemptState::sending) {
      resolve(job);
    } else {
      queue(job, job->lines.front().attempt.due);
    }
  }
  on_time();
}

// What somebody was sending when they died may have been sent.
template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::resolve(const JobPtr& job) {
  job->effort.maybe_sent = true;
  job->effort.add(ErrorClass::unknown_outcome);
  AttemptEnd end;
  end.owner = owner_;
  end.state = AttemptState::unknown;
  end.reason = "whoever sent it ended before the answer";
  end.progress = to_text(job->effort);
  end.now = now().wall;
  if (decider_.may_send(job->effort, job->send().key_until, now().wall)) end.again = end.now;
  job->error = errc::connection_lost;
  conclude(job, std::move(end));
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_SENDER_RECOVERY_HPP
