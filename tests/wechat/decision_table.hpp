// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_WECHAT_DECISION_TABLE_HPP
#define TIDINGS_TESTS_WECHAT_DECISION_TABLE_HPP

#include <tidings/wechat/decider.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace decision_table {

using namespace tidings;
using namespace tidings::wechat;
using namespace std::chrono_literals;
using Act = Decision::Act;
using Account = AttemptFacts::Account;

/// 2023-11-15 06:13:20.500 in China.
inline constexpr wall_time now{1'700'000'000'500};
/// The midnight there that follows.
inline constexpr wall_time midnight{1'700'064'000'000};
inline constexpr wall_time full_minute{1'700'000'040'000};

/// One row: what is known, and what is to be done.
struct Row {
  std::string name;
  AttemptFacts facts;
  Act act;
  ErrorClass error_class;
  /// Of `wait` and `open_circuit`.
  std::optional<wall_time> at{};
  /// Of these letters: Alarm, Holds the endpoint, Fewer at once, sPlit, sUppress.
  std::string marks{};
};

inline AttemptFacts facts(AttemptResult result, Platform platform = Platform::official_account) {
  return {.platform = platform, .result = result, .now = now, .jitter = 0.5};
}
inline AttemptFacts answered(std::int32_t code, Platform platform = Platform::official_account) {
  return facts(AttemptResult::answered(code), platform);
}
inline AttemptFacts with_key(AttemptFacts known, std::chrono::milliseconds life = 10min) {
  known.key_until = now + life;
  return known;
}
inline AttemptFacts after(AttemptFacts known, ErrorClass each, int times) {
  for (int i = 0; i < times; ++i) known.effort.add(each);
  return known;
}
inline AttemptFacts maybe_sent(AttemptFacts known) {
  known.effort.maybe_sent = true;
  return known;
}
inline AttemptFacts reread(AttemptFacts known, bool differs) {
  known.stored_token_differs = differs;
  return known;
}
inline AttemptFacts refreshed(AttemptFacts known) {
  known.effort.refreshes = 1;
  return known;
}
inline AttemptFacts retried(AttemptFacts known) {
  known.effort.rereads = 1;
  return known;
}
inline AttemptFacts until(AttemptFacts known, wall_time deadline) {
  known.deadline = deadline;
  return known;
}
inline AttemptFacts stopped(AttemptFacts known) {
  known.account = Account::stopped;
  return known;
}
inline AttemptFacts limits(AttemptFacts known, int before) {
  known.limits_before = before;
  return known;
}

inline std::string marks_of(const Decision& decision) {
  std::string marks;
  if (decision.alarm) marks += 'A';
  if (decision.holds_endpoint) marks += 'H';
  if (decision.fewer_at_once) marks += 'F';
  if (decision.split) marks += 'P';
  if (decision.suppress) marks += 'U';
  return marks;
}

/// What is wrong with the first row that is decided otherwise; empty if all are right.
inline std::string first_wrong(const Decider& decider, const std::vector<Row>& all) {
  for (const Row& row : all) {
    const Decision decision = decider.decide(row.facts);
    const bool timed = decision.act == Act::wait || decision.act == Act::open_circuit;
    const bool right = decision.act == row.act && decision.error_class == row.error_class &&
                       marks_of(decision) == row.marks && timed == row.at.has_value() &&
                       (!timed || decision.at == *row.at);
    if (!right) {
      return row.name + ": " + to_string(decision.act) + " " + to_string(decision.error_class) + " marks " +
             marks_of(decision) + " after " + std::to_string(decision.at.ms - now.ms) + " ms";
    }
  }
  return {};
}

inline std::vector<Row> plain_rows() {
  using enum ErrorClass;
  constexpr Platform wecom = Platform::wecom;
  return {
      {"accepted", answered(0), Act::done, success},
      {"accepted by WeCom", answered(0, wecom), Act::done, success},
      {"accepted before", answered(45065), Act::done, duplicate},
      {"accepted after all", maybe_sent(with_key(answered(0))), Act::done, success},
      {"accepted behind its deadline", until(answered(0), now - 1s), Act::done, success},
      {"accepted by an account that has stopped", stopped(answered(0)), Act::done, success},
      {"wrong secret", answered(40001, wecom), Act::stop_account, credential, {}, "A"},
      {"bad appid", answered(40013), Act::stop_account, credential, {}, "A"},
      {"does not follow", answered(43004), Act::fail_recipient, recipient, {}, "U"},
      {"nobody of the list", answered(81013, wecom), Act::fail_recipient, recipient, {}, "U"},
      {"one of the list", answered(40031, wecom), Act::fail_recipient, recipient, {}, "P"},
      {"allowance used up", answered(43101), Act::fail_recipient, window_closed},
      {"too late to answer", answered(45015), Act::fail_recipient, window_closed},
      {"bad template", answered(47003), Act::dead_letter, bad_request, {}, "A"},
      {"too many users", answered(40032, wecom), Act::dead_letter, bad_request, {}, "AP"},
      {"explained by nobody", answered(43104), Act::dead_letter, unlisted, {}, "A"},
      {"never heard of", answered(123), Act::dead_letter, unlisted, {}, "A"},
      {"a redirect", facts(AttemptResult::status(302)), Act::dead_letter, bad_request, {}, "A"},
      {"no such path", facts(AttemptResult::status(404)), Act::dead_letter, bad_request, {}, "A"},
  };
}

inline std::vector<Row> token_rows() {
  using enum ErrorClass;
  const AttemptFacts stale = answered(40001);
  return {
      {"stale: look first", stale, Act::reread_token, token_stale},
      {"expired: look first", answered(42001), Act::reread_token, token_stale},
      {"invalid at WeCom: look first", answered(40014, Platform::wecom), Act::reread_token, token_stale},
      {"another one is stored", reread(stale, true), Act::retry, token_stale},
      {"the same one is stored", reread(stale, false), Act::refresh_token, token_stale},
      {"stale again after the stored one: look first", retried(stale), Act::reread_token, token_stale},
      {"stale again, yet another is stored", reread(retried(stale), true), Act::refresh_token, token_stale},
      {"stale again, the same is stored", reread(retried(stale), false), Act::refresh_token, token_stale},
      {"stale after a refresh: look first", refreshed(stale), Act::reread_token, token_stale},
      {"stale after a refresh", reread(refreshed(stale), false), Act::stop_account, credential, {}, "A"},
      {"stale after a refresh, another is stored", reread(refreshed(stale), true), Act::retry, token_stale},
      {"stale after both", reread(retried(refreshed(stale)), true), Act::stop_account, credential, {}, "A"},
      {"stale, and perhaps sent before", maybe_sent(stale), Act::unknown, token_stale},
      {"stale, perhaps sent, with a key", with_key(maybe_sent(stale)), Act::reread_token, token_stale},
      {"stale behind its deadline", until(stale, now - 1s), Act::expire, token_stale},
      {"stale in an account that has stopped", stopped(stale), Act::stop_account, token_stale},
  };
}

inline std::vector<Row> busy_rows() {
  using enum ErrorClass;
  const AttemptFacts busy_answer = answered(-1);
  return {
      {"busy", busy_answer, Act::wait, busy, now + 500ms},
      {"busy again", after(busy_answer, busy, 1), Act::wait, busy, now + 1s},
      {"busy a third time", after(busy_answer, busy, 2), Act::wait, busy, now + 2s},
      {"busy a fourth time", after(busy_answer, busy, 3), Act::dead_letter, busy, {}, "A"},
      {"busy after what never counted", after(busy_answer, rate_limit, 30), Act::wait, busy, now + 500ms},
      {"several writers", answered(6000, Platform::wecom), Act::wait, busy, now + 500ms},
      {"not written", facts(AttemptResult::not_written()), Act::wait, busy, now + 500ms},
      {"not available", facts(AttemptResult::status(503)), Act::wait, busy, now + 500ms},
      {"too slow for it", facts(AttemptResult::status(408)), Act::wait, busy, now + 500ms},
      {"busy at the deadline", until(busy_answer, now + 500ms), Act::wait, busy, now + 500ms},
      {"busy until after the deadline", until(busy_answer, now + 499ms), Act::expire, busy},
      {"busy, perhaps sent before", maybe_sent(busy_answer), Act::unknown, busy},
      {"busy, perhaps sent, with a key", with_key(maybe_sent(busy_answer)), Act::wait, busy, now + 500ms},
      {"busy to the end, perhaps sent", with_key(maybe_sent(after(busy_answer, busy, 3))), Act::unknown, busy, {}, "A"},
      {"busy, and the account has stopped", stopped(busy_answer), Act::stop_account, busy},
  };
}

inline std::vector<Row> unknown_rows() {
  using enum ErrorClass;
  const AttemptFacts silent = facts(AttemptResult::no_answer());
  return {
      {"no answer, no key", silent, Act::unknown, unknown_outcome},
      {"no answer, a key", with_key(silent), Act::wait, unknown_outcome, now + 500ms},
      {"no answer again", with_key(after(silent, unknown_outcome, 1)), Act::wait, unknown_outcome, now + 1s},
      {"no answer after busy", with_key(after(silent, busy, 2)), Act::wait, unknown_outcome, now + 2s},
      {"no answer too often", with_key(after(silent, unknown_outcome, 3)), Act::unknown, unknown_outcome, {}, "A"},
      {"the key just lasts", with_key(silent, 30'501ms), Act::wait, unknown_outcome, now + 500ms},
      {"the key ends before", with_key(silent, 30'500ms), Act::unknown, unknown_outcome},
      {"the key has ended", with_key(silent, -1h), Act::unknown, unknown_outcome},
      {"no answer until after the deadline", until(with_key(silent), now), Act::unknown, unknown_outcome},
      {"garbage, no key", facts(AttemptResult::garbage()), Act::unknown, unknown_outcome},
      {"garbage, a key", with_key(facts(AttemptResult::garbage())), Act::wait, unknown_outcome, now + 500ms},
      {"bad gateway", facts(AttemptResult::status(502)), Act::unknown, unknown_outcome},
      {"gateway timeout", facts(AttemptResult::status(504)), Act::unknown, unknown_outcome},
      {"server error", facts(AttemptResult::status(500)), Act::unknown, unknown_outcome},
      {"bad gateway, a key", with_key(facts(AttemptResult::status(502))), Act::wait, unknown_outcome, now + 500ms},
      {"no status at all", facts(AttemptResult::status(0)), Act::unknown, unknown_outcome},
      {"perhaps sent, then refused for what it is",
       with_key(maybe_sent(answered(47003))),
       Act::unknown,
       bad_request,
       {},
       "A"},
      {"perhaps sent, then no such recipient",
       with_key(maybe_sent(answered(43004))),
       Act::fail_recipient,
       recipient,
       {},
       "U"},
  };
}

inline std::vector<Row> limit_rows() {
  using enum ErrorClass;
  constexpr Platform wecom = Platform::wecom;
  const AttemptFacts any = answered(45009, wecom);
  const AttemptFacts parallel = answered(45033, wecom);
  return {
      {"a minute's calls", answered(45011), Act::wait, rate_limit, full_minute + 500ms, "H"},
      {"the same id too soon", answered(45066), Act::wait, rate_limit, now + 60'500ms, "H"},
      {"limits use up no tries", after(answered(45011), rate_limit, 58), Act::wait, rate_limit, full_minute + 500ms,
       "H"},
      {"but not for ever", after(answered(45011), rate_limit, 59), Act::dead_letter, rate_limit, {}, "A"},
      {"too many requests", facts(AttemptResult::status(429)), Act::wait, rate_limit, now + 60'500ms, "H"},
      {"some limit", any, Act::wait, rate_limit, now + 60'500ms, "H"},
      {"some limit again", limits(any, 1), Act::wait, rate_limit, now + 1h + 500ms, "H"},
      {"some limit still", limits(any, 2), Act::wait, rate_limit, midnight + 500ms, "AH"},
      {"some limit for days", limits(any, 50), Act::wait, rate_limit, midnight + 500ms, "AH"},
      {"too many at a time", parallel, Act::wait, rate_limit, now + 500ms, "F"},
      {"again too many at a time", after(parallel, rate_limit, 2), Act::wait, rate_limit, now + 2s, "F"},
      {"too many at a time for long", after(parallel, rate_limit, 20), Act::wait, rate_limit, now + 15s, "F"},
      {"the day's calls", answered(45009), Act::wait, quota, midnight + 30s, "AH"},
      {"the day's calls of a mini-program", answered(45029, Platform::mini_program), Act::wait, quota, midnight + 30s,
       "AH"},
      {"the day's calls for a week", after(answered(45009), quota, 6), Act::dead_letter, quota, {}, "A"},
      {"the day's calls, and a deadline", until(answered(45009), midnight), Act::expire, quota, {}, "AH"},
      {"the day's calls, perhaps sent", with_key(maybe_sent(answered(45009))), Act::unknown, quota, {}, "AH"},
      {"address refused", answered(40164), Act::open_circuit, blocked, now + 45s, "A"},
      {"address refused again", after(answered(40164), blocked, 1), Act::open_circuit, blocked, now + 90s, "A"},
      {"address refused for long", after(answered(40164), blocked, 8), Act::open_circuit, blocked, now + 1350s, "A"},
      {"address refused for hours", after(answered(40164), blocked, 9), Act::dead_letter, blocked, {}, "A"},
      {"call not allowed", answered(48002, wecom), Act::open_circuit, blocked, now + 45s, "A"},
      {"stopped by a proxy", facts(AttemptResult::status(403)), Act::open_circuit, blocked, now + 45s, "A"},
  };
}

/// Half of the ceiling is waited everywhere: the jitter is 0.5.
inline std::vector<Row> rows() {
  std::vector<Row> all;
  for (const auto& part : {plain_rows(), token_rows(), busy_rows(), unknown_rows(), limit_rows()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace decision_table

#endif  // TIDINGS_TESTS_WECHAT_DECISION_TABLE_HPP
