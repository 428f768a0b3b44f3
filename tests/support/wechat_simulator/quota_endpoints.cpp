// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/endpoints.hpp"

#include <algorithm>
#include <string>

namespace wechat_simulator {

namespace {

// One budget for both ways. D: clear_quota.
Json clear(Call& call) {
  Account& account = *call.account;
  if (account.clears_month != month_of(call.now)) {
    account.clears_month = month_of(call.now);
    account.clears = 0;
  }
  if (account.clears >= account.clears_per_month) throw Refusal{48006};
  ++account.clears;
  account.meter.clear();
  return Json::object();
}

}  // namespace

Json clear_quota(Call& call) {
  call.check_token(false);
  call.check_post();
  call.check_json();
  call.check_ip();
  if (text_at(call.body, "appid") != call.account->id) throw Refusal{40013};
  return clear(call);
}

Json clear_quota_by_secret(Call& call) {
  call.check_post();
  const auto from = [&](const char* key) {
    const std::string in_query = call.query(key);
    return in_query.empty() ? text_at(call.body, key) : in_query;
  };
  const std::string appid = from("appid");
  const std::string secret = from("appsecret");
  if (appid.empty()) throw Refusal{41002};
  call.account = call.world.account_of(appid);
  if (!call.account || call.account->is_wecom()) throw Refusal{40013};
  call.check_ip();
  if (secret.empty()) throw Refusal{41004};
  if (secret != call.account->secret) throw Refusal{40001, "invalid credential, secret is wrong"};
  return clear(call);
}

Json get_quota(Call& call) {
  call.check_token(false);
  call.check_post();
  call.check_json();
  const std::string path = text_at(call.body, "cgi_path");
  if (!find_endpoint(path)) throw Refusal{76021};
  if (is_wecom_path(path)) throw Refusal{76022};
  Account& account = *call.account;
  const std::int64_t used = account.meter.at(path, call.now).used_today;
  const std::int64_t limit = account.daily_limit(path);
  const auto minute = account.minute_limits.find(path);
  const std::int64_t remain = limit < 0 ? 0 : std::max<std::int64_t>(limit - used, 0);
  Json rate = {{"call_count", minute == account.minute_limits.end() ? 0 : minute->second}, {"refresh_second", 60}};
  return {{"quota", {{"daily_limit", std::max<std::int64_t>(limit, 0)}, {"used", used}, {"remain", remain}}},
          {"rate_limit", std::move(rate)},
          {"component_rate_limit", {{"call_count", 0}, {"refresh_second", 0}}}};
}

}  // namespace wechat_simulator
