// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/call.hpp"

namespace wechat_simulator {

std::string Call::query(const std::string& name) const {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

void Call::check_token(bool wecom) {
  const std::string value = query("access_token");
  if (value.empty()) throw Refusal{41001};
  Token* found = world.tokens.find(value);
  if (!found || world.accounts[found->account].is_wecom() != wecom) throw Refusal{40014};
  account = &world.accounts[found->account];
  token = found;
  switch (TokenBook::judge(*found, now)) {
    case TokenBook::Verdict::expired: throw Refusal{42001};
    // WeCom knows no "not the latest": its 40001 is a wrong secret.
    case TokenBook::Verdict::superseded: throw Refusal{wecom ? 40014 : 40001};
    case TokenBook::Verdict::unknown: throw Refusal{40014};
    case TokenBook::Verdict::good: break;
  }
}

void Call::check_kind(Kind kind) const {
  if (account->kind != kind) throw Refusal{48001};
}

void Call::check_post() const {
  if (!is_post()) throw Refusal{43002};
}

void Call::check_json() const {
  if (request.body.empty()) throw Refusal{44002};
  if (!body.is_object()) throw Refusal{47001};
  if (account && account->refuses_escapes && request.body.find("\\u") != std::string::npos) throw Refusal{40033};
}

void Call::check_ip() const {
  if (account->ip_whitelist.empty() || is_in(ip, account->ip_whitelist)) return;
  if (account->is_wecom()) throw Refusal{60020, "not allow to access from your ip, from ip: " + ip};
  throw Refusal{40164, "invalid ip " + ip + ", not in whitelist"};
}

void Call::check_quota() const {
  CallMeter::Count& count = account->meter.at(request.path, now);
  if (now < count.blocked_until) throw Refusal{45009};
  const auto minute = account->minute_limits.find(request.path);
  const std::int64_t usual = account->is_wecom() ? account->wecom.corp_api_min : -1;
  const std::int64_t most = minute == account->minute_limits.end() ? usual : minute->second;
  if (most >= 0 && count.used_this_minute >= most) {
    if (!account->is_wecom()) throw Refusal{45011};
    // W:90454: blocked as long as the window that was exceeded.
    count.blocked_until = now + VirtualClock::minute_ms;
    throw Refusal{45009};
  }
  const std::int64_t daily = account->daily_limit(request.path);
  if (daily >= 0 && count.used_today >= daily) throw Refusal{45009};
  ++count.used_this_minute;
  ++count.used_today;
}

}  // namespace wechat_simulator
