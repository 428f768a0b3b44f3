// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_IMPL_SSE_CLIENT_CORE_HPP
#define TIDINGS_NET_CLIENT_IMPL_SSE_CLIENT_CORE_HPP

#include <tidings/net/client/sse_client_core.hpp>
#include <tidings/protocol/utf8.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

inline void SseClientCore::on_link(std::shared_ptr<Duplex> duplex) {
  link_ = std::make_shared<Link>(
      Link{.duplex = std::move(duplex), .parser = protocol::SseParser(options_.max_message_bytes)});
  asks_on();
  ack_refused_ = false;
  client::HttpRequest request{.target = options_.raw ? url_.target : target(true, true), .host = url_.authority};
  request.headers = request_headers();
  request.headers.push_back({"Accept", "text/event-stream"});
  request.headers.push_back({"Cache-Control", "no-store"});
  if (options_.raw && !last_id_.empty()) request.headers.push_back({"Last-Event-ID", last_id_});
  if (const std::error_code ec = client::encode_request(link_->request, request)) return ended({}, ec);
  after(deadline_, options_.handshake_timeout, [this] { ended({}, errc::timeout); });
  link_->duplex->write(link_->request,
                       [self = shared_from_this(), this, kept = link_](std::error_code ec, std::size_t) {
                         if (ec && !kept->over) ended({}, ec);
                       });
  read_more();
}

inline void SseClientCore::read_more() {
  if (!link_ || link_->reading || (link_->greeted && paused())) return;
  link_->reading = true;
  link_->duplex->read_some(link_->buffer,
                           [self = shared_from_this(), this, kept = link_](std::error_code ec, std::size_t size) {
                             kept->reading = false;
                             if (kept->over) return;
                             if (ec) return ended({}, ec);
                             if (size == 0) return stream_ended(kept->reader.on_eof());
                             kept->heard = steady_now();
                             take({kept->buffer.data(), size});
                             read_more();
                           });
}

inline void SseClientCore::take(std::string_view input) {
  using Event = client::ResponseReader::Event;
  const std::shared_ptr<Link> link = link_;
  while (!link->over) {
    switch (link->reader.read(input)) {
      case Event::need_more: return;
      case Event::head:
        if (!on_head()) return;
        break;
      case Event::data:
        if (!on_data(link->reader.data())) return;
        break;
      case Event::end: return stream_ended(true);
      case Event::fault: return ended({}, link->reader.error());
    }
  }
}

inline bool SseClientCore::on_head() {
  const client::ResponseReader& reader = link_->reader;
  cookies_.take(reader.headers(), wall_now());
  const std::string_view type = reader.header("content-type");
  if (reader.status() != 200 ||
      !protocol::iequals(protocol::trim_ows(type.substr(0, type.find(';'))), "text/event-stream")) {
    client::Ended how{.how = client::Ended::How::refused, .http_status = reader.status()};
    how.hint = client::retry_hint(reader.headers(), wall_now());
    const bool unauthorized = reader.status() == 401 || reader.status() == 403;
    ended(how, unauthorized ? errc::unauthorized : errc::handshake_failed);
    return false;
  }
  if (options_.raw) {
    link_->silence = options_.longest_silence;
    greet({});
  } else {
    after(deadline_, options_.hello_timeout, [this] { ended({}, errc::timeout); });
  }
  return link_ != nullptr;
}

inline bool SseClientCore::on_data(std::string_view data) {
  const std::shared_ptr<Link> link = link_;
  const std::error_code ec = link->parser.feed(data, [&](protocol::SseEvent&& event) {
    if (!link->over) on_event(std::move(event));
  });
  // Also of what had no data; an event without an id leaves it as it is.
  if (options_.raw && !link->parser.last_event_id().empty()) remember(link->parser.last_event_id());
  if (ec && !link->over) ended({}, ec);
  return !link->over;
}

inline void SseClientCore::on_event(protocol::SseEvent event) {
  if (options_.raw) {
    const std::string id = event.id;
    deliver({.event = std::move(event.event), .data = std::move(event.data), .at = std::move(event.id)}, std::nullopt);
    if (event.has_id) remember(id);
    return;
  }
  if (event.event.starts_with("tidings.")) return on_own_event(event);
  client::ServerEnvelope envelope;
  envelope.received = {.event = std::move(event.event), .data = std::move(event.data), .at = event.id};
  // Before hello nothing counts, for it says where the topics stand.
  if (!link_->greeted) return;
  if (!protocol::read_token(event.id, envelope.token)) return ended({}, errc::invalid_cursor);
  if (event.unknown_field("enc") == "base64") {
    std::optional<std::string> bytes = protocol::decode_base64(envelope.received.data);
    if (!bytes) return ended({}, errc::invalid_envelope);
    envelope.received.data = std::move(*bytes);
    envelope.received.payload = PayloadKind::binary;
  }
  on_envelope_message(envelope);
}

// What the next connection goes on behind: what was handed over, and can stand in its head.
inline void SseClientCore::remember(const std::string& id) {
  if (!failed() && protocol::is_safe_header_value(id)) last_id_ = id;
}

inline void SseClientCore::on_own_event(const protocol::SseEvent& event) {
  using Kind = client::ServerEnvelope::Kind;
  client::ServerEnvelope envelope;
  // The event's name is the envelope's member.
  const std::string text = "{\"" + event.event.substr(8) + "\":" + event.data + "}";
  if (client::parse_server_envelope(text, envelope)) return ended({}, errc::invalid_envelope);
  if (envelope.kind == Kind::hello) {
    on_hello(envelope);
    // As tidings.js does: dead after two and a half heartbeats.
    link_->silence = envelope.heartbeat * 5 / 2;
    if (!link_->greeted) greet(std::move(envelope.session));
    on_unread(envelope.unread);
  } else if (link_->greeted && envelope.kind == Kind::gap) {
    on_gap(envelope);
  } else if (envelope.kind == Kind::state) {
    on_unread(envelope.unread);
  }
}

inline void SseClientCore::greet(std::string session) {
  link_->greeted = true;
  rest(deadline_);
  link_->heard = steady_now();
  watch_silence();
  opened(std::move(session));
}

// A clean end says when to come back; a cut does not, but for streams of others, whose clients always wait as told.
inline void SseClientCore::stream_ended(bool clean) {
  client::Ended how;
  if (clean || options_.raw) how.hint = link_->parser.retry();
  ended(how, clean ? errc::closed : errc::connection_lost);
}

inline void SseClientCore::watch_silence() {
  if (link_->silence.count() <= 0) return;
  const auto due = link_->heard + link_->silence;
  const auto span = std::chrono::duration_cast<std::chrono::milliseconds>(due - steady_now());
  after(watch_, std::max(span, std::chrono::milliseconds(1)), [this] {
    if (!link_) return;
    // While nothing is read nobody can be heard.
    if (!link_->reading) link_->heard = steady_now();
    if (steady_now() >= link_->heard + link_->silence) return ended({}, errc::timeout);
    watch_silence();
  });
}

inline void SseClientCore::drop_link() {
  rest(deadline_);
  rest(watch_);
  if (const std::shared_ptr<Link> link = std::exchange(link_, nullptr)) {
    link->over = true;
    link->duplex->close();
  }
}

// What was asked ends with it; what was taken may still be said.
inline void SseClientCore::say_goodbye(CloseCode, const std::string&) {
  for (const std::weak_ptr<PostRequest>& each : std::exchange(asked_, {})) {
    if (const std::shared_ptr<PostRequest> asked = each.lock()) asked->cancel(errc::closed);
  }
  close_done();
}

// ---- upwards ----

inline std::shared_ptr<PostRequest> SseClientCore::begin_post(std::string body, PostRequest::Done done) {
  client::HttpRequest request{
      .method = "POST", .target = options_.raw ? url_.target : target(false, false), .host = url_.authority};
  request.headers = request_headers();
  request.headers.push_back({"Content-Type", "application/json"});
  request.headers.push_back({"Connection", "close"});
  request.body = std::move(body);
  std::string bytes;
  if (const std::error_code ec = client::encode_request(bytes, request)) {
    done(ec, {});
    return nullptr;
  }
  const auto begun = std::make_shared<PostRequest>(strand_, std::move(bytes), std::move(done));
  begun->start(closing() ? options_.close_timeout : options_.answer_timeout,
               [this](Dial::Done dialled, std::shared_ptr<Dial>& kept) { dial(std::move(dialled), kept); });
  return begun;
}

inline void SseClientCore::say_ack(const std::string& cursor) {
  if (ack_refused_) return;
  if (acking_) {
    next_ack_ = positions_.taken().text();
    return;
  }
  acking_ = true;
  begin_post(client::encode_ack(cursor), [self = shared_from_this(), this](std::error_code ec,
                                                                           const PostRequest::Answer& answer) {
    acking_ = false;
    // What is lost is said by the next, or by the next connection.
    ack_refused_ = !ec && answer.status >= 400 && answer.status < 500 && answer.status != 401 && answer.status != 429;
    if (const std::string next = std::exchange(next_ack_, {}); !next.empty()) say_ack(next);
  });
}

inline void SseClientCore::command(UniqueFunction<std::string(std::string_view ref)> make, Answer answer) {
  std::erase_if(asked_, [](const std::weak_ptr<PostRequest>& each) { return each.expired(); });
  asked_.push_back(
      begin_post(make({}), [done = std::move(answer)](std::error_code ec, const PostRequest::Answer& said) mutable {
        client::ServerEnvelope envelope;
        const bool known = ec == errc::timeout || ec == errc::closed || ec == errc::invalid_header_value;
        if (ec) return done(known ? ec : make_error_code(errc::connection_lost), {});
        const std::error_code unread =
            said.body.empty() ? std::error_code() : client::parse_server_envelope(said.body, envelope);
        if (said.status >= 200 && said.status < 300) return done(unread, std::move(envelope));
        if (said.status == 401) return done(errc::unauthorized, std::move(envelope));
        // Without a word of ours it is somebody else's: of a proxy, of a server that is being replaced. Found out before the
        // envelope moves away.
        const std::error_code why =
            envelope.code.empty() ? make_error_code(errc::connection_lost) : client::error_of(envelope.code);
        done(why, std::move(envelope));
      }));
}

// A stream cannot be told: it is opened anew, and goes on where it was.
inline void SseClientCore::change_topics(std::vector<std::string> more, std::vector<std::string> less) {
  post([this, more = std::move(more), less = std::move(less)] {
    bool changed = false;
    for (const std::string& each : more) {
      if (std::find(topics_.begin(), topics_.end(), each) != topics_.end()) continue;
      topics_.push_back(each);
      changed = true;
    }
    std::vector<std::string> gone = less;
    std::erase_if(gone, [this](const std::string& each) {
      return std::find(topics_.begin(), topics_.end(), each) == topics_.end();
    });
    if (!gone.empty()) forget_topics(gone);
    changed = changed || !gone.empty();
    if (changed && !options_.raw) reopen();
  });
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_IMPL_SSE_CLIENT_CORE_HPP
