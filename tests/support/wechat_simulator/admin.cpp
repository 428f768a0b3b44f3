// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/simulator.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace wechat_simulator {

namespace {

constexpr std::string_view prefix = "/_sim/";

// What stands behind `name`/ in the path.
std::string rest_of(const ApiRequest& request) {
  const std::size_t slash = request.path.find('/', prefix.size());
  return slash == std::string::npos ? std::string() : request.path.substr(slash + 1);
}

std::uint64_t number_of(const ApiRequest& request, const char* key, std::uint64_t otherwise) {
  const auto found = request.query.find(key);
  return found == request.query.end() ? otherwise : std::stoull(found->second);
}

void open_window(const Account& account, User& user, const std::string& kind, std::int64_t now) {
  const auto allowance = account.allowances.find(kind);
  if (allowance == account.allowances.end()) return;
  std::erase_if(user.windows, [&](const Window& each) { return each.kind == kind; });
  user.windows.push_back(
      {.kind = kind, .until = now + allowance->second.seconds * 1000, .left = allowance->second.count});
}

// Of a user's event, what the account's server is told.
CallbackEvent event_of(World& world, const Account& account, const std::string& openid, const std::string& kind,
                       const Json& body) {
  static const std::map<std::string, std::string> names{{"follow", "subscribe"},
                                                        {"unfollow", "unsubscribe"},
                                                        {"menu", "CLICK"},
                                                        {"scan", "SCAN"},
                                                        {"enter", "user_enter_tempsession"}};
  const auto found = names.find(kind);
  CallbackEvent event = world.event_from(account, openid, found == names.end() ? kind : found->second);
  if (kind == "message") {
    event.body["MsgType"] = "text";
    event.body.erase("Event");
    event.body["Content"] = body.value("content", std::string("hello"));
    event.body["MsgId"] = world.next_msgid();
  } else if (kind == "popup" || kind == "change") {
    const bool is_popup = kind == "popup";
    event.name = is_popup ? "subscribe_msg_popup_event" : "subscribe_msg_change_event";
    event.body["Event"] = event.name;
    nlohmann::ordered_json item;
    item["TemplateId"] = body.value("template_id", std::string());
    item["SubscribeStatusString"] = body.value("status", std::string(is_popup ? "accept" : "reject"));
    if (is_popup) item["PopupScene"] = 1;
    nlohmann::ordered_json list = item;
    if (account.callback->list_as_array) list = nlohmann::ordered_json::array({item});
    event.body[is_popup ? "SubscribeMsgPopupEvent" : "SubscribeMsgChangeEvent"]["List"] = list;
  } else {
    event.body["EventKey"] = body.value("key", std::string());
  }
  return event;
}

void happen(World& world, const Account& account, const std::string& openid, User& user, const Json& body) {
  const std::string kind = text_at(body, "event");
  if (kind == "follow") user.subscribed = true;
  if (kind == "unfollow") {
    user.subscribed = false;
    user.windows.clear();
  }
  if (kind == "change") user.allowances[text_at(body, "template_id")] = 0;
  if (kind == "popup" && body.value("status", std::string("accept")) == "accept") {
    ++user.allowances[text_at(body, "template_id")];
  }
  open_window(account, user, kind, world.clock.now());
  if (body.value("notify", true) && kind != "pay") {
    world.tell(account, event_of(world, account, openid, kind, body), account.callback, std::nullopt);
  }
}

Json state_of(const User& user) {
  Json windows = Json::array();
  for (const Window& each : user.windows) {
    windows.push_back({{"kind", each.kind}, {"until", each.until}, {"left", each.left}});
  }
  return {{"subscribed", user.subscribed}, {"blacklisted", user.blacklisted},       {"refuses", user.refuses},
          {"frozen", user.frozen},         {"receipt_status", user.receipt_status}, {"allowances", user.allowances},
          {"windows", std::move(windows)}};
}

Json page_of(const std::vector<Json>& all, const ApiRequest& request) {
  const std::size_t after = std::min<std::size_t>(number_of(request, "after", 0), all.size());
  const std::size_t count = std::min<std::size_t>(number_of(request, "limit", 100'000), all.size() - after);
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(after);
  return {{"last", all.size()}, {"entries", std::vector<Json>(first, first + static_cast<std::ptrdiff_t>(count))}};
}

}  // namespace

std::pair<Simulator::AdminAction, std::string> Simulator::find_admin(const ApiRequest& request) {
  static const std::map<std::string, AdminAction> actions{
      {"POST reset", &Simulator::admin_reset},         {"POST config", &Simulator::admin_config},
      {"POST account", &Simulator::admin_account},     {"POST clock", &Simulator::admin_clock},
      {"POST faults", &Simulator::admin_faults},       {"POST user", &Simulator::admin_user},
      {"POST member", &Simulator::admin_member},       {"POST receipts", &Simulator::admin_flush},
      {"POST tokens", &Simulator::admin_tokens},       {"POST listener", &Simulator::admin_listener},
      {"POST callbacks", &Simulator::admin_verify},    {"GET journal", &Simulator::report_journal},
      {"GET delivered", &Simulator::report_delivered}, {"GET dropped", &Simulator::report_dropped},
      {"GET tokens", &Simulator::report_tokens},       {"GET quota", &Simulator::report_quota},
      {"GET callbacks", &Simulator::report_callbacks}, {"GET faults", &Simulator::report_faults},
      {"GET config", &Simulator::report_config},       {"GET clock", &Simulator::report_clock}};
  if (!request.path.starts_with(prefix)) return {};
  const std::string name = request.path.substr(prefix.size(), request.path.find('/', prefix.size()) - prefix.size());
  const auto found = actions.find(request.method + " " + name);
  if (found == actions.end()) return {};
  return {found->second, name};
}

Simulator::AdminAnswer Simulator::admin(const ApiRequest& request) {
  const auto [action, name] = find_admin(request);
  if (!action) return {404, {{"error", "no " + request.method + " " + request.path}}};
  const Json body = request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
  if (body.is_discarded()) return {400, {{"error", "the body is no JSON"}}};
  try {
    return {200, (this->*action)(request, body)};
  } catch (const std::exception& error) {
    return {400, {{"error", error.what()}}};
  }
}

Account& Simulator::named_account(const ApiRequest& request, const Json& body) {
  std::string id = text_at(body, "account");
  if (const auto found = request.query.find("account"); found != request.query.end()) id = found->second;
  if (id.empty() && !world_->accounts.empty()) return world_->accounts.front();
  Account* account = world_->account_of(id);
  if (!account) throw std::invalid_argument("no account " + id);
  return *account;
}

void Simulator::renew(std::unique_ptr<World> world) {
  world->clock.on_real_time(world_->clock.real());
  world_ = std::move(world);
  in_flight_.clear();
  listens_ = true;
  ++life_;
}

Json Simulator::admin_reset(const ApiRequest&, const Json&) {
  renew(std::make_unique<World>(config_));
  return Json::object();
}

Json Simulator::admin_config(const ApiRequest&, const Json& body) {
  renew(std::make_unique<World>(body));
  config_ = body;
  return Json::object();
}

Json Simulator::admin_account(const ApiRequest& request, const Json& body) {
  Account* account = world_->account_of(rest_of(request));
  if (!account) throw std::invalid_argument("no account " + rest_of(request));
  account->patch(body);
  return Json::object();
}

Json Simulator::admin_clock(const ApiRequest& request, const Json& body) {
  std::int64_t advance = 0;
  Fields fields(body, "clock");
  fields.read("advance_ms", advance);
  const Json* to = fields.child("set");
  fields.end();
  if (to) world_->clock.set(to->is_number() ? to->get<std::int64_t>() : parse_iso_time(to->get<std::string>()));
  world_->clock.advance(advance);
  return report_clock(request, body);
}

Json Simulator::report_clock(const ApiRequest&, const Json&) { return {{"now", now()}, {"iso", iso_time(now())}}; }

Json Simulator::admin_faults(const ApiRequest&, const Json& body) {
  if (body.is_array()) {
    for (const Json& each : body) world_->faults.add(each);
  } else if (body.value("clear", false)) {
    world_->faults.clear();
  } else {
    world_->faults.add(body);
  }
  return Json::object();
}

Json Simulator::admin_user(const ApiRequest& request, const Json& body) {
  Account& account = named_account(request, body);
  const std::string openid = rest_of(request);
  if (openid.empty()) throw std::invalid_argument("a user without a name");
  User& user = account.users[openid];
  Fields fields(body, "user");
  fields.read("subscribed", user.subscribed).read("blacklisted", user.blacklisted).read("refuses", user.refuses);
  fields.read("frozen", user.frozen).read("receipt_status", user.receipt_status);
  fields.read("allowances", user.allowances);
  for (const char* known : {"account", "event", "template_id", "status", "notify", "content", "key"}) {
    fields.child(known);
  }
  fields.end();
  if (body.contains("event")) happen(*world_, account, openid, user, body);
  return state_of(user);
}

Json Simulator::admin_member(const ApiRequest& request, const Json& body) {
  Account& account = named_account(request, body);
  const std::string userid = rest_of(request);
  Member& member = account.members[lower(userid)];
  if (member.userid.empty()) member.userid = userid;
  std::int64_t agentid = account.apps.empty() ? 0 : account.apps.front().agentid;
  Fields fields(body, "member");
  fields.read("parties", member.parties).read("tags", member.tags).read("visible", member.visible);
  fields.read("licensed", member.licensed).read("agentid", agentid);
  bool removed = false;
  std::string kind;
  fields.read("removed", removed).read("event", kind);
  const Json* more = fields.child("members");
  fields.child("account");
  fields.end();
  if (!kind.empty()) {
    CallbackEvent event = world_->event_from(account, member.userid, kind);
    event.agentid = agentid;
    event.body["EventKey"] = "";
    if (more) event.body.update(nlohmann::ordered_json::parse(text_of(*more)));
    event.body["AgentID"] = agentid;
    world_->tell(account, std::move(event), account.callback, std::nullopt);
  }
  if (removed) account.members.erase(lower(userid));
  return Json::object();
}

Json Simulator::admin_flush(const ApiRequest& request, const Json&) {
  if (rest_of(request) != "flush") throw std::invalid_argument("receipts can only be flushed");
  world_->callbacks.flush(now());
  return Json::object();
}

Json Simulator::admin_tokens(const ApiRequest& request, const Json& body) {
  if (rest_of(request) != "invalidate") throw std::invalid_argument("tokens can only be invalidated");
  Account& account = named_account(request, body);
  std::string space = account.is_wecom() ? std::to_string(account.apps.at(0).agentid) : "stable";
  std::string how = "invalidate";
  Fields fields(body, "tokens");
  fields.read("space", space).read("how", how);
  fields.child("account");
  fields.end();
  const std::size_t index = world_->index_of(account);
  Token* token = world_->tokens.current(index, space, now());
  if (how == "rotate" || how == "overlap") {
    token = &world_->tokens.mint({.account = index,
                                  .space = space,
                                  .now = now(),
                                  .life_ms = account.token_ttl * 1000,
                                  .overlap_ms = how == "overlap" ? account.overlap * 1000 : 0,
                                  .by = "another node"},
                                 world_->random);
    return {{"access_token", token->value}, {"expires_in", account.token_ttl}};
  }
  if (how != "invalidate" && how != "expire") throw std::invalid_argument("tokens cannot " + how);
  if (token && how == "expire") token->expires = now();
  if (token && how == "invalidate") token->good_until = now();
  return {{"found", token != nullptr}};
}

Json Simulator::admin_listener(const ApiRequest&, const Json& body) {
  Fields(body, "listener").read("open", listens_).end();
  return {{"open", listens_}};
}

Json Simulator::admin_verify(const ApiRequest& request, const Json& body) {
  if (rest_of(request) != "verify") throw std::invalid_argument("a callback URL can only be verified");
  const Account& account = named_account(request, body);
  return {{"id", world_->ask_url(account)}};
}

Json Simulator::report_journal(const ApiRequest& request, const Json&) {
  const auto path = request.query.find("path");
  return world_->journal.report(number_of(request, "after", 0), number_of(request, "limit", 1000),
                                path == request.query.end() ? "" : path->second);
}

Json Simulator::report_delivered(const ApiRequest& request, const Json&) { return page_of(world_->delivered, request); }
Json Simulator::report_dropped(const ApiRequest& request, const Json&) { return page_of(world_->dropped, request); }

Json Simulator::report_tokens(const ApiRequest&, const Json&) {
  Json all = world_->tokens.report(now());
  Json by = Json::object();
  for (Json& each : all) {
    each["account"] = world_->accounts[each["account"].get<std::size_t>()].id;
    Json& count = by[each["by"].get<std::string>()];
    count = count.is_null() ? 1 : count.get<int>() + 1;
  }
  return {{"minted", all.size()}, {"by", std::move(by)}, {"entries", std::move(all)}};
}

Json Simulator::report_quota(const ApiRequest&, const Json&) {
  Json all = Json::object();
  for (const Account& account : world_->accounts) {
    Json paths = Json::object();
    for (const auto& [path, count] : account.meter.counts()) {
      const bool today = count.day == day_of(now());
      paths[path] = {{"limit", account.daily_limit(path)}, {"used", today ? count.used_today : 0}};
    }
    all[account.id] = std::move(paths);
  }
  return all;
}

Json Simulator::report_callbacks(const ApiRequest& request, const Json&) {
  return {{"last", world_->callbacks.size()},
          {"entries", world_->callbacks.report(number_of(request, "after", 0), number_of(request, "limit", 1000))}};
}

Json Simulator::report_faults(const ApiRequest&, const Json&) { return world_->faults.report(); }
Json Simulator::report_config(const ApiRequest&, const Json&) { return config_; }

}  // namespace wechat_simulator
