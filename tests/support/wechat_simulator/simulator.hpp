// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_SIMULATOR_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_SIMULATOR_HPP

#include "support/wechat_simulator/callback_desk.hpp"
#include "support/wechat_simulator/exchange.hpp"
#include "support/wechat_simulator/json.hpp"
#include "support/wechat_simulator/world.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wechat_simulator {

struct Call;

/// WeChat's API without a socket and without a clock of its own: requests in, answers and what is to be done with them
/// out; callbacks as data.
///
/// ```cpp
/// Simulator simulator(config);
/// Exchange exchange = simulator.handle(request);
/// send(exchange.answer, exchange.plan);
/// simulator.on_finished(exchange.id);
/// for (const CallbackPost& each : simulator.take_callbacks()) post(each);   // ends in on_callback_result
/// ```
/// Thread    one at a time.
class Simulator {
 public:
  struct AdminAnswer {
    int status = 200;
    Json body = Json::object();
  };

  /// Throws `std::invalid_argument`.
  explicit Simulator(Json config);

  /// Moves a clock that follows the real one.
  void on_real_time(std::int64_t unix_ms) { world_->clock.on_real_time(unix_ms); }

  Exchange handle(const ApiRequest& request);
  /// Its answer has left, or never will.
  void on_finished(std::uint64_t exchange);

  /// What tests do: see README.md.
  AdminAnswer admin(const ApiRequest& request);

  std::vector<CallbackPost> take_callbacks();
  void on_callback_result(std::uint64_t id, CallbackResult result);
  /// Whether the first attempt at this callback is still to come, or under way.
  bool is_first_attempt_open(std::uint64_t id) const;
  /// Milliseconds until the next callback is due, where time passes by itself.
  std::optional<std::int64_t> next_callback_in() const;

  /// Whether anybody may connect.
  bool listens() const { return listens_; }

  World& world() { return *world_; }
  std::int64_t now() const { return world_->clock.now(); }

 private:
  using AdminAction = Json (Simulator::*)(const ApiRequest& request, const Json& body);

  Answer process(Call& call, bool& committed);
  Answer answer_of(const Json& json) const;
  Answer success_of(const Call& call, Json members) const;
  Answer refusal_of(const Call& call, int code, std::string text);
  void prepare(Call& call, const Json& action);
  void shape(Exchange& exchange, const Json& action) const;
  Exchange run(Call& call, const Json& action, bool& committed);
  void note(const Call& call, const Exchange& exchange, const Json& action, bool committed);

  static std::pair<AdminAction, std::string> find_admin(const ApiRequest& request);
  Json admin_reset(const ApiRequest& request, const Json& body);
  Json admin_config(const ApiRequest& request, const Json& body);
  Json admin_account(const ApiRequest& request, const Json& body);
  Json admin_clock(const ApiRequest& request, const Json& body);
  Json admin_faults(const ApiRequest& request, const Json& body);
  Json admin_user(const ApiRequest& request, const Json& body);
  Json admin_member(const ApiRequest& request, const Json& body);
  Json admin_flush(const ApiRequest& request, const Json& body);
  Json admin_tokens(const ApiRequest& request, const Json& body);
  Json admin_listener(const ApiRequest& request, const Json& body);
  Json admin_verify(const ApiRequest& request, const Json& body);
  Json report_journal(const ApiRequest& request, const Json& body);
  Json report_delivered(const ApiRequest& request, const Json& body);
  Json report_dropped(const ApiRequest& request, const Json& body);
  Json report_tokens(const ApiRequest& request, const Json& body);
  Json report_quota(const ApiRequest& request, const Json& body);
  Json report_callbacks(const ApiRequest& request, const Json& body);
  Json report_faults(const ApiRequest& request, const Json& body);
  Json report_config(const ApiRequest& request, const Json& body);
  Json report_clock(const ApiRequest& request, const Json& body);

  void renew(std::unique_ptr<World> world);
  Account& named_account(const ApiRequest& request, const Json& body);

  Json config_;
  std::unique_ptr<World> world_;
  bool listens_ = true;
  // Counts resets.
  std::uint64_t life_ = 1;
  std::uint64_t exchanges_ = 0;
  // Calls that count as parallel ones.
  std::map<std::uint64_t, std::pair<std::string, std::string>> in_flight_{};
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_SIMULATOR_HPP
