// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/callback_desk.hpp"

#include <utility>

namespace wechat_simulator {

std::uint64_t CallbackDesk::add(Order order, std::int64_t now) {
  callbacks_.push_back(
      {.event = std::move(order.event), .options = std::move(order.options), .delay_ms = order.delay_ms});
  callbacks_.back().copies = callbacks_.back().options->duplicates;
  const std::uint64_t id = callbacks_.size();
  if (order.behind_exchange) {
    held_.emplace(*order.behind_exchange, id);
  } else {
    release(id, now);
  }
  return id;
}

void CallbackDesk::release(std::uint64_t id, std::int64_t now) {
  Callback& callback = callbacks_[id - 1];
  if (callback.options->lost) {
    callback.state = State::lost;
  } else if (callback.options->url.empty()) {
    callback.state = State::unsent;
  } else {
    wait(id, now + callback.delay_ms);
  }
}

void CallbackDesk::wait(std::uint64_t id, std::int64_t due) {
  callbacks_[id - 1].state = State::waiting;
  callbacks_[id - 1].due = due;
  due_.emplace(due, id);
}

void CallbackDesk::on_finished(std::uint64_t exchange, std::int64_t now) {
  const auto [first, last] = held_.equal_range(exchange);
  for (auto each = first; each != last; ++each) release(each->second, now);
  held_.erase(first, last);
}

std::vector<CallbackPost> CallbackDesk::take_due(std::int64_t now, Random& random) {
  std::vector<CallbackPost> posts;
  while (!due_.empty() && due_.begin()->first <= now) {
    const std::uint64_t id = due_.begin()->second;
    due_.erase(due_.begin());
    Callback& callback = callbacks_[id - 1];
    if (!callback.post || callback.options->resign) {
      const auto make = callback.event.echo.empty() ? make_post : make_url_check;
      callback.post = make(callback.event, *callback.options, now, random);
    }
    callback.state = State::sent;
    callback.attempts.push_back({.at = now, .query = callback.post->query});
    callback.post->id = id;
    callback.post->attempt = callback.attempts.size();
    posts.push_back(*callback.post);
  }
  return posts;
}

void CallbackDesk::on_result(std::uint64_t id, CallbackResult result, std::int64_t now) {
  if (id == 0 || id > callbacks_.size() || callbacks_[id - 1].state != State::sent) return;
  Callback& callback = callbacks_[id - 1];
  const bool is_wrong = !callback.event.echo.empty() && result.status == 200 && result.body != callback.event.echo;
  if (is_wrong) result.outcome = "wrong echo";
  const bool is_received = result.status == 200 && !is_wrong;
  callback.attempts.back().result = std::move(result);
  if (is_received) {
    callback.state = State::received;
    if (callback.copies > 0) {
      --callback.copies;
      callback.failures = 0;
      wait(id, now);
    }
  } else if (++callback.failures > callback.options->retries) {
    callback.state = State::failed;
  } else {
    wait(id, now + callback.options->retry_delay_ms);
  }
}

void CallbackDesk::flush(std::int64_t now) {
  std::multimap<std::int64_t, std::uint64_t> all;
  all.swap(due_);
  for (const auto& [due, id] : all) wait(id, now);
}

std::optional<std::int64_t> CallbackDesk::next_due() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

bool CallbackDesk::is_first_attempt_open(std::uint64_t id) const {
  if (id == 0 || id > callbacks_.size()) return false;
  const Callback& callback = callbacks_[id - 1];
  if (callback.state == State::sent) return callback.attempts.size() == 1;
  return callback.state == State::waiting && callback.attempts.empty();
}

const char* CallbackDesk::to_string(State state) {
  switch (state) {
    case State::held: return "held";
    case State::waiting: return "waiting";
    case State::sent: return "sent";
    case State::received: return "received";
    case State::failed: return "failed";
    case State::lost: return "lost";
    case State::unsent: return "unsent";
  }
  return "unknown";
}

Json CallbackDesk::report(std::uint64_t after, std::size_t limit) const {
  Json all = Json::array();
  for (std::uint64_t id = after + 1; id <= callbacks_.size() && all.size() < limit; ++id) {
    const Callback& each = callbacks_[id - 1];
    Json attempts = Json::array();
    for (const Attempt& attempt : each.attempts) {
      attempts.push_back({{"at", attempt.at},
                          {"query", attempt.query},
                          {"status", attempt.result.status},
                          {"outcome", attempt.result.outcome},
                          {"latency_ms", attempt.result.latency_ms},
                          {"body", attempt.result.body}});
    }
    all.push_back({{"id", id},
                   {"account", each.event.receiver},
                   {"event", each.event.name},
                   {"user", each.event.user},
                   {"msgid", each.event.msgid},
                   {"state", to_string(each.state)},
                   {"due", each.due},
                   {"body", Json::parse(each.event.body.dump())},
                   {"attempts", std::move(attempts)}});
  }
  return all;
}

}  // namespace wechat_simulator
