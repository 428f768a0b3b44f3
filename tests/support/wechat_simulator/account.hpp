// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_ACCOUNT_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_ACCOUNT_HPP

#include "support/wechat_simulator/call_meter.hpp"
#include "support/wechat_simulator/callback_options.hpp"
#include "support/wechat_simulator/json.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace wechat_simulator {

enum class Kind { official_account, mini_program, wecom };

/// So long, and so often, one may answer a user who has done something.
struct Window {
  std::string kind{};
  std::int64_t until = 0;
  /// Negative = as often as one likes.
  std::int64_t left = 0;
};

/// What opens a window.
struct Allowance {
  std::int64_t count = 0;
  std::int64_t seconds = 0;
};

/// Of an Official Account or a mini-program.
struct User {
  bool subscribed = true;
  bool blacklisted = false;
  bool refuses = false;
  bool frozen = false;
  /// Status of this user's receipts; empty = by the state above.
  std::string receipt_status{};
  std::vector<Window> windows{};
  /// Subscriptions left, by template.
  std::map<std::string, std::int64_t> allowances{};
};

/// Of a WeCom corp.
struct Member {
  /// As the directory writes it; found without regard to case.
  std::string userid{};
  std::vector<std::string> parties{};
  std::vector<std::string> tags{};
  /// Empty = of all applications.
  std::vector<std::int64_t> visible{};
  bool licensed = true;
  /// When each application sent something, for the limits on one member.
  std::map<std::int64_t, std::deque<std::int64_t>> sent{};
};

/// A message that is not to be sent again.
struct Sent {
  std::string msgid{};
  std::int64_t known_until = 0;
};

struct App {
  std::int64_t agentid = 0;
  std::string secret{};
  std::int64_t day = 0;
  std::int64_t persons_today = 0;
  std::unordered_map<std::string, Sent> bodies{};
};

struct WecomLimits {
  std::int64_t account_limit = 500;
  std::int64_t per_member_min = 30;
  std::int64_t per_member_hour = 1000;
  std::int64_t corp_api_min = 10'000;
  std::int64_t concurrency = 10;
  std::int64_t wrong_secrets = 2000;
  bool same_while_valid = true;
};

struct Account {
  Kind kind = Kind::official_account;
  std::string id{};
  std::string secret{};
  std::vector<App> apps{};
  /// IPv4 addresses or networks; empty = everybody may call.
  std::vector<std::string> ip_whitelist{};
  std::int64_t token_ttl = 7200;
  std::int64_t overlap = 300;
  std::int64_t stable_renew_before = 300;
  std::int64_t force_per_day = 20;
  std::int64_t force_apart = 30;
  std::int64_t clears_per_month = 10;
  /// By path; a day, a minute.
  std::map<std::string, std::int64_t> quotas{};
  std::map<std::string, std::int64_t> minute_limits{};
  /// What a repeated client_msg_id brings: the first msgid, a new one, or a message like any other.
  std::string client_msg_id = "first";
  std::int64_t client_msg_id_seconds = 600;
  bool refuses_escapes = false;
  bool bizsend_msgid = false;
  WecomLimits wecom{};
  Json callback_json = Json::object();
  std::shared_ptr<const CallbackOptions> callback{};
  /// Template, then the kinds of its keys.
  std::map<std::string, std::map<std::string, std::string>> templates{};
  /// Of a mini-program; empty = any.
  std::vector<std::string> pages{};
  std::map<std::string, Allowance> allowances{};
  std::unordered_map<std::string, User> users{};
  /// By their userid in lower case.
  std::map<std::string, Member> members{};

  /// What becomes of it.
  CallMeter meter{};
  std::int64_t clears_month = 0;
  std::int64_t clears = 0;
  std::int64_t force_day = 0;
  std::int64_t forces = 0;
  std::optional<std::int64_t> last_force{};
  std::unordered_map<std::string, Sent> client_ids{};
  std::unordered_map<std::string, std::int64_t> in_flight{};

  /// Throws `std::invalid_argument`.
  static Account parse(const Json& json);
  /// Changes what may change while it runs: callback (merged), quotas, minute_limits, ip_whitelist.
  void patch(const Json& json);

  bool is_wecom() const { return kind == Kind::wecom; }
  std::int64_t daily_limit(const std::string& path) const;
  App* app_of(const std::string& space);
};

std::string lower(std::string text);
/// Whether one of the networks, as 10.0.0.0/8 or 10.1.2.3, has the address.
bool is_in(const std::string& address, const std::vector<std::string>& networks);

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_ACCOUNT_HPP
