// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_HTTP_PUSH_READER_HPP
#define TIDINGS_TESTS_CONFORMANCE_HTTP_PUSH_READER_HPP

#include <tidings/delivery/poll_answer.hpp>
#include <tidings/protocol/sse/parser.hpp>
#include <tidings/protocol/ws/opcode.hpp>
#include <tidings/protocol/ws/reader.hpp>

#include "support/http_arrival.hpp"
#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/ws_client.hpp"

#include <nlohmann/json.hpp>

#include "property/record.hpp"
#include "property/scene.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace conformance {

/// One client of a hub behind a real server, over one transport; what it gets is checked against the truth. Nothing here
/// waits: `read` takes what has arrived.
class PushReader {
 public:
  enum class Kind { own_sse, bare_sse, long_poll, short_poll, drain, websocket };

  /// What the client asks for.
  struct Wish {
    /// Comma-separated.
    std::string topics;
    std::string user{};
    /// Of a long poll, in seconds.
    int wait = 1;
  };

  PushReader(property::Scene& scene, std::minstd_rand& random, std::uint16_t port, Kind kind, const std::string& name,
             Wish wish)
      : scene_(scene),
        random_(random),
        port_(port),
        kind_(kind),
        wish_(std::move(wish)),
        record_(scene, {.name = name, .user = wish_.user, .compares = kind != Kind::drain}) {}

  const std::string& user() const { return record_.user(); }

  /// Connects or asks, unless it has.
  void go() {
    if (busy_) return;
    if (!connection_) connection_.emplace(port_, chance(30) ? 4096 : 0);
    const std::string request = next_request();
    scene_.trace(record_.name() + ": " + request.substr(0, request.find(" HTTP/")));
    arrival_ = {};
    busy_ = true;
    if (connection_->try_send(request) != request.size()) leave();
  }

  void read() {
    if (!connection_) return;
    arrival_.feed(connection_->read_now());
    const bool over = connection_->end() != support::RawClient::End::open;
    if (arrival_.head()) on_bytes(arrival_.head()->status);
    if (connection_ && over) leave();
  }

  /// The connection breaks, and what has not been read is lost.
  void cut() {
    // A drain's cursor lies with the server: its answers are taken for received.
    if (!connection_ || (kind_ == Kind::drain && busy_)) return;
    scene_.trace(record_.name() + " is cut");
    if (chance(50)) connection_->reset();
    leave();
  }

  void acknowledge() {
    if (record_.cursor().empty()) return;
    const std::string body = "{\"ack\":\"" + record_.cursor().text() + "\"}";
    if (kind_ == Kind::websocket && in_session_) return say(tidings::protocol::WsOpcode::text, body);
    support::RawClient client(port_);
    client.send("POST " + target() + " HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    if (support::read_answer(client).head.status / 100 != 2) record_.fail("an acknowledgement was refused");
  }

  /// A new page: begins without a cursor.
  void forget_cursor(std::string from) {
    if (kind_ == Kind::drain) return;
    cut();
    record_.start_over(from);
    parser_.reset();
    last_event_id_.clear();
    from_ = std::move(from);
  }
  void spoil_cursor() { spoilt_ = true; }
  bool complete() const { return record_.complete(); }
  void check_complete() { record_.check_complete(); }

 private:
  static tidings::protocol::WsReader new_frames() {
    return tidings::protocol::WsReader(tidings::protocol::WsRole::client, {1 << 20, 1000});
  }
  bool is_sse() const { return kind_ == Kind::own_sse || kind_ == Kind::bare_sse; }
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  // ---- requests ----

  std::string target() const {
    std::string out = "/push?device=" + record_.name() + "&topics=" + wish_.topics;
    if (!wish_.user.empty()) out += "&user=" + wish_.user;
    if (!from_.empty() && record_.cursor().empty() && last_event_id_.empty()) out += "&from=" + from_;
    return out;
  }

  std::string next_request() {
    std::string asked = target();
    const bool spoilt = std::exchange(spoilt_, false) && kind_ != Kind::drain;
    if (kind_ == Kind::bare_sse) return bare_request(asked, spoilt);
    record_.excuse_gaps(spoilt);
    if (kind_ == Kind::own_sse) asked += "&ids=own";
    if (kind_ == Kind::long_poll) asked += "&wait=" + std::to_string(wish_.wait);
    if (!is_sse() && kind_ != Kind::websocket && chance(30)) asked += "&limit=2";
    if (kind_ == Kind::drain) return "POST " + asked + "&drain HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n";
    if (spoilt) {
      asked += "&after=1garbage";
    } else if (!record_.cursor().empty()) {
      asked += "&after=" + record_.cursor().text();
    }
    if (kind_ == Kind::websocket) return support::WsClient::handshake(asked);
    return support::get(asked, is_sse() ? event_stream : "");
  }
  // As a browser does it.
  std::string bare_request(const std::string& asked, bool spoilt) {
    if (spoilt) {
      last_event_id_ = "1garbage";
      parser_.reset();
    }
    record_.excuse_gaps(last_event_id_ == "1garbage");
    const std::string last = last_event_id_.empty() ? "" : "Last-Event-ID: " + last_event_id_ + "\r\n";
    return support::get(asked, event_stream + last);
  }

  void leave() {
    connection_.reset();
    parser_.end_of_stream();
    frames_ = new_frames();
    body_.clear();
    busy_ = in_session_ = false;
  }
  void say(tidings::protocol::WsOpcode opcode, std::string_view payload) {
    connection_->try_send(support::WsClient::frame(opcode, payload));
  }

  // ---- what comes in ----

  void on_bytes(int status) {
    if (is_sse()) {
      on_stream(status);
    } else if (kind_ == Kind::websocket) {
      on_socket(status);
    } else {
      on_poll(status);
    }
  }

  void on_stream(int status) {
    if (status != 200) return leave();
    const std::string bytes = arrival_.take();
    if (parser_.feed(bytes, [this](tidings::protocol::SseEvent&& event) { on_event(event); })) {
      record_.fail("unreadable stream");
    }
    // A block of only an id is no event, and counts.
    if (kind_ == Kind::bare_sse) take_last_event_id();
    if (arrival_.complete()) leave();
  }
  void on_event(const tidings::protocol::SseEvent& event) {
    if (event.event == "tidings.hello") {
      record_.on_hello(nlohmann::json::parse(event.data));
    } else if (event.event == "tidings.gap") {
      record_.on_gap(nlohmann::json::parse(event.data));
    } else if (event.event != "tidings.state") {
      kind_ == Kind::own_sse ? record_.on_message(event.id, event.data) : record_.on_bare_message(event.id, event.data);
    }
    if (kind_ == Kind::bare_sse) take_last_event_id();
  }
  void take_last_event_id() {
    if (parser_.last_event_id().empty() || parser_.last_event_id() == last_event_id_) return;
    last_event_id_ = parser_.last_event_id();
    record_.on_id_line(last_event_id_);
  }

  void on_socket(int status) {
    using Event = tidings::protocol::WsEvent::Kind;
    if (status != 101) return leave();
    in_session_ = true;
    std::string bytes = arrival_.take();
    std::span<char> input(bytes);
    for (auto event = frames_.read(input); event.kind != Event::need_more; event = frames_.read(input)) {
      if (event.kind == Event::text) {
        record_.on_envelope(nlohmann::json::parse(event.data));
      } else if (event.kind == Event::ping) {
        on_ping(event.data);
      } else if (event.kind == Event::close) {
        say(tidings::protocol::WsOpcode::close, "");
        return leave();
      } else {
        record_.fail("a frame that a server does not send");
      }
    }
  }
  // Seldom a page is too busy to answer.
  void on_ping(std::string_view payload) {
    if (chance(20)) return;
    record_.answer_behind();
    say(tidings::protocol::WsOpcode::pong, payload);
  }

  void on_poll(int status) {
    body_ += arrival_.take();
    if (!arrival_.complete()) return;
    busy_ = false;
    const std::string body = std::exchange(body_, {});
    const bool over = std::exchange(arrival_, {}).head()->says_close();
    if (over) leave();
    if (status != 200) return;
    const nlohmann::json answer = nlohmann::json::parse(body);
    tidings::delivery::PollAnswer polled;
    if (answer.contains("gap")) polled.gaps = answer["gap"].get<std::vector<std::string>>();
    const std::string messages = answer["messages"].dump();
    polled.messages = messages.substr(1, messages.size() - 2);
    if (tidings::protocol::Cursor::parse(answer["cursor"].get<std::string>(), polled.cursor)) {
      record_.fail("an answer without a cursor");
    }
    record_.on_poll_answer(polled);
  }

  inline static const std::string event_stream = "Accept: text/event-stream\r\n";

  property::Scene& scene_;
  std::minstd_rand& random_;
  std::uint16_t port_;
  Kind kind_;
  Wish wish_;
  property::Record record_;
  std::string last_event_id_;
  std::string from_;
  bool spoilt_ = false;

  std::optional<support::RawClient> connection_;
  support::HttpArrival arrival_;
  /// A stream is open, or a poll is asked.
  bool busy_ = false;
  bool in_session_ = false;
  std::string body_;
  tidings::protocol::SseParser parser_;
  tidings::protocol::WsReader frames_ = new_frames();
};

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_HTTP_PUSH_READER_HPP
