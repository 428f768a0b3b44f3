// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_IMPL_CLIENT_CORE_DELIVERY_HPP
#define TIDINGS_NET_CLIENT_IMPL_CLIENT_CORE_DELIVERY_HPP

#include <tidings/client/commands.hpp>
#include <tidings/client/request_target.hpp>
#include <tidings/net/client/client_core.hpp>
#include <tidings/net/clock.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

// ---- the application ----

template <class F>
void ClientCore::call_application(F f) {
  try {
    gate_.call(f);
  } catch (...) {
    callback_failed();
  }
}

// Later: whoever called may be in the midst of its work.
inline void ClientCore::callback_failed() {
  if (std::exchange(failed_, true)) return;
  post([this] {
    failed_ = false;
    // However it ends: what came meanwhile was not handed over, and is to come again.
    if (!options_.raw) {
      const std::lock_guard lock(mutex_);
      if (options_.on_received) {
        positions_.rewind();
      } else {
        positions_.forget_waiting();
        queue_.clear();
      }
    }
    if (closing_ || state_ == ClientState::closed || state_ == ClientState::stopped) return;
    forget_attempt();
    drop_link();
    stop({.error = errc::callback_failed});
  });
}

inline void ClientCore::deliver(Received received, std::optional<protocol::PositionToken> at) {
  if (failed_ || closing_) return;
  if (!options_.on_received) {
    queue_.push_back({std::move(received), at});
    return serve_receivers();
  }
  if (at) {
    const std::lock_guard lock(mutex_);
    positions_.on_given(*at);
  }
  call_application([&] { options_.on_received(received); });
  if (!failed_) take_all();
}

inline void ClientCore::serve_receivers() {
  const bool was_paused = paused();
  while (!queue_.empty() && !receivers_.empty()) {
    Waiting& next = queue_.front();
    Offer<Received> offer = std::move(receivers_.front());
    receivers_.pop_front();
    {
      // The handler, which may run on another thread at once, must not ask for the cursor before it has moved.
      const std::lock_guard lock(mutex_);
      if (!offer({}, next.received)) continue;
      if (next.at) positions_.on_given(*next.at);
    }
    queue_.pop_front();
  }
  if (was_paused && !paused()) on_room();
}

inline void ClientCore::refuse_receivers(std::error_code why) {
  Received none;
  for (Offer<Received>& each : std::exchange(receivers_, {})) each(why, none);
}

// All that was given is done with; what a callback threw at is not.
inline void ClientCore::take_all() {
  if (failed_) return;
  {
    const std::lock_guard lock(mutex_);
    if (positions_.given() == positions_.taken()) return;
    positions_.on_taken();
  }
  if (options_.acknowledge && !options_.raw) plan_ack();
}

inline void ClientCore::plan_ack() {
  if (const auto due = ack_pace_.on_taken(steady_now())) {
    const auto span = std::chrono::duration_cast<std::chrono::milliseconds>(*due - steady_now());
    after(ack_timer_, std::max(span, std::chrono::milliseconds(1)), [this] {
      if (!ack_pace_.on_due(steady_now()) || state_ != ClientState::open) return;
      // Whoever does not read must not make us keep more and more for it.
      if (crowded()) return plan_ack();
      if (const std::string news = positions_.news(); !news.empty()) say_ack(news);
    });
  }
}

inline void ClientCore::forget_topics(const std::vector<std::string>& topics) {
  const auto among = [&topics](const std::string& topic) {
    return std::find(topics.begin(), topics.end(), topic) != topics.end();
  };
  const bool was_paused = paused();
  std::erase_if(topics_, among);
  std::erase_if(queue_, [&](const Waiting& each) { return among(each.received.topic); });
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& each : topics) positions_.forget(each);
  }
  if (was_paused && !paused()) on_room();
}

// ---- what comes in ----

inline void ClientCore::on_hello(const client::ServerEnvelope& hello) {
  std::vector<client::TopicPosition> at = hello.at;
  std::erase_if(at, [this](const client::TopicPosition& each) {
    return std::find(left_.begin(), left_.end(), each.topic) != left_.end();
  });
  const std::lock_guard lock(mutex_);
  positions_.on_hello(at);
}

inline void ClientCore::on_envelope_message(client::ServerEnvelope& envelope) {
  Received& received = envelope.received;
  if (received.topic.empty()) received.topic = positions_.topic_of(envelope.token.tag);
  if (std::find(left_.begin(), left_.end(), received.topic) != left_.end()) return;
  {
    const std::lock_guard lock(mutex_);
    if (!positions_.on_message(envelope.token)) return;
  }
  deliver(std::move(received), envelope.token);
}

inline void ClientCore::on_gap(const client::ServerEnvelope& gap) {
  for (const client::TopicPosition& each : gap.at) {
    if (std::find(left_.begin(), left_.end(), each.topic) != left_.end()) continue;
    {
      const std::lock_guard lock(mutex_);
      positions_.on_gap(each);
    }
    Received received{.kind = Received::Kind::gap, .topic = each.topic};
    received.at = protocol::to_token(each.token.tag, each.token.position);
    deliver(std::move(received), each.token);
  }
}

inline void ClientCore::on_unread(std::optional<std::size_t> unread) {
  if (!unread || unread_ == unread) return;
  unread_ = unread;
  if (options_.on_unread) call_application([&] { options_.on_unread(*unread); });
}

// ---- what is asked ----

inline void ClientCore::ask(UpwardMessage message, Completion<UpwardReply> done) {
  post([this, message = std::move(message), done = std::move(done)]() mutable {
    if (options_.raw) return done.fail(errc::not_supported);
    if (state_ == ClientState::closed) return done.fail(errc::closed);
    if (const std::error_code ec = client::check_send(message)) return done.fail(ec);
    command([&message](std::string_view ref) { return client::encode_send(ref, message); },
            [done = std::move(done)](std::error_code ec, client::ServerEnvelope envelope) mutable {
              // The application's own refusal is an answer: its code and words.
              if (ec) envelope.reply = {.data = std::move(envelope.text), .event = std::move(envelope.code)};
              done(ec, std::move(envelope.reply));
            });
  });
}

inline void ClientCore::seen(std::vector<std::string> tokens, Completion<std::size_t> done) {
  post([this, tokens = std::move(tokens), done = std::move(done)]() mutable {
    if (options_.raw) return done.fail(errc::not_supported);
    if (state_ == ClientState::closed) return done.fail(errc::closed);
    command([&tokens](std::string_view ref) { return client::encode_seen(ref, tokens); },
            [self = shared_from_this(), done = std::move(done)](std::error_code ec,
                                                                const client::ServerEnvelope& envelope) mutable {
              if (!ec) self->on_unread(envelope.unread);
              done(ec, envelope.unread.value_or(0));
            });
  });
}

inline std::vector<Header> ClientCore::request_headers() const {
  std::vector<Header> headers = options_.headers;
  if (!credentials_.empty()) headers.push_back({"Authorization", "Bearer " + credentials_});
  if (std::string cookies = cookies_.value(); !cookies.empty()) headers.push_back({"Cookie", std::move(cookies)});
  return headers;
}

inline std::string ClientCore::target(bool from_where, bool own_ids) const {
  const std::string cursor = positions_.taken().empty() || !from_where ? std::string() : positions_.taken().text();
  return client::request_target(url_, {.topics = topics_,
                                       .cursor = cursor,
                                       .from = from_where ? options_.from : ClientOptions::From::unsaid,
                                       .device = options_.device,
                                       .own_ids = own_ids});
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_IMPL_CLIENT_CORE_DELIVERY_HPP
