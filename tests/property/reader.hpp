// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROPERTY_READER_HPP
#define TIDINGS_TESTS_PROPERTY_READER_HPP

#include <tidings/delivery/poll_answer.hpp>
#include <tidings/delivery/sse_carrier.hpp>
#include <tidings/hub/core.hpp>
#include <tidings/hub/stream_terms.hpp>
#include <tidings/identity.hpp>
#include <tidings/protocol/client_request.hpp>
#include <tidings/protocol/sse/parser.hpp>
#include <tidings/protocol/ws/opcode.hpp>
#include <tidings/receipt.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/session_info.hpp>

#include "support/sim_socket.hpp"
#include "support/sim_wire.hpp"

#include <nlohmann/json.hpp>

#include "property/record.hpp"
#include "property/sim_scene.hpp"
#include "property/socket_end.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace property {

/// One client of one user over one transport, doing what our clients or a bare EventSource do. What it gets is checked by
/// its record.
class Reader : public std::enable_shared_from_this<Reader> {
 public:
  enum class Kind { own_sse, bare_sse, websocket, long_poll, short_poll, drain };

  Reader(SimScene& scene, Kind kind, std::string name, tidings::Identity identity)
      : scene_(scene),
        kind_(kind),
        identity_(std::move(identity)),
        record_(scene, {.name = std::move(name), .user = identity_.user, .compares = kind != Kind::drain}) {}

  const std::string& name() const { return record_.name(); }
  const std::string& user() const { return identity_.user; }
  bool is_sse() const { return kind_ == Kind::own_sse || kind_ == Kind::bare_sse; }
  /// Keeps its cursor itself, out of each message's own token.
  bool keeps_cursor() const { return kind_ == Kind::own_sse || kind_ == Kind::websocket; }
  bool polling() const { return polling_; }
  void ask_for(const std::string& topic) { extra_.insert(topic); }

  /// Streams connect, polls poll.
  void go() {
    if (is_sse()) {
      if (!pipe_) connect();
    } else if (kind_ == Kind::websocket) {
      if (!end_) connect();
    } else if (!polling_) {
      poll();
    }
  }

  /// Takes bytes off the stream.
  void read(std::size_t most) {
    if (end_) read_socket(most);
    if (!pipe_) return;
    const std::string bytes = support::SimPipe::take(pipe_, most);
    if (!bytes.empty()) {
      if (parser_.feed(bytes, [this](tidings::protocol::SseEvent&& event) { on_event(event); })) {
        record_.fail("unreadable stream");
      }
      // A block of only an id is no event, and counts.
      if (kind_ == Kind::bare_sse) take_last_event_id();
    }
    if (pipe_->in_flight.empty() && (pipe_->finished || pipe_->aborted)) forget_stream();
  }

  /// The connection breaks; what is in flight is lost, and the server hears of it later.
  void cut(std::chrono::milliseconds notice_after) {
    scene_.trace(name() + " is cut");
    if (pipe_) {
      pipe_->cut = true;
      scene_.world.after(notice_after, [pipe = pipe_] { support::SimPipe::notice(pipe); });
      forget_stream();
    } else if (end_) {
      end_->socket->cut = true;
      scene_.world.after(notice_after, [socket = end_->socket] { support::SimSocket::notice(socket); });
      end_.reset();
    } else if (polling_ && kind_ != Kind::drain) {
      // A drain's cursor lies with the server: its answers are taken for received.
      ++poll_;
      polling_ = false;
      scene_.world.after(notice_after, [ticket = ticket_] {
        if (ticket) ticket->on_gone();
      });
    }
  }

  void acknowledge() {
    if (!keeps_cursor() || record_.empty()) return;
    if (end_ && scene_.world.chance(0.7)) {
      end_->say(tidings::protocol::WsOpcode::text, "{\"ack\":\"" + record_.cursor().text() + "\"}");
      return;
    }
    std::vector<std::string> topics;
    const tidings::protocol::ClientRequest request = request_of("/push");
    if (scene_.core->resolve_topics(request, identity_, topics)) return;
    scene_.core->acknowledge(identity_, topics, record_.cursor(), tidings::Evidence::ack, request,
                             [](std::error_code) {});
  }

  /// A new page: begins without a cursor.
  void forget_cursor(std::string from) {
    cut(std::chrono::milliseconds(10));
    record_.start_over(from);
    parser_.reset();
    last_event_id_.clear();
    from_ = std::move(from);
  }
  void spoil_cursor() { spoilt_ = true; }
  void check_complete() { record_.check_complete(); }

 private:
  // ---- requests ----

  std::string query() const {
    std::string query = "?device=" + name();
    for (const std::string& topic : extra_) query += "&topics=" + topic;
    if (!from_.empty() && record_.cursor().empty() && last_event_id_.empty()) query += "&from=" + from_;
    return query;
  }
  tidings::protocol::ClientRequest request_of(const std::string& target, const std::string& last_event_id = {}) const {
    tidings::RequestSnapshot snapshot;
    snapshot.method = "GET";
    snapshot.target = target;
    snapshot.peer = "sim:1";
    if (!last_event_id.empty()) snapshot.headers.push_back({"last-event-id", last_event_id});
    return tidings::protocol::read_client_request(snapshot);
  }

  void forget_lost_topics() {
    std::vector<std::string> topics;
    if (scene_.core->resolve_topics(request_of("/push" + query()), identity_, topics)) return;
    record_.keep_only(topics);
  }

  void connect() {
    parser_.end_of_stream();
    forget_lost_topics();
    std::string target = "/push" + query();
    if (kind_ == Kind::own_sse) target += "&ids=own";
    if (keeps_cursor() && !record_.cursor().empty()) target += "&after=" + record_.cursor().text();
    const bool spoilt = std::exchange(spoilt_, false);
    if (spoilt && keeps_cursor()) target = "/push" + query() + "&ids=own&after=1garbage";
    if (spoilt && kind_ == Kind::bare_sse) {
      last_event_id_ = "1garbage";
      parser_.reset();
    }
    record_.excuse_gaps(spoilt || last_event_id_ == "1garbage");
    const std::string last = kind_ == Kind::bare_sse ? last_event_id_ : std::string();
    scene_.trace(name() + " connects: " + target + " " + last);
    if (kind_ == Kind::websocket) return connect_socket(request_of(target));
    auto pipe = std::make_shared<support::SimPipe>();
    pipe->capacity = 200 + scene_.world.pick(2000);
    pipe_ = pipe;
    auto make = [this, pipe](const tidings::hub::StreamTerms& terms) {
      pipe->loop = scene_.loops[terms.loop];
      return std::make_unique<tidings::delivery::SseCarrier<support::SimWire>>(support::SimWire(pipe), terms.sse);
    };
    auto refused = [self = shared_from_this(), pipe](tidings::hub::Refusal) {
      if (self->pipe_ == pipe) self->forget_stream();
    };
    scene_.core->open_stream(request_of(target, last), identity_, tidings::Transport::sse, std::move(make),
                             std::move(refused));
  }

  void connect_socket(const tidings::protocol::ClientRequest& request) {
    end_ = std::make_unique<SocketEnd>(200 + scene_.world.pick(2000));
    auto make = [this, request, socket = end_->socket](const tidings::hub::StreamTerms& terms) {
      socket->loop = scene_.loops[terms.loop];
      return SocketEnd::carry(socket, terms.ws, std::make_unique<SimUpward>(scene_.core, identity_, request));
    };
    auto refused = [self = shared_from_this(), socket = end_->socket](tidings::hub::Refusal) {
      if (self->end_ && self->end_->socket == socket) self->end_.reset();
    };
    scene_.core->open_stream(request, identity_, tidings::Transport::websocket, std::move(make), std::move(refused));
  }

  void read_socket(std::size_t most) {
    if (!end_->socket->loop) return;
    bool closed = false;
    end_->read(most, [&](SocketEnd::Kind kind, std::string_view data) {
      switch (kind) {
        case SocketEnd::Kind::text: record_.on_envelope(nlohmann::json::parse(data)); break;
        case SocketEnd::Kind::ping: on_ping(data); break;
        case SocketEnd::Kind::close: closed = true; break;
        default: record_.fail("a frame that a server does not send");
      }
    });
    if (closed) {
      end_->say(tidings::protocol::WsOpcode::close, "");
      support::SimSocket::end(end_->socket);
    }
    if (closed || end_->over()) end_.reset();
  }

  // Seldom a page is too busy to answer.
  void on_ping(std::string_view payload) {
    if (scene_.world.chance(0.2)) return;
    record_.answer_behind();
    end_->say(tidings::protocol::WsOpcode::pong, payload);
  }

  void forget_stream() {
    pipe_.reset();
    parser_.end_of_stream();
  }

  void poll() {
    forget_lost_topics();
    std::string target = "/push" + query();
    if (kind_ == Kind::long_poll) target += "&wait=2";
    if (scene_.world.chance(0.3)) target += "&limit=2";
    const bool spoilt = std::exchange(spoilt_, false) && kind_ != Kind::drain;
    record_.excuse_gaps(spoilt);
    if (spoilt) {
      target += "&after=1garbage";
    } else if (kind_ != Kind::drain && !record_.cursor().empty()) {
      target += "&after=" + record_.cursor().text();
    }
    tidings::protocol::ClientRequest request = request_of(target);
    if (kind_ == Kind::drain) request.cursor = scene_.core->last_drain(user(), name()).cursor;
    scene_.trace(name() + " polls: " + target + " " + (request.cursor ? request.cursor->text() : "-"));
    polling_ = true;
    const int poll = ++poll_;
    const tidings::protocol::ClientRequest asked = request;
    auto polled = [self = shared_from_this(), poll, asked](tidings::delivery::PollAnswer answer) {
      self->scene_.core->poll_answered(self->user(), asked, answer);
      if (self->kind_ == Kind::drain && !answer.refused())
        self->scene_.core->drained(self->user(), self->name(), answer.cursor);
      self->answered(poll, answer);
    };
    auto refused = [self = shared_from_this(), poll](tidings::hub::Refusal) {
      if (self->poll_ == poll) self->polling_ = false;
    };
    auto watch = [this](std::shared_ptr<tidings::hub::PollTicket> ticket) { ticket_ = std::move(ticket); };
    scene_.core->poll(request, identity_, std::move(watch), std::move(polled), std::move(refused));
  }

  void answered(int poll, const tidings::delivery::PollAnswer& answer) {
    if (poll_ != poll) return;
    polling_ = false;
    if (answer.refused()) return;
    record_.on_poll_answer(answer);
  }

  void on_event(const tidings::protocol::SseEvent& event) {
    if (event.event == "tidings.hello") {
      record_.on_hello(nlohmann::json::parse(event.data));
    } else if (event.event == "tidings.gap") {
      record_.on_gap(nlohmann::json::parse(event.data));
    } else if (event.event != "tidings.state") {
      if (kind_ == Kind::own_sse) {
        record_.on_message(event.id, event.data);
      } else {
        record_.on_bare_message(event.id, event.data);
      }
    }
    if (kind_ == Kind::bare_sse) take_last_event_id();
  }

  void take_last_event_id() {
    if (parser_.last_event_id().empty() || parser_.last_event_id() == last_event_id_) return;
    last_event_id_ = parser_.last_event_id();
    record_.on_id_line(last_event_id_);
  }

  SimScene& scene_;
  Kind kind_;
  tidings::Identity identity_;
  Record record_;
  std::set<std::string> extra_;
  std::string last_event_id_;
  std::string from_;
  bool spoilt_ = false;

  std::unique_ptr<SocketEnd> end_;
  std::shared_ptr<support::SimPipe> pipe_;
  tidings::protocol::SseParser parser_;
  std::shared_ptr<tidings::hub::PollTicket> ticket_;
  int poll_ = 0;
  bool polling_ = false;
};

}  // namespace property

#endif  // TIDINGS_TESTS_PROPERTY_READER_HPP
