// SPDX-License-Identifier: BSL-1.0
//
// The support chat: what clients say goes into a room's topic, so that a reader who was cut off resumes there too.

#ifndef TIDINGS_EXAMPLES_DEMO_SERVER_CHAT_HPP
#define TIDINGS_EXAMPLES_DEMO_SERVER_CHAT_HPP

#include <tidings/hub_ref.hpp>
#include <tidings/on_message.hpp>

#include <nlohmann/json.hpp>

#include "people.hpp"

#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

namespace demo {

class Chat {
 public:
  static constexpr std::size_t max_text_bytes = 500;

  explicit Chat(tidings::HubRef hub) : hub_(std::move(hub)) {}

  /// `say` {"text", "id", "to"}: answered with the message's number in its room. `id` is the client's own name for it:
  /// said again after a cut that swallowed the answer, it is not published twice. `to` is the agent's, a customer.
  void operator()(const tidings::SessionInfo& session, const tidings::UpwardMessage& message,
                  tidings::Completion<tidings::UpwardAnswer> answer) const {
    using nlohmann::json;
    const json said = json::parse(message.data, nullptr, false);
    if (message.event != "say" || !said.is_object()) return answer({}, tidings::refuse("not_understood"));
    const std::string text = text_of(said, "text");
    const std::string id = text_of(said, "id");
    if (text.empty() || text.size() > max_text_bytes) {
      return answer({}, tidings::refuse("wrong_length", "A message has 1 to 500 letters."));
    }
    const std::string customer = session.user == People::agent ? text_of(said, "to") : session.user;
    if (!People::is_customer(customer)) return answer({}, tidings::refuse("no_room", "There is no such room."));
    const json spoken{{"from", session.user}, {"text", text}, {"id", id}};
    hub_.publish({.topic = People::room_of(customer),
                  .event = "said",
                  .data = spoken.dump(),
                  .json = true,
                  .idempotency_key = id.empty() ? "" : session.user + "/" + id},
                 [answer = std::move(answer)](std::error_code ec, const tidings::Published& published) mutable {
                   if (ec) return answer({}, tidings::refuse("not_taken", ec.message()));
                   const json noted{{"number", published.position.offset}};
                   answer({}, tidings::UpwardReply{.data = noted.dump(), .event = "noted", .json = true});
                 });
  }

 private:
  static std::string text_of(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  }

  tidings::HubRef hub_;
};

}  // namespace demo

#endif  // TIDINGS_EXAMPLES_DEMO_SERVER_CHAT_HPP
