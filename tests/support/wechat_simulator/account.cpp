// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/account.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <utility>

namespace wechat_simulator {

namespace {

// D: API_Call_Limits, api_getstableaccesstoken, Template_Message_Interface.
const std::map<std::string, std::int64_t> usual_quotas{{"/cgi-bin/token", 2000},
                                                       {"/cgi-bin/stable_token", 500'000},
                                                       {"/cgi-bin/message/template/send", 100'000},
                                                       {"/cgi-bin/message/custom/send", 500'000}};

// D: Customer_Service_Messages; D: customer-message/send of mini-programs.
std::map<std::string, Allowance> usual_allowances(Kind kind) {
  if (kind == Kind::mini_program) return {{"message", {5, 172'800}}, {"enter", {2, 60}}};
  return {{"message", {5, 172'800}}, {"menu", {3, 60}}, {"follow", {3, 60}}, {"scan", {3, 60}}, {"pay", {-1, 172'800}}};
}

template <class Enum>
void read_name(Fields& fields, const char* key, Enum& into, std::initializer_list<std::pair<const char*, Enum>> names) {
  std::string name;
  fields.read(key, name);
  if (name.empty()) return;
  const auto found = std::find_if(names.begin(), names.end(), [&](const auto& each) { return name == each.first; });
  if (found == names.end()) throw std::invalid_argument(std::string(key) + " cannot be " + name);
  into = found->second;
}

App parse_app(const Json& json) {
  App app;
  Fields fields(json, "app");
  fields.read("agentid", app.agentid).read("secret", app.secret).end();
  return app;
}

WecomLimits parse_limits(const Json& json) {
  WecomLimits limits;
  Fields fields(json, "wecom");
  fields.read("account_limit", limits.account_limit).read("per_member_min", limits.per_member_min);
  fields.read("per_member_hour", limits.per_member_hour).read("corp_api_min", limits.corp_api_min);
  fields.read("concurrency", limits.concurrency).read("wrong_secrets", limits.wrong_secrets);
  fields.read("same_while_valid", limits.same_while_valid).end();
  return limits;
}

// A single one, or `count` of them with numbers behind `prefix`.
std::vector<std::string> names_of(Fields& fields, const char* name, const char* prefix) {
  std::string one;
  std::string stem;
  std::size_t count = 0;
  fields.read(name, one).read(prefix, stem).read("count", count);
  std::vector<std::string> all;
  if (!one.empty()) all.push_back(one);
  for (std::size_t i = 0; i < count; ++i) {
    std::array<char, 24> number{};
    std::snprintf(number.data(), number.size(), "%06zu", i);
    all.push_back(stem + number.data());
  }
  if (all.empty()) throw std::invalid_argument(std::string("a user without ") + name);
  return all;
}

void parse_user(const Json& json, Account& account) {
  User user;
  Fields fields(json, "user");
  const std::vector<std::string> names = names_of(fields, "openid", "openid_prefix");
  fields.read("subscribed", user.subscribed).read("blacklisted", user.blacklisted).read("refuses", user.refuses);
  fields.read("frozen", user.frozen).read("receipt_status", user.receipt_status);
  fields.read("allowances", user.allowances).end();
  for (const std::string& each : names) account.users[each] = user;
}

void parse_member(const Json& json, Account& account) {
  Member member;
  Fields fields(json, "member");
  const std::vector<std::string> names = names_of(fields, "userid", "userid_prefix");
  fields.read("parties", member.parties).read("tags", member.tags).read("visible", member.visible);
  fields.read("licensed", member.licensed).end();
  for (const std::string& each : names) {
    member.userid = each;
    account.members[lower(each)] = member;
  }
}

void parse_template(const Json& json, Account& account) {
  Fields fields(json, "template");
  std::string id;
  std::map<std::string, std::string> keys;
  fields.read("id", id).read("keys", keys).end();
  account.templates[id] = std::move(keys);
}

void parse_people(Fields& fields, Account& account) {
  if (const Json* all = fields.child("templates")) {
    for (const Json& each : *all) parse_template(each, account);
  }
  if (const Json* all = fields.child("users")) {
    for (const Json& each : *all) parse_user(each, account);
  }
  if (const Json* all = fields.child("members")) {
    for (const Json& each : *all) parse_member(each, account);
  }
  if (const Json* all = fields.child("allowances")) {
    for (const auto& each : all->items()) {
      Allowance& allowance = account.allowances[each.key()];
      Fields(each.value(), "allowance").read("count", allowance.count).read("seconds", allowance.seconds).end();
    }
  }
}

std::uint32_t address_of(const std::string& text) {
  std::array<unsigned, 4> parts{};
  if (std::sscanf(text.c_str(), "%3u.%3u.%3u.%3u", &parts[0], &parts[1], &parts[2], &parts[3]) != 4) return 0;
  return parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3];
}

}  // namespace

std::string lower(std::string text) {
  for (char& each : text) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return text;
}

bool is_in(const std::string& address, const std::vector<std::string>& networks) {
  return std::any_of(networks.begin(), networks.end(), [&](const std::string& each) {
    const std::size_t slash = each.find('/');
    const int bits = slash == std::string::npos ? 32 : std::stoi(each.substr(slash + 1));
    const std::uint32_t mask = bits <= 0 ? 0 : std::numeric_limits<std::uint32_t>::max() << (32 - bits);
    return (address_of(address) & mask) == (address_of(each.substr(0, slash)) & mask);
  });
}

CallbackOptions CallbackOptions::parse(const Json& json) {
  CallbackOptions options;
  Fields fields(json, "callback");
  fields.read("url", options.url).read("token", options.token).read("aes_key", options.aes_key);
  fields.read("receiver", options.receiver).read("to_user_name", options.to_user_name);
  read_name(fields, "mode", options.mode, {{"plain", Mode::plain}, {"compat", Mode::compat}, {"safe", Mode::safe}});
  read_name(fields, "format", options.format, {{"xml", Format::xml}, {"json", Format::json}});
  fields.read("timeout_ms", options.timeout_ms).read("retries", options.retries).read("resign", options.resign);
  fields.read("delay_ms", options.delay_ms).read("retry_delay_ms", options.retry_delay_ms);
  fields.read("before_answer", options.before_answer).read("lost", options.lost);
  fields.read("duplicates", options.duplicates).read("forged", options.forged);
  read_name(fields, "list", options.list_as_array, {{"object", false}, {"array", true}});
  fields.read("msgid_tag", options.msgid_tag).read("json_numbers", options.json_numbers);
  fields.read("status", options.status).end();
  if (options.mode != Mode::plain && options.aes_key.size() != 43) {
    throw std::invalid_argument("callback.aes_key is not 43 characters");
  }
  return options;
}

Account Account::parse(const Json& json) {
  Account account;
  Fields fields(json, "account");
  read_name(fields, "kind", account.kind,
            {{"oa", Kind::official_account}, {"mini", Kind::mini_program}, {"wecom", Kind::wecom}});
  fields.read("appid", account.id).read("corpid", account.id).read("secret", account.secret);
  if (account.id.empty()) throw std::invalid_argument("an account without appid or corpid");
  if (const Json* apps = fields.child("apps")) {
    for (const Json& each : *apps) account.apps.push_back(parse_app(each));
  }
  fields.read("ip_whitelist", account.ip_whitelist).read("token_ttl", account.token_ttl);
  fields.read("overlap", account.overlap).read("stable_renew_before", account.stable_renew_before);
  fields.read("force_per_day", account.force_per_day).read("force_apart", account.force_apart);
  fields.read("clears_per_month", account.clears_per_month);
  if (!account.is_wecom()) {
    account.quotas = usual_quotas;
    account.minute_limits = {{"/cgi-bin/stable_token", 10'000}};
    account.allowances = usual_allowances(account.kind);
  }
  for (const char* key : {"quotas", "minute_limits", "callback"}) {
    if (const Json* found = fields.child(key)) account.patch({{key, *found}});
  }
  fields.read("client_msg_id", account.client_msg_id).read("client_msg_id_seconds", account.client_msg_id_seconds);
  fields.read("refuses_escapes", account.refuses_escapes).read("bizsend_msgid", account.bizsend_msgid);
  if (const Json* limits = fields.child("wecom")) account.wecom = parse_limits(*limits);
  fields.read("pages", account.pages);
  parse_people(fields, account);
  fields.end();
  if (!account.callback) account.callback = std::make_shared<CallbackOptions>();
  return account;
}

void Account::patch(const Json& json) {
  Fields fields(json, "account");
  if (const Json* found = fields.child("callback")) {
    Json merged = callback_json;
    merged.merge_patch(*found);
    callback = std::make_shared<CallbackOptions>(CallbackOptions::parse(merged));
    callback_json = std::move(merged);
  }
  std::map<std::string, std::int64_t> changed;
  fields.read("quotas", changed);
  for (const auto& [path, limit] : changed) quotas[path] = limit;
  changed.clear();
  fields.read("minute_limits", changed);
  for (const auto& [path, limit] : changed) minute_limits[path] = limit;
  fields.read("ip_whitelist", ip_whitelist).read("secret", secret);
  fields.end();
}

std::int64_t Account::daily_limit(const std::string& path) const {
  const auto found = quotas.find(path);
  return found == quotas.end() ? -1 : found->second;
}

App* Account::app_of(const std::string& space) {
  const auto found =
      std::find_if(apps.begin(), apps.end(), [&](const App& each) { return std::to_string(each.agentid) == space; });
  return found == apps.end() ? nullptr : &*found;
}

}  // namespace wechat_simulator
