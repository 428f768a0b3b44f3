// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TOKEN_LIFE_HPP
#define TIDINGS_WECHAT_TOKEN_LIFE_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/moment.hpp>
#include <tidings/wechat/token_answer.hpp>
#include <tidings/wechat/token_record.hpp>
#include <tidings/wechat/token_step.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// The access token of one account in one process: when to use it, when and how to get the next one. No clock, no I/O:
/// questions and events in, steps out.
///
/// At most one flight is under way, for all who ask: read the store, claim the key, read once more, ask the API, write.
/// Each flight ends where somebody else has done the work. A token that is stored is never taken away; it is replaced by
/// a newer one if it is still the one that was read.
///
/// ```cpp
/// TokenAnswer answer = life.ask(now, jitter);
/// run(answer.step);                                // its end goes to on_read, on_claimed, ...
/// if (answer.get == TokenAnswer::Get::use) send(life.token().value);
/// ```
/// Thread    one at a time.
/// Lifetime  an event of a flight that was given up is passed over.
class TokenLife {
 public:
  struct Options {
    /// The next token is asked for so long before the end of the present one ...
    std::chrono::milliseconds early{300'000};
    /// ... plus this, plus a random part of `spread`: asked for earlier, a stable token would be the same again.
    std::chrono::milliseconds lead{10'000};
    std::chrono::milliseconds spread{50'000};
    /// A token that is new, or the same again, is left alone for so long, and up to half as long again.
    std::chrono::milliseconds settle{20'000};
    /// Where somebody else is refreshing it, the store is looked at after this, and up to three times as long.
    std::chrono::milliseconds look_again{100};
    /// Such waiting ends after this, and none can be had for `breath`.
    std::chrono::milliseconds patience{3'000};
    std::chrono::milliseconds breath{1'000};
    /// The claim on the key; a fetch must end within it. A flight of which nothing is heard for as long is given up.
    std::chrono::milliseconds lease{10'000};
    /// After the API has refused or not answered: this, then twice as long, up to `longest_rest`.
    std::chrono::milliseconds rest{30'000};
    std::chrono::milliseconds longest_rest{600'000};
    /// A token that is refused so soon after it was had is not replaced yet.
    std::chrono::milliseconds least_between{10'000};
    /// No token is believed to live longer.
    std::chrono::milliseconds longest_life{86'400'000};
  };

  TokenLife() = default;
  explicit TokenLife(Options options) : options_(options) {}

  /// Somebody wants to send. Who is told to wait is woken by the end of the flight, and asks again; how long that may
  /// take is theirs to bound.
  TokenAnswer ask(Moment now);

  /// The server called `value` stale: is another one stored? Whoever is told `use` compares `token()` with it.
  TokenAnswer reread(std::string_view value, Moment now);

  /// The server called `value` stale, and it is the stored one: get another, unless somebody has it already.
  TokenAnswer refresh(std::string_view value, Moment now);

  /// The ends of steps.
  ///
  /// @param record  None = the store failed, as for the two below.
  /// @param jitter  In [0, 1).
  TokenStep on_read(std::uint64_t flight, const std::optional<TokenRecord>& record, Moment now, double jitter);
  TokenStep on_claimed(std::uint64_t flight, std::optional<bool> claimed, Moment now, double jitter);
  TokenStep on_fetched(std::uint64_t flight, std::string value, std::chrono::seconds expires_in, Moment now,
                       double jitter);
  TokenStep on_fetch_failed(std::uint64_t flight, Moment now, double jitter);
  TokenStep on_written(std::uint64_t flight, std::optional<bool> written, Moment now, double jitter);
  TokenStep on_waited(std::uint64_t flight, Moment now);

  /// The token that `ask` allows to use.
  const TokenRecord& token() const { return token_; }
  /// From then on an `ask` starts a flight.
  steady_time refresh_at() const { return soft_; }

 private:
  enum class Phase : std::uint8_t { idle, reading, claiming, rereading, fetching, writing, comparing, waiting };

  bool is_usable(steady_time now) const;
  bool is_under_way(steady_time now) const;
  TokenStep step(TokenStep::Do act, Phase phase);
  TokenStep begin(Moment now, bool look_only);
  TokenStep end(bool release);
  TokenAnswer join(Moment now, bool look_only);
  bool is_better(const TokenRecord& record, Moment now) const;
  void adopt(const TokenRecord& record, Moment now, double jitter);
  TokenStep fetch(std::uint64_t expected, Moment now);
  TokenStep claim(Moment now);
  TokenStep without_store(Moment now, double jitter);
  TokenStep use_fetched(Moment now, double jitter);
  void fail(Moment now, double jitter);

  Options options_{};
  TokenRecord token_{};
  steady_time soft_{};
  steady_time hard_{};
  // The server would not have it.
  std::string refused_{};
  Phase phase_ = Phase::idle;
  std::uint64_t flight_ = 0;
  steady_time began_{};
  steady_time heard_{};
  bool look_only_ = false;
  bool stored_ = true;
  std::uint64_t expected_ = 0;
  wall_time asked_{};
  TokenRecord fetched_{};
  std::optional<steady_time> last_fetched_{};
  steady_time rest_until_{};
  int failures_ = 0;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/token_life.hpp>

#endif  // TIDINGS_WECHAT_TOKEN_LIFE_HPP
