// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_IMPL_WS_CLIENT_CORE_HPP
#define TIDINGS_NET_CLIENT_IMPL_WS_CLIENT_CORE_HPP

#include <tidings/net/client/ws_client_core.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/ws_compression.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

// ---- the handshake ----

inline protocol::WsRequest WsClientCore::request() const {
  protocol::WsRequest request;
  request.host = url_.authority;
  const std::uint64_t nonce[] = {entropy(), entropy()};
  request.nonce.assign(reinterpret_cast<const char*>(nonce), sizeof nonce);
  request.headers = request_headers();
  if (options_.compression) request.extensions = options_.compression->offer();
  if (options_.raw) {
    request.target = url_.target;
    request.subprotocols = options_.subprotocols;
  } else {
    request.target = target(true, false);
    request.subprotocols = {std::string(protocol::ws_subprotocol)};
  }
  return request;
}

inline void WsClientCore::on_link(std::shared_ptr<Duplex> duplex) {
  link_ = std::make_shared<Link>(Link{.duplex = std::move(duplex),
                                      .handshake = protocol::WsClientHandshake(request()),
                                      .reader = reader(nullptr),
                                      .heartbeat = delivery::Heartbeat(options_.pong_wait)});
  link_->named = topics_;
  asks_on();
  std::string head;
  if (const std::error_code ec = link_->handshake.encode(head)) return lost(ec);
  after(deadline_, options_.handshake_timeout, [this] { lost(errc::timeout); });
  link_->queue.push_back({std::move(head), {}});
  flush();
  read_more();
}

// False when there is nothing more to look at now.
inline bool WsClientCore::shake() {
  using Status = protocol::WsClientHandshake::Status;
  std::size_t consumed = 0;
  const Status status = link_->handshake.feed({link_->rest.data(), link_->rest.size()}, consumed);
  link_->rest = link_->rest.subspan(consumed);
  if (status == Status::need_more) return false;
  cookies_.take(link_->handshake.headers(), wall_now());
  if (status == Status::refused) {
    refused();
    return false;
  }
  if (!options_.raw && link_->handshake.subprotocol() != protocol::ws_subprotocol) {
    lost(errc::not_supported);
    return false;
  }
  if (const std::error_code ec = agree()) {
    ended({}, ec, link_->handshake.extensions());
    return false;
  }
  link_->shaken = true;
  watch(link_->heartbeat.start(steady_now()));
  if (options_.raw) {
    rest(deadline_);
    link_->greeted = true;
    opened({});
  } else {
    after(deadline_, options_.hello_timeout, [this] { lost(errc::timeout); });
  }
  return link_ != nullptr;
}

// On compression, as the server has answered the offer.
inline std::error_code WsClientCore::agree() {
  std::error_code ec;
  if (!options_.compression) return ec;
  if (auto codec = options_.compression->agree(link_->handshake.extensions(), ec)) link_->reader = reader(codec);
  return ec;
}

inline protocol::WsReader WsClientCore::reader(std::shared_ptr<protocol::WsMessageCodec> codec) const {
  return protocol::WsReader(protocol::WsRole::client, {options_.max_message_bytes, options_.max_frames},
                            std::move(codec));
}

inline void WsClientCore::refused() {
  const protocol::WsClientHandshake& handshake = link_->handshake;
  client::Ended how;
  if (handshake.http_status() != 0 && handshake.http_status() != 101) {
    how.how = client::Ended::How::refused;
    how.http_status = handshake.http_status();
    how.hint = client::retry_hint(handshake.headers(), wall_now());
  }
  const bool unauthorized = how.http_status == 401 || how.http_status == 403;
  ended(how, unauthorized ? errc::unauthorized : handshake.error());
}

// ---- reading ----

inline void WsClientCore::read_more() {
  if (!link_ || link_->reading) return;
  link_->reading = true;
  Link& link = *link_;
  link.duplex->read_some(link.buffer,
                         [self = shared_from_this(), this, kept = link_](std::error_code ec, std::size_t size) {
                           kept->reading = false;
                           if (kept->over) return;
                           if (ec) return lost(ec);
                           if (size == 0 && !kept->shaken) return lost(errc::connection_lost);
                           if (size == 0) return act(kept->closing.on_eof());
                           kept->heartbeat.on_traffic(steady_now());
                           kept->rest = std::span(kept->buffer).first(size);
                           pump();
                         });
}

// Looks at what has come until it is used up, or nobody has room for more.
inline void WsClientCore::pump() {
  while (link_ && !link_->reading) {
    const std::shared_ptr<Link> link = link_;
    if (!link->shaken) {
      if (!shake()) break;
      continue;
    }
    if (link->greeted && !link->closing.closing() && paused()) return;
    const Event event = link->reader.read(link->rest);
    if (event.kind == Event::Kind::need_more || !on_event(event)) break;
  }
  read_more();
}

// False when the rest is of no interest.
inline bool WsClientCore::on_event(const Event& event) {
  using Kind = Event::Kind;
  switch (event.kind) {
    case Kind::text:
      if (link_->closing.closing()) return true;
      if (options_.raw) {
        deliver({.data = std::string(event.data)}, std::nullopt);
      } else {
        on_text(event.data);
      }
      return true;
    case Kind::binary:
      if (!options_.raw) {
        act(link_->closing.close(CloseCode::unsupported_data, {}));
      } else if (!link_->closing.closing()) {
        deliver({.data = std::string(event.data), .payload = PayloadKind::binary}, std::nullopt);
      }
      return true;
    case Kind::ping:
      // Behind a close nothing is said.
      if (link_->closing.closing()) return true;
      link_->pong = event.data;
      flush();
      return true;
    // Behind these the reader says the same for ever.
    case Kind::close: act(link_->closing.on_close(event)); return false;
    case Kind::fault: act(link_->closing.on_fault(event)); return false;
    default: return true;
  }
}

inline void WsClientCore::on_text(std::string_view text) {
  client::ServerEnvelope envelope;
  if (client::parse_server_envelope(text, envelope)) {
    // Whoever says what nobody understands may mean a message: the connection cannot be relied on.
    return act(link_->closing.close(CloseCode::protocol_error, "envelope"));
  }
  on_envelope(envelope);
}

inline void WsClientCore::on_envelope(client::ServerEnvelope& envelope) {
  using Kind = client::ServerEnvelope::Kind;
  if (envelope.kind == Kind::bye) {
    link_->retry = envelope.retry;
    link_->bye = envelope.code;
  }
  // Before hello nothing else counts.
  if (!link_->greeted && envelope.kind != Kind::hello) return;
  switch (envelope.kind) {
    case Kind::hello:
      on_hello(envelope);
      if (!std::exchange(link_->greeted, true)) {
        rest(deadline_);
        opened(std::move(envelope.session));
        catch_up_topics();
      }
      on_unread(envelope.unread);
      break;
    case Kind::message: on_envelope_message(envelope); break;
    case Kind::gap: on_gap(envelope); break;
    case Kind::state: on_unread(envelope.unread); break;
    case Kind::renew: on_renew(); break;
    case Kind::reply:
    case Kind::done:
    case Kind::error: on_answer(envelope); break;
    default: break;
  }
}

// The credentials end soon: new ones keep the connection; without any it is closed with 4401.
inline void WsClientCore::on_renew() {
  if (!options_.token || std::exchange(link_->renewing, true)) return;
  ask_token(false, [this, weak = std::weak_ptr(link_)](std::error_code ec, std::string credentials) {
    const std::shared_ptr<Link> link = weak.lock();
    if (!link || link != link_) return;
    link->renewing = false;
    if (ec || !speaks()) return;
    credentials_ = std::move(credentials);
    command([this](std::string_view ref) { return client::encode_renew(ref, credentials_); },
            [](std::error_code, const client::ServerEnvelope&) {});
  });
}

// ---- writing ----

inline void WsClientCore::put(protocol::WsOpcode opcode, std::string_view payload, Completion<> done) {
  if (!link_ || link_->over) return done.fail(errc::connection_lost);
  std::string frame;
  protocol::append_ws_message(frame, opcode, payload, link_->reader.codec().get(), std::optional(masks_.next()));
  link_->queued_bytes += frame.size();
  link_->queue.push_back({std::move(frame), std::move(done), opcode == protocol::WsOpcode::close});
  flush();
}

inline void WsClientCore::flush() {
  if (!link_ || link_->writing || (link_->queue.empty() && !link_->pong)) return;
  Link& link = *link_;
  link.out.clear();
  if (link.pong) {
    protocol::append_ws_frame(link.out, protocol::WsOpcode::pong, *link.pong, protocol::WsPart::whole, masks_.next());
    link.pong.reset();
  }
  std::size_t count = 0;
  while (count < link.queue.size() && (count == 0 || link.out.size() < defaults::max_gather_bytes)) {
    link.out.append(link.queue[count++].bytes);
  }
  link.writing = true;
  link.duplex->write(link.out, [self = shared_from_this(), this, kept = link_, count](std::error_code ec, std::size_t) {
    kept->writing = false;
    if (!kept->over) on_written(count, ec);
  });
}

inline void WsClientCore::on_written(std::size_t count, std::error_code ec) {
  const std::shared_ptr<Link> link = link_;
  // The reading side knows better why: it may hold the peer's close.
  if (ec) return;
  bool closed = false;
  for (std::size_t i = 0; i < count; ++i) {
    Outgoing sent = std::move(link->queue.front());
    link->queue.pop_front();
    link->queued_bytes -= std::min(sent.bytes.size(), link->queued_bytes);
    closed = closed || sent.close;
    if (sent.done) sent.done({});
  }
  if (closed) act(link->closing.on_sent());
  if (link_ == link) flush();
}

// ---- the end ----

inline void WsClientCore::act(protocol::WsClosing::Action action) {
  using Act = protocol::WsClosing::Act;
  switch (action.act) {
    case Act::nothing: return;
    case Act::send_close:
      // After it nothing of the application's is taken, and it ends soon, whatever the peer does.
      after(deadline_, options_.close_timeout, [this] {
        if (link_) act(link_->closing.on_failure(errc::timeout));
      });
      return put(protocol::WsOpcode::close, action.payload);
    case Act::shut: return link_->duplex->finish();
    case Act::end: break;
  }
  const CloseInfo info = link_->closing.info();
  const std::error_code why = link_->closing.closing() ? errc::closed : errc::connection_lost;
  client::Ended how;
  how.hint = link_->retry;
  if (info.who == CloseInfo::Who::peer) {
    how.how = client::Ended::How::closed;
    how.code = info.code;
  }
  std::string reason = link_->bye.empty() ? info.reason : link_->bye;
  ended(how, info.error ? info.error : why, std::move(reason));
}

inline void WsClientCore::lost(std::error_code why) {
  if (!link_) return;
  if (link_->shaken) return act(link_->closing.on_failure(why));
  ended({}, why);
}

inline void WsClientCore::drop_link() {
  rest(deadline_);
  rest(watch_);
  const std::shared_ptr<Link> link = std::exchange(link_, nullptr);
  if (!link) return;
  link->over = true;
  link->duplex->close();
  const std::error_code why = closing() ? errc::closed : errc::connection_lost;
  for (Outgoing& each : link->queue) each.done.fail(why);
  link->queue.clear();
  for (auto& [ref, asked] : std::exchange(asked_, {})) asked.answer(why, {});
  left_.clear();
}

inline void WsClientCore::say_goodbye(CloseCode code, const std::string& reason) {
  if (!link_ || !link_->shaken) return close_done();
  if (link_->closing.closing()) return;  // its own end is near
  act(link_->closing.close(code, reason));
  // What has come and waits for room is not wanted any more.
  pump();
}

inline void WsClientCore::watch(delivery::Heartbeat::Action action) {
  const auto span = std::chrono::duration_cast<std::chrono::milliseconds>(action.due - steady_now());
  after(watch_, std::max(span, std::chrono::milliseconds(1)), [this] {
    if (!link_) return;
    // While nothing is read nobody can be heard.
    if (!link_->reading) link_->heartbeat.on_traffic(steady_now());
    const delivery::Heartbeat::Action next = link_->heartbeat.on_timer(steady_now());
    if (next.verdict == delivery::Heartbeat::Verdict::dead) return lost(errc::timeout);
    if (next.verdict == delivery::Heartbeat::Verdict::ping && !link_->closing.closing()) {
      put(protocol::WsOpcode::ping, {});
    }
    watch(next);
  });
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_IMPL_WS_CLIENT_CORE_HPP
