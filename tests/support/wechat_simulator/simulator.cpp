// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/simulator.hpp"

#include "support/wechat_simulator/endpoints.hpp"

#include <utility>

namespace wechat_simulator {

namespace {

// A callback of before a reset has another number than any behind it.
constexpr int life_shift = 40;

bool has(const Json& action, const char* key) {
  const auto found = action.find(key);
  return found != action.end() && *found != false;
}

std::int64_t number(const Json& action, const char* key, std::int64_t otherwise) {
  const auto found = action.find(key);
  return found != action.end() && found->is_number() ? found->get<std::int64_t>() : otherwise;
}

// Whether the call is worked on, although its answer is another one.
bool commits(const Json& action) {
  if (const auto said = action.find("commit"); said != action.end()) return *said != false;
  for (const char* each :
       {"errcode", "http_status", "redirect", "timeout_before_commit", "close_keepalive", "reset", "refuse_connect"}) {
    if (has(action, each)) return false;
  }
  return true;
}

}  // namespace

Simulator::Simulator(Json config) : config_(std::move(config)), world_(std::make_unique<World>(config_)) {}

Exchange Simulator::handle(const ApiRequest& request) {
  Call call{.request = request, .world = *world_, .exchange = ++exchanges_, .now = now(), .ip = request.ip};
  call.body = Json::parse(request.body, nullptr, false);
  Json action = Json::object();
  if (!world_->faults.empty()) {
    const auto token = world_->tokens.find(call.query("access_token"));
    std::string account = token ? world_->accounts[token->account].id : call.query("appid") + call.query("corpid");
    if (account.empty()) account = text_at(call.body, "appid");
    action = world_->faults.take({.path = request.path,
                                  .user = text_at(call.body, "touser"),
                                  .account = std::move(account),
                                  .reused = request.reused});
    if (action.is_null()) action = Json::object();
  }
  bool committed = false;
  Exchange exchange = run(call, action, committed);
  exchange.id = call.exchange;
  if (call.behind_callback) exchange.behind_callback = *call.behind_callback | life_ << life_shift;
  if (call.account) {
    call.parallel = call.account->in_flight[request.path]++;
    in_flight_.emplace(exchange.id, std::pair(call.account->id, request.path));
  }
  note(call, exchange, action, committed);
  return exchange;
}

Exchange Simulator::run(Call& call, const Json& action, bool& committed) {
  Exchange exchange;
  exchange.plan.delay_ms = world_->answers.latency_ms;
  if (action.empty()) {
    exchange.answer = process(call, committed);
    return exchange;
  }
  prepare(call, action);
  if (commits(action)) exchange.answer = process(call, committed);
  if (has(action, "errcode")) {
    exchange.answer = refusal_of(call, static_cast<int>(number(action, "errcode", -1)), text_at(action, "errmsg"));
  }
  shape(exchange, action);
  return exchange;
}

Answer Simulator::process(Call& call, bool& committed) {
  const Endpoint endpoint = find_endpoint(call.request.path);
  if (!endpoint) return {.status = 404, .content_type = "text/html", .body = "<html><body>404 Not Found</body></html>"};
  try {
    Json members = endpoint(call);
    committed = true;
    return success_of(call, std::move(members));
  } catch (const Refusal& refusal) {
    return refusal_of(call, refusal.code, refusal.text);
  }
}

Answer Simulator::answer_of(const Json& json) const {
  return {.content_type = world_->answers.content_type, .body = text_of(json)};
}

Answer Simulator::success_of(const Call& call, Json members) const {
  const bool is_lost = call.request.path == "/cgi-bin/gettoken" ? false : world_->answers.omit_errcode;
  if (says_errcode(call.request.path) && !is_lost) {
    members["errcode"] = 0;
    members["errmsg"] = "ok";
  }
  return answer_of(members);
}

Answer Simulator::refusal_of(const Call& call, int code, std::string text) {
  if (text.empty()) text = error_text(code);
  if (world_->answers.rid) {
    const std::string id = world_->random.word(8);
    const bool wecom = is_wecom_path(call.request.path);
    text += wecom ? ", hint: [" + id + "], from ip: " + call.ip : " rid: " + id;
  }
  Json members = call.refusal_members;
  members["errcode"] = code;
  members["errmsg"] = std::move(text);
  return answer_of(members);
}

// What a fault does before the call is looked at.
void Simulator::prepare(Call& call, const Json& action) {
  Token* token = world_->tokens.find(call.query("access_token"));
  if (token && has(action, "token_invalidate")) token->good_until = call.now;
  if (token && has(action, "token_expire")) token->expires = call.now;
  if (token && has(action, "rotate_by_other_node")) {
    const Account& account = world_->accounts[token->account];
    const std::int64_t overlap = action["rotate_by_other_node"] == "overlap" ? account.overlap * 1000 : 0;
    world_->tokens.mint({.account = token->account,
                         .space = token->space,
                         .now = call.now,
                         .life_ms = account.token_ttl * 1000,
                         .overlap_ms = overlap,
                         .by = "another node"},
                        world_->random);
  }
  if (has(action, "clock_skew")) {
    world_->clock.advance(number(action, "clock_skew", 0));
    call.now = now();
  }
  if (has(action, "ip_change")) call.ip = text_at(action, "ip_change");
  if (token && has(action, "quota_set")) {
    CallMeter::Count& count = world_->accounts[token->account].meter.at(call.request.path, call.now);
    count.used_today = number(action, "quota_set", 0);
  }
  if (has(action, "ban_secret")) world_->callers[call.ip].banned_until = call.now + VirtualClock::hour_ms;
}

// What a fault does to the answer, and to its way.
void Simulator::shape(Exchange& exchange, const Json& action) const {
  using Act = WirePlan::Act;
  Answer& answer = exchange.answer;
  WirePlan& plan = exchange.plan;
  if (has(action, "http_status")) {
    const std::string status = std::to_string(number(action, "http_status", 502));
    answer = {.status = std::stoi(status),
              .content_type = "text/html",
              .body = "<html><head><title>" + status + "</title></head><body>" + status + "</body></html>"};
  }
  if (has(action, "redirect")) {
    answer = {.status = 302, .content_type = "text/html", .location = text_at(action, "redirect")};
  }
  if (has(action, "empty_body")) answer.body.clear();
  if (has(action, "garbage_json")) answer.body = "{\"errcode\":0,\"errmsg\":\"o";
  if (has(action, "body")) answer.body = text_at(action, "body");
  if (has(action, "wrong_content_type")) answer.content_type = "text/plain";
  plan.delay_ms += number(action, "delay_ms", 0);
  plan.drip_ms = number(action, "slow_drip", has(action, "slow_drip") ? 50 : 0);
  plan.hold_ms = number(action, "hold_ms", 0);
  plan.refuse_ms = number(action, "refuse_connect", has(action, "refuse_connect") ? 1000 : 0);
  if (has(action, "slow_drip")) plan.act = Act::drip;
  if (has(action, "truncated_body")) plan.act = Act::truncate;
  if (has(action, "half_close")) plan.act = Act::half_close;
  if (has(action, "reset_after_headers")) plan.act = Act::reset_after_headers;
  if (has(action, "timeout_before_commit") || has(action, "timeout_after_commit")) plan.act = Act::silence;
  if (has(action, "close_keepalive")) plan.act = Act::close;
  if (has(action, "reset") || has(action, "refuse_connect")) plan.act = Act::reset;
}

void Simulator::note(const Call& call, const Exchange& exchange, const Json& action, bool committed) {
  const Token* token = call.token ? call.token : world_->tokens.find(call.query("access_token"));
  world_->journal.add({.at = call.now,
                       .real_at = world_->clock.real(),
                       .method = call.request.method,
                       .path = call.request.path,
                       .ip = call.ip,
                       .account = call.account ? call.account->id
                                  : token      ? world_->accounts[token->account].id
                                               : "",
                       .user = text_at(call.body, "touser"),
                       .space = token ? token->space : "",
                       .generation = token ? token->generation : 0,
                       .body = call.request.body,
                       .status = exchange.answer.status,
                       .answer = exchange.answer.body,
                       .parallel = call.parallel,
                       .committed = committed,
                       .fault = action.empty() ? "" : text_of(action)});
}

void Simulator::on_finished(std::uint64_t exchange) {
  if (const auto found = in_flight_.find(exchange); found != in_flight_.end()) {
    if (Account* account = world_->account_of(found->second.first)) {
      std::int64_t& count = account->in_flight[found->second.second];
      if (count > 0) --count;
    }
    in_flight_.erase(found);
  }
  world_->callbacks.on_finished(exchange, now());
}

std::vector<CallbackPost> Simulator::take_callbacks() {
  std::vector<CallbackPost> posts = world_->callbacks.take_due(now(), world_->random);
  for (CallbackPost& each : posts) each.id |= life_ << life_shift;
  return posts;
}

void Simulator::on_callback_result(std::uint64_t id, CallbackResult result) {
  if (id >> life_shift != life_) return;
  world_->callbacks.on_result(id & ((std::uint64_t{1} << life_shift) - 1), std::move(result), now());
}

bool Simulator::is_first_attempt_open(std::uint64_t id) const {
  return id >> life_shift == life_ &&
         world_->callbacks.is_first_attempt_open(id & ((std::uint64_t{1} << life_shift) - 1));
}

std::optional<std::int64_t> Simulator::next_callback_in() const {
  const auto due = world_->callbacks.next_due();
  if (!due || !world_->clock.follows()) return std::nullopt;
  return *due > now() ? *due - now() : 0;
}

}  // namespace wechat_simulator
