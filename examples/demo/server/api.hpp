// SPDX-License-Identifier: BSL-1.0
//
// What the demo's page asks beside the endpoint: an operator's desk over the hub. Coroutines; each answers with JSON.

#ifndef TIDINGS_EXAMPLES_DEMO_SERVER_API_HPP
#define TIDINGS_EXAMPLES_DEMO_SERVER_API_HPP

#include <tidings/hub_ref.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/protocol/topic_name.hpp>

#include <asio/awaitable.hpp>
#include <asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "people.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace demo {

using nlohmann::json;

class Api {
 public:
  /// @param server  What serves it: {"name", "note", "websocket"}.
  Api(tidings::HubRef hub, People& people, json server)
      : hub_(std::move(hub)), people_(people), server_(std::move(server)) {}

  /// The answer to a request; `null` for a path that is none.
  asio::awaitable<json> answer(std::string path, std::string target, json body) {
    if (path == "/api/sessions") co_return co_await sessions();
    if (path == "/api/publications") {
      const std::uint64_t limit = tidings::protocol::query_number(target, "limit").value_or(12);
      co_return co_await publications(static_cast<std::size_t>(limit));
    }
    if (path == "/api/publish") co_return co_await publish(body);
    if (path == "/api/trim") co_return co_await trim(body);
    if (path == "/api/sessions/cut") {
      hub_.disconnect(session_of(body));
      co_return json::object();
    }
    if (path == "/api/sessions/pause") {
      hub_.hold(session_of(body), body.value("paused", true));
      co_return json::object();
    }
    if (path == "/api/websocket") co_return co_await block(body.value("blocked", true));
    co_return nullptr;
  }

 private:
  struct WorkOrder {
    tidings::MessageId id;
    std::string to;
    std::string title;
  };

  asio::awaitable<json> publish(const json& body) {
    const std::string to = body.at("to").get<std::string>();
    const std::string title = body.at("title").get<std::string>();
    json ids = json::array();
    for (int left = std::min(body.value("count", 1), 1000); left > 0; --left) {
      const json payload{{"seq", ++sequence_}, {"title", title}, {"sent", tidings::io::wall_now().ms}};
      tidings::Message message{.topic = to, .event = "work_order", .data = payload.dump(), .json = true};
      const tidings::Published published = co_await hub_.async_publish(std::move(message), asio::use_awaitable);
      orders_.push_front({published.id, to, title});
      ids.push_back(to_string(published.id));
    }
    if (orders_.size() > 1000) orders_.resize(1000);
    co_return json{{"ids", std::move(ids)}};
  }

  asio::awaitable<json> trim(const json& body) {
    std::string topic = body.at("topic").get<std::string>();
    co_await hub_.async_trim(std::move(topic), body.value("keep", std::size_t{0}), asio::use_awaitable);
    co_return json::object();
  }

  asio::awaitable<json> sessions() {
    json list = json::array();
    for (const tidings::SessionInfo& each : co_await hub_.async_sessions(asio::use_awaitable)) {
      list.push_back({{"id", to_string(each.id)},
                      {"user", each.user},
                      {"device", each.device},
                      {"transport", to_string(each.transport)},
                      {"since", each.since.ms},
                      {"queue_messages", each.queue_messages},
                      {"queue_bytes", each.queue_bytes},
                      {"round_trip_ms", milliseconds_of(each.round_trip)},
                      {"last_round_trip_ms", milliseconds_of(each.last_round_trip)},
                      {"confirmed", confirmed_of(each)}});
    }
    co_return json{{"sessions", std::move(list)}, {"server", server_}, {"blocked", people_.blocked.load()}};
  }

  // New WebSockets are refused, and open ones ended.
  asio::awaitable<json> block(bool blocked) {
    people_.blocked = blocked;
    if (!blocked) co_return json::object();
    for (const tidings::SessionInfo& each : co_await hub_.async_sessions(asio::use_awaitable)) {
      if (each.transport == tidings::Transport::websocket) hub_.disconnect(each.id);
    }
    co_return json::object();
  }

  static json milliseconds_of(std::optional<std::chrono::microseconds> time) {
    return time ? json(static_cast<double>(time->count()) / 1000) : json(nullptr);
  }

  // A token as a visitor can follow it: the topic and the number of the message.
  static json confirmed_of(const tidings::SessionInfo& session) {
    tidings::protocol::PositionToken token;
    if (tidings::protocol::parse_token(session.confirmed, token)) return nullptr;
    for (const std::string& topic : session.topics) {
      if (tidings::protocol::topic_tag(topic) == token.tag) return topic + " " + std::to_string(token.position.offset);
    }
    return nullptr;
  }

  asio::awaitable<json> publications(std::size_t limit) {
    json list = json::array();
    const std::vector<WorkOrder> newest(orders_.begin(),
                                        orders_.begin() + std::ptrdiff_t(std::min(limit, orders_.size())));
    for (const WorkOrder& order : newest) {
      const tidings::MessageStatus status = co_await hub_.async_status(order.id, asio::use_awaitable);
      json counts{{"pending", 0}, {"written", 0}, {"delivered", 0}, {"seen", 0}, {"skipped", 0}, {"failed", 0}};
      json recipients = json::array();
      for (const tidings::RecipientStatus& each : status.recipients) {
        const std::string state = each.outcome == tidings::Outcome::dead ? "failed" : to_string(each.outcome);
        counts[state] = counts[state].get<int>() + 1;
        recipients.push_back({{"user", each.user}, {"state", state}, {"detail", each.reason}});
      }
      list.push_back({{"id", to_string(order.id)},
                      {"title", order.title},
                      {"topic", order.to},
                      {"time", status.time.ms},
                      {"counts", std::move(counts)},
                      {"recipients", std::move(recipients)}});
    }
    co_return json{{"publications", std::move(list)}};
  }

  static tidings::SessionId session_of(const json& body) {
    const std::string text = body.at("id").get<std::string>();
    tidings::SessionId id;
    std::from_chars(text.data(), text.data() + text.size(), id.value, 16);
    return id;
  }

  tidings::HubRef hub_;
  People& people_;
  json server_;
  std::uint64_t sequence_ = 0;
  std::deque<WorkOrder> orders_;
};

}  // namespace demo

#endif  // TIDINGS_EXAMPLES_DEMO_SERVER_API_HPP
