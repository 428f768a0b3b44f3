// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_SENDER_ANSWERS_HPP
#define TIDINGS_WECHAT_IMPL_SENDER_ANSWERS_HPP

#include <tidings/protocol/http/header_value.hpp>
#include <tidings/wechat/impl/sender.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

// ---- what was answered ----

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::answered(const JobPtr& job, std::error_code ec, HttpAnswer answer) {
  job->answer = {};
  job->text = ec ? ec.message() : std::string();
  if (ec) {
    job->result = answer.maybe_sent ? AttemptResult::no_answer() : AttemptResult::not_written();
    if (!answer.maybe_sent) hosts_->on_unreachable(job->host);
  } else if (answer.status != 200) {
    job->result = AttemptResult::status(answer.status);
    job->text = "HTTP status " + std::to_string(answer.status);
  } else if (parse_answer(answer.body, job->answer)) {
    job->result = AttemptResult::garbage();
    job->text = "no answer of the API";
  } else {
    job->result = AttemptResult::answered(job->answer.code);
    job->text = job->answer.text;
  }
  judge(job, std::nullopt);
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::judge(const JobPtr& job, std::optional<bool> stored_token_differs) {
  AttemptFacts facts;
  facts.platform = account_.platform;
  facts.result = job->result;
  facts.effort = job->effort;
  facts.now = now().wall;
  facts.jitter = around_.jitter();
  facts.key_until = job->send().key_until;
  facts.deadline = job->send().deadline;
  facts.stored_token_differs = stored_token_differs;
  facts.limits_before = gate(job->endpoint).limits;
  facts.account = stopped_ ? AttemptFacts::Account::stopped : AttemptFacts::Account::running;
  const Decision next = decider_.decide(facts);
  job->effort = next.effort;
  if (next.act == Decision::Act::reread_token) {
    return tokens_->reread(job->token, with_token([job](Sender& self, const Given& given) {
                             self.judge(job, !given.ec && given.value != job->token);
                           }));
  }
  if (next.act == Decision::Act::refresh_token) {
    // The try that follows waits for it.
    tokens_->refresh(job->token, [](Given) {});
  }
  --in_flight_;
  apply(job, next);
  pump();
}

// What one answer says about the way that all take.
template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::note(const JobPtr& job, const Decision& next) {
  Gate& way = gate(job->endpoint);
  const Moment present = now();
  const bool spoke = job->result.kind == AttemptResult::Kind::answered;
  if (next.act == Decision::Act::open_circuit) {
    way.breaker.trip(present.steady, std::chrono::milliseconds(next.at.ms - present.wall.ms));
    ring(Alarm::Kind::circuit_open, job->send().channel + ": " + job->text);
  } else if (spoke) {
    way.breaker.on_success(job->pass);
  } else {
    const bool open = way.breaker.state() == CircuitBreaker::State::open;
    way.breaker.on_failure(job->pass, present.steady);
    if (!open && way.breaker.state() == CircuitBreaker::State::open) {
      ring(Alarm::Kind::circuit_open, job->send().channel + ": " + job->text);
    }
  }
  const bool limited = next.error_class == ErrorClass::rate_limit || next.error_class == ErrorClass::quota;
  if (limited) ++way.limits;
  if (next.holds_endpoint) way.held_until = std::max(way.held_until, next.at);
  if (limited && next.alarm) ring(Alarm::Kind::quota, job->send().channel + ": " + job->text);
  if (next.fewer_at_once) {
    at_once_ = std::max<std::size_t>(1, at_once_ / 2);
    good_in_a_row_ = 0;
  }
  if (next.act == Decision::Act::done) {
    way.limits = 0;
    if (++good_in_a_row_ >= at_once_ && at_once_ < options_.most_at_once) {
      ++at_once_;
      good_in_a_row_ = 0;
    }
  }
}

// When the next try is due; none = this was the last one.
template <HttpClient H, TokenStore S, AttemptLedger L>
std::optional<wall_time> Sender<H, S, L>::follow(const JobPtr& job, const Decision& next, AttemptEnd& end) {
  using enum Decision::Act;
  const bool unclear = next.error_class == ErrorClass::unknown_outcome;
  end.state = unclear ? AttemptState::unknown : AttemptState::rejected;
  switch (next.act) {
    case done: end.state = AttemptState::accepted; return std::nullopt;
    case retry:
    case refresh_token:
    case reread_token: return now().wall;
    case wait:
    case open_circuit: return next.at;
    case stop_account:
      if (!stopped_) ring(Alarm::Kind::credential_suspect, job->text);
      stopped_ = true;
      return now().wall;
    case dead_letter:
      end.dead = true;
      ring(Alarm::Kind::dead_letter, job->send().channel + ": " + std::to_string(end.code) + ' ' + job->text);
      return std::nullopt;
    case expire: end.reason = "its deadline comes before the next try"; return std::nullopt;
    case unknown: end.state = AttemptState::unknown; return std::nullopt;
    case fail_recipient:
      if (next.suppress && job->lines.size() == 1) closed_[job->send().address] = end.reason;
      return std::nullopt;
  }
  return std::nullopt;
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::apply(const JobPtr& job, const Decision& next) {
  note(job, next);
  AttemptEnd end;
  end.owner = owner_;
  end.code = job->answer.code;
  end.reason = job->text;
  end.receipt_id = job->answer.message_id;
  end.progress = to_text(job->effort);
  end.now = now().wall;
  end.again = follow(job, next, end);
  job->report.dead = end.dead;
  if (!end.receipt_id.empty()) job->report.msgid = end.receipt_id;
  job->error = end.state == AttemptState::accepted ? std::error_code()
               : job->result.kind == AttemptResult::Kind::answered
                   ? make_error_code(account_.platform, job->result.code)
                   : make_error_code(job->result.kind == AttemptResult::Kind::not_written ? errc::peer_gone
                                                                                          : errc::connection_lost);
  conclude(job, std::move(end));
}

namespace detail {

// WeCom says names in lower case, whatever was asked for.
inline bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [name](const std::string& each) { return protocol::iequals(each, name); });
}
// Whom a call does not reach although it was accepted; an address as `compose` makes it.
inline const char* why_not_reached(const ApiAnswer& answer, std::string_view address) {
  constexpr std::string_view party = "party:";
  constexpr std::string_view tag = "tag:";
  if (is_among(answer.unlicensed_users, address)) return "a user without a licence";
  if (is_among(answer.invalid_users, address)) return "an invalid user";
  if (address.starts_with(party) && is_among(answer.invalid_departments, address.substr(party.size()))) {
    return "an invalid department";
  }
  if (address.starts_with(tag) && is_among(answer.invalid_tags, address.substr(tag.size()))) return "an invalid tag";
  return nullptr;
}

}  // namespace detail

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::conclude(const JobPtr& job, AttemptEnd end) {
  std::vector<AttemptEnd> ends;
  for (const AttemptLine& each : job->lines) {
    AttemptEnd own = end;
    own.attempt = each.attempt.id;
    const char* const why = detail::why_not_reached(job->answer, each.send.address);
    if (end.state == AttemptState::accepted && why != nullptr) {
      own.state = AttemptState::rejected;
      own.reason = why;
      own.receipt_id.clear();
    }
    ends.push_back(std::move(own));
  }
  ledger_.end(ends, back<std::vector<AttemptLine>>(
                        [job, ends](Sender& self, std::error_code ec, std::vector<AttemptLine> lines) mutable {
                          if (ec) {
                            // The row still says `sending`: whoever recovers takes it for unknown.
                            self.ring(Alarm::Kind::ledger, ec.message());
                            return self.finish(job, ec);
                          }
                          for (std::size_t i = 0; i < ends.size(); ++i) {
                            SendReport::Recipient& to = job->report.recipients[i];
                            to.state = ends[i].state;
                            to.reason = ends[i].reason;
                            to.ec = ends[i].state == AttemptState::accepted ? std::error_code()
                                    : job->error                            ? job->error
                                                                            : make_error_code(errc::refused);
                          }
                          self.await_receipts(job, lines);
                          self.followed(job, ends.front(), std::move(lines));
                        }));
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::await_receipts(const JobPtr& job, const std::vector<AttemptLine>& lines) {
  if (!options_.on_accepted || *traits_of(job->endpoint).receipt_event == '\0') return;
  for (const AttemptLine& each : lines) {
    if (each.attempt.state == AttemptState::accepted && !each.attempt.receipt_id.empty()) options_.on_accepted(each);
  }
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::followed(const JobPtr& job, const AttemptEnd& end, std::vector<AttemptLine> lines) {
  if (!end.again) return finish(job, {});
  const bool lost =
      std::any_of(lines.begin(), lines.end(), [](const AttemptLine& each) { return each.attempt.id == 0; });
  if (lost || lines.size() != job->lines.size()) {
    ring(Alarm::Kind::ledger, "a row is another's now");
    return finish(job, errc::cancelled);
  }
  job->lines = std::move(lines);
  if (*end.again > now().wall) return queue(job, *end.again);
  ready_.push_back(job);
  pump();
}

template <HttpClient H, TokenStore S, AttemptLedger L>
void Sender<H, S, L>::give_up_queued(const JobPtr& job, AttemptState state, std::error_code ec, std::string reason) {
  AttemptEnd end;
  end.owner = owner_;
  end.state = state;
  end.reason = std::move(reason);
  end.progress = to_text(job->effort);
  end.now = now().wall;
  job->answer = {};
  job->error = ec;
  conclude(job, std::move(end));
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_SENDER_ANSWERS_HPP
