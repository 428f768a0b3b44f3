// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/receipts.hpp"

#include <memory>
#include <string>
#include <utility>

namespace wechat_simulator {

namespace {

std::shared_ptr<const CallbackOptions> options_for(const Call& call) {
  const Json action = call.world.faults.take(
      {.on = "receipt", .path = call.request.path, .user = text_at(call.body, "touser"), .account = call.account->id});
  if (action.is_null()) return call.account->callback;
  Json merged = call.account->callback_json;
  merged.merge_patch(action);
  return std::make_shared<CallbackOptions>(CallbackOptions::parse(merged));
}

std::string status_of(const User& user, const CallbackOptions& options) {
  if (!options.status.empty()) return options.status;
  if (!user.receipt_status.empty()) return user.receipt_status;
  return user.refuses ? "failed:user block" : "success";
}

void tell(Call& call, CallbackEvent event, std::shared_ptr<const CallbackOptions> options) {
  const bool before = options->before_answer && !options->lost && !options->url.empty();
  std::optional<std::uint64_t> behind = call.exchange;
  if (before) behind.reset();
  const std::uint64_t id = call.world.tell(*call.account, std::move(event), std::move(options), behind);
  if (before) call.behind_callback = id;
}

}  // namespace

void tell_template_receipt(Call& call, const User& user, std::int64_t msgid) {
  auto options = options_for(call);
  const std::string openid = text_at(call.body, "touser");
  const std::string status = status_of(user, *options);
  if (status == "success") {
    call.world.deliver(*call.account, openid, "template", std::to_string(msgid), call.body);
  }
  CallbackEvent event = call.world.event_from(*call.account, openid, "TEMPLATESENDJOBFINISH");
  event.msgid = std::to_string(msgid);
  event.body[options->msgid_tag] = msgid;
  event.body["Status"] = status;
  tell(call, std::move(event), std::move(options));
}

void tell_subscribe_receipt(Call& call, const User& user, std::int64_t msgid) {
  auto options = options_for(call);
  const std::string openid = text_at(call.body, "touser");
  const std::string status = status_of(user, *options);
  if (status == "success") {
    call.world.deliver(*call.account, openid, "subscribe", std::to_string(msgid), call.body);
  }
  CallbackEvent event = call.world.event_from(*call.account, openid, "subscribe_msg_sent_event");
  event.msgid = std::to_string(msgid);
  nlohmann::ordered_json item;
  item["TemplateId"] = text_at(call.body, "template_id");
  item["MsgID"] = msgid;
  item["ErrorCode"] = status == "success" ? 0 : 43101;
  item["ErrorStatus"] = status;
  nlohmann::ordered_json list = item;
  if (options->list_as_array) list = nlohmann::ordered_json::array({item});
  event.body["SubscribeMsgSentEvent"]["List"] = list;
  tell(call, std::move(event), std::move(options));
}

}  // namespace wechat_simulator
