// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_IMPL_WS_CLIENT_COMMANDS_HPP
#define TIDINGS_NET_CLIENT_IMPL_WS_CLIENT_COMMANDS_HPP

#include <tidings/net/client/ws_client_core.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

inline void WsClientCore::command(UniqueFunction<std::string(std::string_view ref)> make, Answer answer) {
  if (!speaks()) return answer(errc::peer_gone, {});
  const std::string ref = std::to_string(++last_ref_);
  const std::string text = make(ref);
  if (link_->queued_bytes > 0 && link_->queued_bytes + text.size() > options_.max_queue_bytes) {
    return answer(errc::queue_full, {});
  }
  const auto [entry, added] = asked_.emplace(ref, Asked{std::move(answer), net::steady_timer(strand_)});
  static_cast<void>(added);
  entry->second.timer.expires_after(options_.answer_timeout);
  entry->second.timer.async_wait([self = shared_from_this(), this, ref](net_error_code ec) {
    if (ec) return;
    if (auto late = asked_.extract(ref)) late.mapped().answer(errc::timeout, {});
  });
  put(protocol::WsOpcode::text, text);
}

inline void WsClientCore::on_answer(client::ServerEnvelope& envelope) {
  auto asked = asked_.extract(envelope.ref);
  if (!asked) return;  // it came too late
  std::error_code ec;
  if (envelope.kind == client::ServerEnvelope::Kind::error) ec = client::error_of(envelope.code);
  asked.mapped().answer(ec, std::move(envelope));
}

inline void WsClientCore::send(WsMessage message, Completion<> done) {
  post([this, message = std::move(message), done = std::move(done)]() mutable {
    const bool text = message.kind == PayloadKind::text;
    if (!options_.raw) return done(errc::not_supported);
    if (text && !protocol::is_valid_utf8(message.data)) return done(errc::invalid_utf8);
    if (!speaks()) return done(state_ == ClientState::closed ? errc::closed : errc::peer_gone);
    if (link_->queued_bytes > 0 && link_->queued_bytes + message.data.size() > options_.max_queue_bytes) {
      return done(errc::queue_full);
    }
    put(text ? protocol::WsOpcode::text : protocol::WsOpcode::binary, message.data, std::move(done));
  });
}

inline void WsClientCore::subscribe(std::vector<std::string> topics, Completion<> done) {
  post([this, topics = std::move(topics), done = std::move(done)]() mutable {
    if (options_.raw) return done(errc::not_supported);
    std::erase_if(topics, [this](const std::string& each) {
      return std::find(topics_.begin(), topics_.end(), each) != topics_.end();
    });
    if (topics.empty()) return done({});
    topics_.insert(topics_.end(), topics.begin(), topics.end());
    forget_left(topics);
    // The next handshake names them, or what follows the greeting.
    if (!speaks()) return done({});
    say_subscribe(std::move(topics), std::move(done));
  });
}

inline void WsClientCore::say_subscribe(std::vector<std::string> topics, Completion<> done) {
  command([&](std::string_view ref) { return client::encode_subscribe(ref, topics, positions_.nameless()); },
          [this, topics, done = std::move(done)](std::error_code ec, const client::ServerEnvelope&) mutable {
            // Nobody has refused them: a new connection names them by itself.
            if (ec == errc::connection_lost) return done({});
            if (ec) {
              std::erase_if(topics_, [&topics](const std::string& each) {
                return std::find(topics.begin(), topics.end(), each) != topics.end();
              });
            }
            done(ec);
          });
}

inline void WsClientCore::unsubscribe(std::vector<std::string> topics, Completion<> done) {
  post([this, topics = std::move(topics), done = std::move(done)]() mutable {
    if (options_.raw) return done(errc::not_supported);
    std::erase_if(topics, [this](const std::string& each) {
      return std::find(topics_.begin(), topics_.end(), each) == topics_.end();
    });
    if (topics.empty()) return done({});
    forget_topics(topics);
    // Something of them may be on its way.
    if (link_) left_.insert(left_.end(), topics.begin(), topics.end());
    if (!speaks()) return done({});
    say_unsubscribe(std::move(topics), std::move(done));
  });
}

inline void WsClientCore::say_unsubscribe(std::vector<std::string> topics, Completion<> done) {
  command([&](std::string_view ref) { return client::encode_topics(ref, "unsubscribe", topics); },
          [this, topics, done = std::move(done)](std::error_code ec, const client::ServerEnvelope&) mutable {
            forget_left(topics);
            done(ec == errc::connection_lost ? std::error_code() : ec);
          });
}

// Topics that came and went between the handshake, which names them, and the greeting.
inline void WsClientCore::catch_up_topics() {
  const std::vector<std::string> named = std::exchange(link_->named, {});
  const auto without = [](std::vector<std::string> these, const std::vector<std::string>& those) {
    std::erase_if(these, [&those](const std::string& each) {
      return std::find(those.begin(), those.end(), each) != those.end();
    });
    return these;
  };
  std::vector<std::string> more = without(topics_, named);
  std::vector<std::string> less = without(named, topics_);
  if (!more.empty()) say_subscribe(std::move(more), {});
  if (!less.empty()) say_unsubscribe(std::move(less), {});
}

inline void WsClientCore::forget_left(const std::vector<std::string>& topics) {
  std::erase_if(left_, [&topics](const std::string& each) {
    return std::find(topics.begin(), topics.end(), each) != topics.end();
  });
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_IMPL_WS_CLIENT_COMMANDS_HPP
