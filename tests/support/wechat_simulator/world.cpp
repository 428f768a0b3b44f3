// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/world.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace wechat_simulator {

namespace {

void set_clock(const Json* how, const Json* start, VirtualClock& clock) {
  std::int64_t begin = parse_iso_time("2026-01-15T10:00:00+08:00");
  if (start) begin = start->is_number() ? start->get<std::int64_t>() : parse_iso_time(start->get<std::string>());
  clock.set(begin);
  if (how && *how == "real") {
    clock.follow();
  } else if (how && *how != "manual") {
    throw std::invalid_argument("clock is manual or real");
  }
}

}  // namespace

World::World(const Json& config) {
  Fields fields(config, "configuration");
  std::uint64_t seed = 1;
  std::size_t journal_limit = 100'000;
  fields.read("seed", seed).read("journal_limit", journal_limit).read("latency_ms", answers.latency_ms);
  random = Random(seed);
  journal = Journal(journal_limit);
  set_clock(fields.child("clock"), fields.child("start"), clock);
  if (const Json* json = fields.child("answers")) {
    Fields(*json, "answers")
        .read("content_type", answers.content_type)
        .read("rid", answers.rid)
        .read("omit_errcode", answers.omit_errcode)
        .end();
  }
  if (const Json* all = fields.child("accounts")) {
    for (const Json& each : *all) accounts.push_back(Account::parse(each));
  }
  if (const Json* all = fields.child("faults")) {
    for (const Json& each : *all) faults.add(each);
  }
  fields.end();
}

Account* World::account_of(const std::string& id) {
  const auto found = std::find_if(accounts.begin(), accounts.end(), [&](const Account& each) { return each.id == id; });
  return found == accounts.end() ? nullptr : &*found;
}

std::size_t World::index_of(const Account& account) const {
  const auto found =
      std::find_if(accounts.begin(), accounts.end(), [&](const Account& each) { return &each == &account; });
  return static_cast<std::size_t>(found - accounts.begin());
}

void World::deliver(const Account& account, const std::string& user, const std::string& kind, const std::string& msgid,
                    const Json& message) {
  delivered.push_back({{"at", clock.now()},
                       {"account", account.id},
                       {"user", user},
                       {"kind", kind},
                       {"msgid", msgid},
                       {"message", message}});
}

std::uint64_t World::tell(const Account& account, CallbackEvent event, std::shared_ptr<const CallbackOptions> options,
                          std::optional<std::uint64_t> behind) {
  event.account = index_of(account);
  event.receiver = account.id;
  event.wecom = account.is_wecom();
  const bool is_ahead = options->before_answer && !behind;
  const std::int64_t delay = is_ahead ? 0 : random.between(options->delay_ms[0], options->delay_ms[1]);
  return callbacks.add(
      {.event = std::move(event), .options = std::move(options), .delay_ms = delay, .behind_exchange = behind},
      clock.now());
}

std::uint64_t World::ask_url(const Account& account) {
  CallbackOptions options = *account.callback;
  options.retries = 0;
  options.delay_ms = {0, 0};
  CallbackEvent event{.name = "verify", .echo = std::to_string(random.next())};
  return tell(account, std::move(event), std::make_shared<CallbackOptions>(std::move(options)), std::nullopt);
}

CallbackEvent World::event_from(const Account& account, const std::string& user, const std::string& name) const {
  CallbackEvent event{.user = user, .name = name};
  event.body["ToUserName"] = account.is_wecom() ? account.id : account.callback->to_user_name;
  event.body["FromUserName"] = user;
  event.body["CreateTime"] = clock.now() / 1000;
  event.body["MsgType"] = "event";
  event.body["Event"] = name;
  return event;
}

}  // namespace wechat_simulator
