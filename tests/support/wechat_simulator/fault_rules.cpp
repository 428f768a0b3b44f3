// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/fault_rules.hpp"

#include "support/wechat_simulator/callback_options.hpp"

#include <stdexcept>

namespace wechat_simulator {

namespace {

// A name alone is the action with no more to say.
Json action_of(const Json& json) {
  if (json.is_string()) return {{json.get<std::string>(), true}};
  if (!json.is_object() || json.empty()) throw std::invalid_argument("a rule without an action");
  return json;
}

void check_request_action(const Json& action) {
  Fields fields(action, "action");
  for (const char* known : {"errcode",
                            "errmsg",
                            "commit",
                            "token_invalidate",
                            "token_expire",
                            "rotate_by_other_node",
                            "http_status",
                            "body",
                            "empty_body",
                            "garbage_json",
                            "truncated_body",
                            "delay_ms",
                            "timeout_before_commit",
                            "timeout_after_commit",
                            "reset_after_headers",
                            "reset",
                            "half_close",
                            "slow_drip",
                            "close_keepalive",
                            "refuse_connect",
                            "wrong_content_type",
                            "redirect",
                            "clock_skew",
                            "ip_change",
                            "quota_set",
                            "ban_secret",
                            "hold_ms"}) {
    fields.child(known);
  }
  fields.end();
}

// What an account's own options lack is looked at when the rule is used.
void check_receipt_action(Json action) {
  action.emplace("aes_key", std::string(43, 'A'));
  CallbackOptions::parse(action);
}

}  // namespace

void FaultRules::add(const Json& json) {
  Rule rule;
  Fields fields(json, "rule");
  fields.read("on", rule.on).read("times", rule.times);
  std::uint64_t seed = rules_.size() + 1;
  if (const Json* match = fields.child("match")) {
    Fields(*match, "match")
        .read("path", rule.path)
        .read("user", rule.user)
        .read("account", rule.account)
        .read("nth", rule.nth)
        .read("probability", rule.probability)
        .read("seed", seed)
        .end();
  }
  const Json* action = fields.child("action");
  fields.end();
  if (rule.on != "request" && rule.on != "receipt") throw std::invalid_argument("a rule on " + rule.on);
  rule.action = action_of(action ? *action : Json());
  if (rule.on == "request") {
    check_request_action(rule.action);
  } else {
    check_receipt_action(rule.action);
  }
  rule.random = Random(seed);
  rules_.push_back(std::move(rule));
}

bool FaultRules::Rule::is_about(const Subject& subject) const {
  if (on != subject.on || times == 0) return false;
  if (!path.empty() && path != subject.path) return false;
  if (!user.empty() && user != subject.user) return false;
  if (!account.empty() && account != subject.account) return false;
  return subject.reused || !action.contains("close_keepalive");
}

Json FaultRules::take(const Subject& subject) {
  for (Rule& each : rules_) {
    if (!each.is_about(subject)) continue;
    ++each.seen;
    if (each.nth != 0 && each.seen != each.nth) continue;
    if (each.probability < 1 && each.random.unit() >= each.probability) continue;
    if (each.times > 0) --each.times;
    ++each.used;
    return each.action;
  }
  return nullptr;
}

Json FaultRules::report() const {
  Json all = Json::array();
  for (const Rule& each : rules_) {
    all.push_back({{"on", each.on},
                   {"path", each.path},
                   {"user", each.user},
                   {"account", each.account},
                   {"times_left", each.times},
                   {"seen", each.seen},
                   {"used", each.used},
                   {"action", each.action}});
  }
  return all;
}

}  // namespace wechat_simulator
