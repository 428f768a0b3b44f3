// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/endpoints.hpp"

#include <algorithm>
#include <string>

namespace wechat_simulator {

namespace {

constexpr std::int64_t second_ms = 1000;

Token& mint(Call& call, const std::string& space, std::int64_t overlap_ms) {
  return call.world.tokens.mint({.account = call.world.index_of(*call.account),
                                 .space = space,
                                 .now = call.now,
                                 .life_ms = call.account->token_ttl * second_ms,
                                 .overlap_ms = overlap_ms,
                                 .by = call.ip},
                                call.world.random);
}

Token* current(Call& call, const std::string& space) {
  return call.world.tokens.current(call.world.index_of(*call.account), space, call.now);
}

Json answer_of(const Token& token, std::int64_t now) {
  return {{"access_token", token.value}, {"expires_in", (token.expires - now) / second_ms}};
}

void check_ban(const Call& call) {
  const auto found = call.world.callers.find(call.ip);
  if (found != call.world.callers.end() && call.now < found->second.banned_until) throw Refusal{45009};
}

// The address, the grant, the account, its secret, and how often.
void check_claim(Call& call, const std::string& grant, const std::string& appid, const std::string& secret) {
  check_ban(call);
  call.account = call.world.account_of(appid);
  if (call.account && call.account->is_wecom()) call.account = nullptr;
  if (call.account) call.check_ip();
  if (grant != "client_credential") throw Refusal{40002};
  if (appid.empty()) throw Refusal{41002};
  if (!call.account) throw Refusal{40013};
  if (secret.empty()) throw Refusal{41004};
  if (secret != call.account->secret) throw Refusal{40001, "invalid credential, secret is wrong"};
  call.check_quota();
}

// The live token stays where it was renewed too often, or a moment ago.
bool may_force(Call& call) {
  Account& account = *call.account;
  if (account.force_day != day_of(call.now)) {
    account.force_day = day_of(call.now);
    account.forces = 0;
  }
  const bool is_too_soon = account.last_force && call.now - *account.last_force < account.force_apart * second_ms;
  if (is_too_soon || account.forces >= account.force_per_day) return false;
  ++account.forces;
  account.last_force = call.now;
  return true;
}

void count_wrong_secret(Call& call) {
  World::Caller& caller = call.world.callers[call.ip];
  auto& times = caller.wrong_secrets;
  times.push_back(call.now);
  while (!times.empty() && times.front() <= call.now - VirtualClock::hour_ms) times.pop_front();
  if (static_cast<std::int64_t>(times.size()) < call.account->wecom.wrong_secrets) return;
  caller.banned_until = call.now + VirtualClock::hour_ms;
  times.clear();
}

bool is_secret_of_another(const Call& call, const std::string& secret) {
  return std::any_of(call.world.accounts.begin(), call.world.accounts.end(), [&](const Account& account) {
    return &account != call.account &&
           std::any_of(account.apps.begin(), account.apps.end(), [&](const App& app) { return app.secret == secret; });
  });
}

}  // namespace

Json plain_token(Call& call) {
  check_claim(call, call.query("grant_type"), call.query("appid"), call.query("secret"));
  return answer_of(mint(call, "plain", call.account->overlap * second_ms), call.now);
}

Json stable_token(Call& call) {
  call.check_post();
  call.check_json();
  check_claim(call, text_at(call.body, "grant_type"), text_at(call.body, "appid"), text_at(call.body, "secret"));
  const bool force = call.body.contains("force_refresh") && call.body["force_refresh"] == true;
  const Token* live = current(call, "stable");
  if (force && (!live || may_force(call))) return answer_of(mint(call, "stable", 0), call.now);
  const std::int64_t renew_before = call.account->stable_renew_before * second_ms;
  if (live && (force || live->expires - call.now > renew_before)) return answer_of(*live, call.now);
  return answer_of(mint(call, "stable", call.account->overlap * second_ms), call.now);
}

Json wecom_token(Call& call) {
  check_ban(call);
  const std::string corp = call.query("corpid");
  const std::string secret = call.query("corpsecret");
  if (corp.empty()) throw Refusal{41002, "corpid missing"};
  call.account = call.world.account_of(corp);
  if (!call.account || !call.account->is_wecom()) throw Refusal{40013, "invalid corpid"};
  if (secret.empty()) throw Refusal{41004, "corpsecret missing"};
  auto& apps = call.account->apps;
  const auto app = std::find_if(apps.begin(), apps.end(), [&](const App& each) { return each.secret == secret; });
  if (app == apps.end()) {
    count_wrong_secret(call);
    throw Refusal{is_secret_of_another(call, secret) ? 40091 : 40001, "invalid credential, secret is wrong"};
  }
  call.check_ip();
  call.check_quota();
  const std::string space = std::to_string(app->agentid);
  const Token* live = current(call, space);
  if (live && call.account->wecom.same_while_valid) return answer_of(*live, call.now);
  return answer_of(mint(call, space, call.account->overlap * second_ms), call.now);
}

}  // namespace wechat_simulator
