// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/endpoints.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wechat_simulator {

namespace {

// Those whom a call names, told apart.
struct Recipients {
  std::vector<std::string> users{};
  std::vector<std::string> parties{};
  std::vector<std::string> tags{};
  /// In lower case.
  std::set<std::string> reached{};
  std::vector<std::string> bad_users{};
  std::vector<std::string> bad_parties{};
  std::vector<std::string> bad_tags{};
  std::vector<std::string> unlicensed{};
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('|', at), text.size());
    if (end > at) all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

std::string join(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& each : all) out.append(out.empty() ? "" : "|").append(each);
  return out;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool is_visible(const Member& member, std::int64_t agentid) {
  const auto& to = member.visible;
  return to.empty() || std::find(to.begin(), to.end(), agentid) != to.end();
}

Recipients read_recipients(const Call& call) {
  Recipients to;
  to.users = split(text_at(call.body, "touser"));
  to.parties = split(text_at(call.body, "toparty"));
  to.tags = split(text_at(call.body, "totag"));
  if (to.users.empty() && to.parties.empty() && to.tags.empty()) throw Refusal{82001};
  // W:90236.
  if (to.users.size() > 1000) throw Refusal{40032};
  if (to.parties.size() > 100) throw Refusal{82002};
  if (to.tags.size() > 100) throw Refusal{82003};
  return to;
}

// Members of a department or with a tag; false = there is none, and the name is wrong.
bool add_group(const Account& account, std::int64_t agentid, const std::string& name,
               std::vector<std::string> Member::*groups, Recipients& to) {
  bool exists = false;
  for (const auto& [key, member] : account.members) {
    if (!has(member.*groups, name) || !is_visible(member, agentid)) continue;
    exists = true;
    if (member.licensed) to.reached.insert(key);
  }
  return exists;
}

void tell_apart(const Account& account, std::int64_t agentid, Recipients& to) {
  if (to.users.size() == 1 && to.users.front() == "@all") {
    for (const auto& [key, member] : account.members) {
      if (member.licensed && is_visible(member, agentid)) to.reached.insert(key);
    }
    return;
  }
  for (const std::string& each : to.users) {
    const std::string key = lower(each);
    const auto found = account.members.find(key);
    if (found == account.members.end() || !is_visible(found->second, agentid)) {
      to.bad_users.push_back(key);
    } else if (!found->second.licensed) {
      to.unlicensed.push_back(key);
    } else {
      to.reached.insert(key);
    }
  }
  for (const std::string& each : to.parties) {
    if (!add_group(account, agentid, each, &Member::parties, to)) to.bad_parties.push_back(each);
  }
  for (const std::string& each : to.tags) {
    if (!add_group(account, agentid, each, &Member::tags, to)) to.bad_tags.push_back(each);
  }
}

void check_content(const Call& call) {
  const std::string type = text_at(call.body, "msgtype");
  static const std::set<std::string> types{"text",         "image", "voice",  "video",    "file",
                                           "textcard",     "news",  "mpnews", "markdown", "miniprogram_notice",
                                           "template_card"};
  if (!types.contains(type) || !call.body.contains(type) || !call.body[type].is_object()) throw Refusal{40008};
  if (type != "text" && type != "markdown") return;
  const std::string content = text_at(call.body[type], "content");
  if (content.empty()) throw Refusal{44004};
  if (content.size() > 2048) throw Refusal{45002};
}

Json lists_of(const Recipients& to) {
  Json out = Json::object();
  if (!to.bad_users.empty()) out["invaliduser"] = join(to.bad_users);
  if (!to.bad_parties.empty()) out["invalidparty"] = join(to.bad_parties);
  if (!to.bad_tags.empty()) out["invalidtag"] = join(to.bad_tags);
  if (!to.unlicensed.empty()) out["unlicenseduser"] = join(to.unlicensed);
  return out;
}

// How long the body is not to be sent again; 0 = it may be. W:90236: 1800 s unless said, 4 h at most.
std::int64_t repeat_ms(const Json& body) {
  const Json on = body.value("enable_duplicate_check", Json(0));
  if (on != 1 && on != true) return 0;
  const Json interval = body.value("duplicate_check_interval", Json(1800));
  const std::int64_t seconds = interval.is_number_integer() ? interval.get<std::int64_t>() : 1800;
  return std::min<std::int64_t>(seconds, 14'400) * 1000;
}

bool is_too_much(const WecomLimits& limits, std::deque<std::int64_t>& sent, std::int64_t now) {
  while (!sent.empty() && sent.front() <= now - VirtualClock::hour_ms) sent.pop_front();
  const auto minute = std::upper_bound(sent.begin(), sent.end(), now - VirtualClock::minute_ms);
  return sent.end() - minute >= limits.per_member_min ||
         static_cast<std::int64_t>(sent.size()) >= limits.per_member_hour;
}

void deliver(Call& call, std::int64_t agentid, const Recipients& to, const std::string& msgid) {
  for (const std::string& each : to.reached) {
    Member& member = call.account->members.at(each);
    auto& sent = member.sent[agentid];
    if (is_too_much(call.account->wecom, sent, call.now)) {
      call.world.dropped.push_back(
          {{"at", call.now}, {"account", call.account->id}, {"user", member.userid}, {"msgid", msgid}});
    } else {
      sent.push_back(call.now);
      call.world.deliver(*call.account, member.userid, "app", msgid, call.body);
    }
  }
}

// W:90454: each person counts, and a day has 200 for each account of the corp.
void count_persons(const Account& account, App& app, std::size_t persons, std::int64_t now) {
  if (app.day != day_of(now)) {
    app.day = day_of(now);
    app.persons_today = 0;
  }
  const auto more = static_cast<std::int64_t>(persons);
  if (app.persons_today + more > account.wecom.account_limit * 200) throw Refusal{45009};
  app.persons_today += more;
}

bool is_interactive(const Json& body) {
  const auto card = body.find("template_card");
  if (card == body.end()) return false;
  const std::string type = text_at(*card, "card_type");
  return type == "button_interaction" || type == "vote_interaction" || type == "multiple_interaction";
}

App& check_app(const Call& call) {
  const auto agentid = call.body.find("agentid");
  if (agentid == call.body.end()) throw Refusal{41011, "agentid missing"};
  const std::string named = agentid->is_string() ? agentid->get<std::string>() : agentid->dump();
  App* app = call.account->app_of(call.token->space);
  if (!app || named != call.token->space) throw Refusal{301002};
  return *app;
}

}  // namespace

Json send_app_message(Call& call) {
  call.check_token(true);
  call.check_post();
  call.check_json();
  call.check_ip();
  if (call.account->in_flight[call.request.path] >= call.account->wecom.concurrency) throw Refusal{45033};
  call.check_quota();
  App& app = check_app(call);
  Recipients to = read_recipients(call);
  check_content(call);
  tell_apart(*call.account, app.agentid, to);
  Json answer = lists_of(to);
  if (to.reached.empty()) {
    call.refusal_members = std::move(answer);
    throw Refusal{81013};
  }
  const std::int64_t repeat = repeat_ms(call.body);
  const std::string canonical = repeat > 0 ? text_of(call.body) : std::string();
  if (repeat > 0) {
    const auto sent = app.bodies.find(canonical);
    if (sent != app.bodies.end() && call.now < sent->second.known_until) {
      answer["msgid"] = sent->second.msgid;
      return answer;
    }
  }
  count_persons(*call.account, app, to.reached.size(), call.now);
  const std::string msgid = call.world.random.word(63);
  if (repeat > 0) app.bodies[canonical] = {.msgid = msgid, .known_until = call.now + repeat};
  deliver(call, app.agentid, to, msgid);
  answer["msgid"] = msgid;
  if (is_interactive(call.body)) answer["response_code"] = call.world.random.word(64);
  return answer;
}

}  // namespace wechat_simulator
