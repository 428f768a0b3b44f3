// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_DESK_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_DESK_HPP

#include "support/wechat_simulator/callback_event.hpp"
#include "support/wechat_simulator/callback_options.hpp"
#include "support/wechat_simulator/json.hpp"
#include "support/wechat_simulator/random.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wechat_simulator {

/// How an attempt ended.
struct CallbackResult {
  /// 0 = there was no answer; `outcome` says why.
  int status = 0;
  /// "answered", "timeout", "cut", "refused".
  std::string outcome = "answered";
  std::string body{};
  /// Real milliseconds.
  std::int64_t latency_ms = 0;
};

/// All events that are to be told, when, how often and with what end. No clock, no I/O.
class CallbackDesk {
 public:
  struct Order {
    CallbackEvent event{};
    std::shared_ptr<const CallbackOptions> options{};
    /// Virtual milliseconds from its release on.
    std::int64_t delay_ms = 0;
    /// Not before this exchange is over; none = from now on.
    std::optional<std::uint64_t> behind_exchange{};
  };

  std::uint64_t add(Order order, std::int64_t now);
  /// Its answer has left, or never will.
  void on_finished(std::uint64_t exchange, std::int64_t now);
  /// What is to be sent now.
  std::vector<CallbackPost> take_due(std::int64_t now, Random& random);
  void on_result(std::uint64_t id, CallbackResult result, std::int64_t now);
  /// Whatever waits for its time is due.
  void flush(std::int64_t now);
  std::optional<std::int64_t> next_due() const;

  /// Those behind number `after`.
  Json report(std::uint64_t after, std::size_t limit) const;
  bool is_first_attempt_open(std::uint64_t id) const;
  std::size_t size() const { return callbacks_.size(); }

 private:
  enum class State { held, waiting, sent, received, failed, lost, unsent };

  struct Attempt {
    std::int64_t at = 0;
    std::string query{};
    CallbackResult result{};
  };
  struct Callback {
    CallbackEvent event{};
    std::shared_ptr<const CallbackOptions> options{};
    std::int64_t delay_ms = 0;
    State state = State::held;
    std::int64_t due = 0;
    int failures = 0;
    int copies = 0;
    std::optional<CallbackPost> post{};
    std::vector<Attempt> attempts{};
  };

  static const char* to_string(State state);
  void wait(std::uint64_t id, std::int64_t due);
  void release(std::uint64_t id, std::int64_t now);

  // Number 1 first.
  std::deque<Callback> callbacks_{};
  std::multimap<std::int64_t, std::uint64_t> due_{};
  std::multimap<std::uint64_t, std::uint64_t> held_{};
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_DESK_HPP
