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
  if (leased_ && present.steady >= renew_at_) renew();
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
void Sender<H, S, L>::renew() {
  leased_ = true;
  renew_at_ = now().steady + options_.lease / 3;
  ledger_.renew(owner_, now().wall + options_.lease, back<>([](Sender& self, std::error_code ec) {
                  if (ec) self.ring(Alarm::Kind::ledger, ec.message());
                }));
  if (!kept_.empty() || stopped_) return;
  adopt_more({});
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::recover(Completion<> ready) {
  leased_ = true;
  renew_at_ = now().steady + options_.lease / 3;
  auto shared = std::make_shared<Completion<>>(std::move(ready));
  ledger_.renew(owner_, now().wall + options_.lease, back<>([shared](Sender& self, std::error_code ec) {
                  if (ec) return (*shared)(ec);
                  self.adopt_more(std::move(*shared));
                }));
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::adopt_more(Completion<> ready) {
  auto shared = std::make_shared<Completion<>>(std::move(ready));
  ledger_.adopt(
      account_.name, owner_, now().wall, options_.adopted_at_once,
      back<std::vector<AttemptLine>>([shared](Sender& self, std::error_code ec, std::vector<AttemptLine> lines) {
        const bool more = !ec && lines.size() >= self.options_.adopted_at_once;
        if (!ec) self.adopted(std::move(lines));
        if (more) return self.adopt_more(std::move(*shared));
        if (*shared) (*shared)(ec);
      }));
}

// What somebody was sending when they died may have been sent.
template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::adopted(std::vector<AttemptLine> lines) {
  std::map<std::string, JobPtr> groups;
  std::vector<JobPtr> jobs;
  for (AttemptLine& each : lines) {
    JobPtr& place = groups[each.send.group.empty() ? "#" + std::to_string(each.send.id) : each.send.group];
    if (!place) {
      place = std::make_shared<Job>();
      jobs.push_back(place);
      for (std::size_t i = 0; i < endpoint_count; ++i) {
        if (each.send.channel == to_string(static_cast<Endpoint>(i))) place->endpoint = static_cast<Endpoint>(i);
      }
      place->body = each.send.body;
      place->effort = effort_of(each.send.progress);
      place->report.message = each.send.message;
    }
    place->report.recipients.push_back({each.send.user});
    place->lines.push_back(std::move(each));
  }
  for (const JobPtr& job : jobs) {
    ++under_way_;
    if (job->state() != AttemptState::sending) {
      queue(job, job->lines.front().attempt.due);
      continue;
    }
    job->effort.maybe_sent = true;
    job->effort.add(ErrorClass::unknown_outcome);
    AttemptEnd end;
    end.owner = owner_;
    end.state = AttemptState::unknown;
    end.reason = "whoever sent it ended before the answer";
    end.progress = to_text(job->effort);
    end.now = now().wall;
    if (decider_.may_send(job->effort, job->send().key_until, now().wall)) end.again = end.now;
    job->first_error = errc::connection_lost;
    conclude(job, std::move(end));
  }
  on_time();
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_SENDER_RECOVERY_HPP
