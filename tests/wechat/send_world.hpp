// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_WECHAT_SEND_WORLD_HPP
#define TIDINGS_TESTS_WECHAT_SEND_WORLD_HPP

#include <tidings/delivery/random.hpp>
#include <tidings/wechat/decider.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace send_world {

using namespace tidings;
using namespace tidings::wechat;
using namespace std::chrono_literals;
using Act = Decision::Act;

/// One message on its way to a server that is busy, silent, deaf or in a mood, with a token that others rotate. The
/// world knows what was delivered, the decisions do not.
class World {
 public:
  World(std::uint64_t seed, bool keyed) : random_(seed), keyed_(keyed) {
    // Each world has its own mixture, so that long rows of one kind of trouble happen too.
    for (double& each : trouble_) each = random_.uniform() * random_.uniform();
  }

  /// Sends until it is decided; says what was wrong, nothing if all was right.
  std::string run() {
    if (keyed_) key_until_ = now_ + 10min;
    for (int i = 0; i < 400; ++i) {
      const bool again = i > 0;
      if (again && !decider_.may_send(effort_, key_until_, now_)) return finish(Act::unknown);
      const AttemptResult result = send();
      const Decision next = decide(result);
      if (!complaint_.empty()) return complaint_;
      if (!goes_on(next)) return finish(next.act);
      if (definite_) return "tried again after a definite refusal";
    }
    return "no end of trying";
  }

 private:
  bool chance(double share) { return random_.uniform() < share; }

  void deliver() {
    const bool known = keyed_ && first_taken_ && now_ < *first_taken_ + 10min;
    if (!known) ++delivered_;
    if (!first_taken_ || !known) first_taken_ = now_;
  }

  AttemptResult send() {
    now_ = now_ + 20ms;
    if (chance(trouble_[0])) rotate();
    if (chance(trouble_[1])) return AttemptResult::not_written();
    if (chance(trouble_[2])) return maybe(AttemptResult::no_answer());
    if (chance(trouble_[3])) return maybe(AttemptResult::status(502));
    if (chance(trouble_[4])) return maybe(AttemptResult::garbage());
    if (used_ != valid_) return AttemptResult::answered(chance(0.5) ? 40001 : 42001);
    if (chance(trouble_[5])) return AttemptResult::answered(-1);
    if (chance(trouble_[6])) return AttemptResult::answered(chance(0.5) ? 45011 : 45009);
    if (chance(trouble_[7])) return refuse(chance(0.5) ? 43004 : 47003);
    deliver();
    return AttemptResult::answered(0);
  }

  AttemptResult maybe(AttemptResult result) {
    if (used_ == valid_ && chance(0.5)) deliver();
    return result;
  }
  AttemptResult refuse(std::int32_t code) {
    definite_ = true;
    return AttemptResult::answered(code);
  }

  // Somebody else has refreshed the token; mostly into the store.
  void rotate() {
    ++valid_;
    if (chance(0.7)) stored_ = valid_;
  }

  Decision decide(const AttemptResult& result) {
    AttemptFacts facts{.result = result, .effort = effort_, .now = now_, .jitter = random_.uniform()};
    facts.key_until = key_until_;
    Decision next = decider_.decide(facts);
    if (next.act == Act::reread_token) {
      facts.effort = next.effort;
      facts.stored_token_differs = stored_ != used_;
      next = decider_.decide(facts);
      reread_ = true;
    }
    effort_ = next.effort;
    return next;
  }

  bool goes_on(const Decision& next) {
    switch (next.act) {
      case Act::retry:
        used_ = stored_;
        tried_stored_ = true;
        return true;
      case Act::refresh_token: refresh(); return true;
      case Act::wait:
        // Timers are late at times.
        now_ = next.at + std::chrono::milliseconds(chance(0.1) ? 20 * 60'000 : 5);
        return true;
      default: return false;
    }
  }

  void refresh() {
    if (!reread_ || (stored_ != used_ && !tried_stored_)) complaint_ = "refreshed what somebody else had refreshed";
    if (++refreshes_ > 1) complaint_ = "refreshed twice";
    stored_ = used_ = ++valid_;
  }

  std::string finish(Act act) const {
    if (delivered_ > 1) return "delivered " + std::to_string(delivered_) + " times";
    if (act == Act::done && delivered_ == 0) return "called accepted, and nobody has it";
    const bool given_up = act == Act::dead_letter || act == Act::expire;
    if (given_up && delivered_ != 0) return "called failed, and somebody has it";
    return {};
  }

  Decider decider_{};
  delivery::Random random_;
  bool keyed_;
  double trouble_[8] = {};
  wall_time now_{1'700'000'000'000};
  std::optional<wall_time> key_until_{};
  std::optional<wall_time> first_taken_{};
  Effort effort_{};
  std::uint64_t valid_ = 1;
  std::uint64_t stored_ = 1;
  std::uint64_t used_ = 1;
  int delivered_ = 0;
  int refreshes_ = 0;
  bool reread_ = false;
  bool tried_stored_ = false;
  bool definite_ = false;
  std::string complaint_{};
};

/// Runs many worlds, half of them with an idempotency key; says what was wrong in the first that went wrong.
inline std::string run(std::uint64_t worlds) {
  for (std::uint64_t seed = 0; seed < worlds; ++seed) {
    const std::string wrong = World(seed, seed % 2 == 0).run();
    if (!wrong.empty()) return "seed " + std::to_string(seed) + ": " + wrong;
  }
  return {};
}

}  // namespace send_world

#endif  // TIDINGS_TESTS_WECHAT_SEND_WORLD_HPP
