// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_TOKEN_LIFE_HPP
#define TIDINGS_WECHAT_IMPL_TOKEN_LIFE_HPP

#include <tidings/wechat/mutant.hpp>
#include <tidings/wechat/token_life.hpp>

#include <algorithm>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

inline std::chrono::milliseconds part_of(std::chrono::milliseconds span, double factor) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(span.count()) * factor));
}

}  // namespace detail

inline bool TokenLife::is_usable(steady_time now) const {
  return !token_.value.empty() && now < hard_ && token_.value != refused_;
}

// Of a flight that nobody tells the end of, a late word is passed over: the next one has another number.
inline bool TokenLife::is_under_way(steady_time now) const {
  return phase_ != Phase::idle && now - heard_ <= options_.lease;
}

inline TokenStep TokenLife::step(TokenStep::Do act, Phase phase) {
  phase_ = phase;
  TokenStep next;
  next.act = act;
  next.flight = flight_;
  return next;
}

inline TokenStep TokenLife::begin(Moment now, bool look_only) {
  ++flight_;
  began_ = heard_ = now.steady;
  look_only_ = look_only;
  stored_ = true;
  if (mutated(Mutant::refresh_without_double_check) && !look_only) return fetch(token_.generation, now);
  return step(TokenStep::Do::read, Phase::reading);
}

inline TokenStep TokenLife::end(bool release) {
  TokenStep next = step(TokenStep::Do::nothing, Phase::idle);
  next.wake = true;
  next.release = release;
  return next;
}

inline TokenAnswer TokenLife::join(Moment now, bool look_only) {
  TokenAnswer answer{TokenAnswer::Get::wait};
  if (!is_under_way(now.steady)) {
    answer.step = begin(now, look_only);
  } else if (!look_only) {
    look_only_ = false;
  }
  return answer;
}

inline TokenAnswer TokenLife::ask(Moment now) {
  const bool resting = now.steady < rest_until_;
  if (is_usable(now.steady)) {
    TokenAnswer answer{TokenAnswer::Get::use};
    if (now.steady >= soft_ && !resting && !is_under_way(now.steady)) answer.step = begin(now, false);
    return answer;
  }
  if (!is_under_way(now.steady) && resting) return {TokenAnswer::Get::fail, {}, rest_until_};
  return join(now, false);
}

inline TokenAnswer TokenLife::reread(std::string_view value, Moment now) {
  if (token_.value != value && is_usable(now.steady)) return {TokenAnswer::Get::use};
  return join(now, true);
}

inline TokenAnswer TokenLife::refresh(std::string_view value, Moment now) {
  if (mutated(Mutant::expire_without_compare)) {
    refused_ = token_.value;
  } else if (token_.value == value) {
    refused_ = value;
  } else if (is_usable(now.steady)) {
    return {TokenAnswer::Get::use};
  }
  if (is_under_way(now.steady)) return join(now, false);
  if (last_fetched_) rest_until_ = std::max(rest_until_, *last_fetched_ + options_.least_between);
  if (now.steady < rest_until_) return {TokenAnswer::Get::fail, {}, rest_until_};
  return join(now, false);
}

// Live, not refused, and newer than ours, unless ours has ended: a store may have been emptied, and counts anew.
inline bool TokenLife::is_better(const TokenRecord& record, Moment now) const {
  const bool newer = record.generation > token_.generation || now.steady >= hard_;
  return !record.value.empty() && now.wall < record.expires_at && record.value != refused_ &&
         (newer || mutated(Mutant::adopt_older_token));
}

inline void TokenLife::adopt(const TokenRecord& record, Moment now, double jitter) {
  const std::chrono::milliseconds left(record.expires_at.ms - now.wall.ms);
  const auto life = std::clamp(left, std::chrono::milliseconds(0), options_.longest_life);
  const auto settled = std::min(detail::part_of(options_.settle, 1 + jitter / 2), life / 2);
  const auto fresh = life - options_.early + options_.lead + detail::part_of(options_.spread, jitter);
  token_ = record;
  hard_ = now.steady + life;
  soft_ = now.steady + std::max(fresh, settled);
}

inline TokenStep TokenLife::fetch(std::uint64_t expected, Moment now) {
  expected_ = expected;
  asked_ = now.wall;
  return step(TokenStep::Do::fetch, Phase::fetching);
}

inline TokenStep TokenLife::claim(Moment now) {
  TokenStep next = step(TokenStep::Do::claim, Phase::claiming);
  next.until = now.wall + options_.lease;
  return next;
}

inline void TokenLife::fail(Moment now, double jitter) {
  std::chrono::milliseconds wait = options_.rest;
  for (int i = 0; i < failures_ && wait < options_.longest_rest; ++i) wait *= 2;
  ++failures_;
  rest_until_ = now.steady + detail::part_of(std::min(wait, options_.longest_rest), 1 + jitter / 10);
}

// The store has failed. With a token of our own nothing is lost; without one the API is asked, seldom.
inline TokenStep TokenLife::without_store(Moment now, double jitter) {
  if (phase_ == Phase::comparing) return use_fetched(now, jitter);
  if (is_usable(now.steady) || look_only_) {
    // Not beyond its end, for then the API must be asked.
    rest_until_ = std::min(now.steady + detail::part_of(options_.rest, 1 + jitter / 10), hard_);
    return end(phase_ != Phase::reading);
  }
  stored_ = false;
  return fetch(token_.generation, now);
}

inline TokenStep TokenLife::on_read(std::uint64_t flight, const std::optional<TokenRecord>& record, Moment now,
                                    double jitter) {
  const bool expected = phase_ == Phase::reading || phase_ == Phase::rereading || phase_ == Phase::comparing;
  if (flight != flight_ || !expected) return {};
  heard_ = now.steady;
  if (!record) return without_store(now, jitter);
  const bool claimed = phase_ != Phase::reading;
  const bool better = is_better(*record, now);
  if (better) adopt(*record, now, jitter);
  if (phase_ == Phase::comparing) return better ? end(true) : use_fetched(now, jitter);
  const bool settled = is_usable(now.steady) && now.steady < soft_;
  if (settled || look_only_) return end(claimed);
  TokenStep next = claimed ? fetch(record->generation, now) : claim(now);
  next.wake = better;
  return next;
}

inline TokenStep TokenLife::on_claimed(std::uint64_t flight, std::optional<bool> claimed, Moment now, double jitter) {
  if (flight != flight_ || phase_ != Phase::claiming) return {};
  heard_ = now.steady;
  if (!claimed) return without_store(now, jitter);
  if (*claimed) return step(TokenStep::Do::read, Phase::rereading);
  if (now.steady - began_ >= options_.patience) {
    rest_until_ = now.steady + options_.breath;
    return end(false);
  }
  TokenStep next = step(TokenStep::Do::wait, Phase::waiting);
  next.at = now.steady + detail::part_of(options_.look_again, 1 + 2 * jitter);
  return next;
}

inline TokenStep TokenLife::on_waited(std::uint64_t flight, Moment now) {
  if (flight != flight_ || phase_ != Phase::waiting) return {};
  heard_ = now.steady;
  return step(TokenStep::Do::read, Phase::reading);
}

inline TokenStep TokenLife::on_fetched(std::uint64_t flight, std::string value, std::chrono::seconds expires_in,
                                       Moment now, double jitter) {
  if (flight != flight_ || phase_ != Phase::fetching) return {};
  if (value.empty() || expires_in.count() <= 0) return on_fetch_failed(flight, now, jitter);
  heard_ = now.steady;
  failures_ = 0;
  last_fetched_ = now.steady;
  // Had anew, it counts again.
  if (value == refused_) refused_.clear();
  fetched_.value = std::move(value);
  fetched_.expires_at =
      asked_ + std::min<std::chrono::milliseconds>(
                   std::min<std::chrono::seconds>(expires_in, std::chrono::hours(24 * 365)), options_.longest_life);
  fetched_.generation = std::max(expected_, token_.generation) + 1;
  if (!stored_) return use_fetched(now, jitter);
  TokenStep next = step(TokenStep::Do::write, Phase::writing);
  next.record = fetched_;
  next.expected = expected_;
  return next;
}

inline TokenStep TokenLife::use_fetched(Moment now, double jitter) {
  adopt(fetched_, now, jitter);
  if (!stored_) rest_until_ = now.steady + options_.rest;
  return end(true);
}

inline TokenStep TokenLife::on_fetch_failed(std::uint64_t flight, Moment now, double jitter) {
  if (flight != flight_ || phase_ != Phase::fetching) return {};
  heard_ = now.steady;
  fail(now, jitter);
  return end(true);
}

// If not written, somebody was faster although the key was ours: what is stored counts, if it is of any use.
inline TokenStep TokenLife::on_written(std::uint64_t flight, std::optional<bool> written, Moment now, double jitter) {
  if (flight != flight_ || phase_ != Phase::writing) return {};
  heard_ = now.steady;
  if (!written) stored_ = false;
  if (written && !*written) return step(TokenStep::Do::read, Phase::comparing);
  return use_fetched(now, jitter);
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_TOKEN_LIFE_HPP
