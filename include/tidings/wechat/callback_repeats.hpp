// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_REPEATS_HPP
#define TIDINGS_WECHAT_CALLBACK_REPEATS_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/callback_digest.hpp>
#include <tidings/wechat/callback_event.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What makes an event the same event: messages by their id; receipts by event, ids, templates and user, since two of one
/// user may come in one second; anything else by event, user and time.
///
/// Source  D: "Receiving event pushes"; the losses of libraries that looked at less.
inline CallbackDigest digest_of(std::string_view account, const CallbackEvent& event) {
  const std::string time = std::to_string(event.create_time);
  std::vector<std::string_view> parts{account, event.message_type, event.event, event.msgid, event.from_user};
  for (const CallbackEvent::Item& each : event.items) {
    parts.insert(parts.end(), {each.template_id, each.msgid, each.subscribe_status});
  }
  const bool receipt = event.type == CallbackEvent::Type::subscribe_receipt && !event.items.empty();
  if (event.msgid.empty() && !receipt) {
    parts.insert(parts.end(), {time, event.event_key, event.agent_id, event.task_id, event.response_code});
  }
  return digest_of(parts);
}

/// Knows events again for a while. When there are too many, the oldest is forgotten.
///
/// Thread  none of its own.
class CallbackRepeats {
 public:
  /// @param life  > 0.
  /// @param most  Events remembered; at least 1.
  CallbackRepeats(std::chrono::seconds life, std::size_t most) : life_(life), most_(most) {}

  /// Whether the event is new.
  bool on_event(const CallbackDigest& event, wall_time now) {
    while (!order_.empty() && order_.front().second + life_ <= now) drop_oldest();
    if (!known_.insert(event).second) return false;
    order_.emplace_back(event, now);
    if (order_.size() > most_) drop_oldest();
    return true;
  }

  std::size_t size() const { return order_.size(); }

 private:
  void drop_oldest() {
    known_.erase(order_.front().first);
    order_.pop_front();
  }

  std::chrono::seconds life_;
  std::size_t most_;
  std::deque<std::pair<CallbackDigest, wall_time>> order_;
  std::unordered_set<CallbackDigest> known_;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CALLBACK_REPEATS_HPP
