// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROPERTY_READER_HPP
#define TIDINGS_TESTS_PROPERTY_READER_HPP

#include <tidings/delivery/sse_carrier.hpp>
#include <tidings/hub/engine.hpp>
#include <tidings/protocol/sse/parser.hpp>

#include "support/sim_wire.hpp"

#include <nlohmann/json.hpp>

#include "property/socket_end.hpp"
#include "property/truth.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace property {

/// What all readers of one schedule share.
struct Scene {
  Scene(support::SimWorld& w, std::shared_ptr<Truth> t, TracedStore s)
      : world(w), truth(std::move(t)), store(std::move(s)) {}

  support::SimWorld& world;
  std::shared_ptr<Truth> truth;
  TracedStore store;
  std::shared_ptr<tidings::hub::Core> core;
  std::vector<std::shared_ptr<support::SimLoop>> loops;
  /// Queue policies that give messages up explain gaps.
  bool drops = false;
  std::map<std::string, std::set<std::pair<std::string, std::uint64_t>>> received;  // user -> topic, offset
  /// user, topic -> how far the WebSockets of the user were when they answered a ping. Offsets go on over epochs here.
  std::map<std::pair<std::string, std::string>, std::uint64_t> answered;
  std::string violation;
  std::size_t deliveries = 0;
  std::size_t duplicates = 0;
  std::size_t gaps = 0;

  void fail(const std::string& text) {
    trace(text);
    if (violation.empty()) violation = text;
  }
  /// With TIDINGS_TRACE set, what happens is told.
  void trace(const std::string& text) const {
    static const bool wanted = std::getenv("TIDINGS_TRACE") != nullptr;
    if (wanted)
      std::fprintf(stderr, "%lld %s\n", static_cast<long long>(world.wall_now().ms % 10'000'000), text.c_str());
  }
  tidings::TopicState state(const std::string& topic) {
    tidings::TopicState state;
    store.read(topic, 0, 0, [&](std::error_code, tidings::ReadResult result) { state = result.state; });
    return state;
  }
};

/// One client of one user over one transport, doing what our clients or a bare EventSource do, and checking what it
/// gets against the truth.
class Reader : public std::enable_shared_from_this<Reader> {
 public:
  enum class Kind { own_sse, bare_sse, websocket, long_poll, short_poll, drain };

  Reader(Scene& scene, Kind kind, std::string name, tidings::Identity identity)
      : scene_(scene), kind_(kind), name_(std::move(name)), identity_(std::move(identity)) {}

  const std::string& name() const { return name_; }
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
        scene_.fail(name_ + ": unreadable stream");
      }
      // A block of only an id is no event, and counts.
      if (kind_ == Kind::bare_sse) take_last_event_id();
    }
    if (pipe_->in_flight.empty() && (pipe_->finished || pipe_->aborted)) forget_stream();
  }

  /// The connection breaks; what is in flight is lost, and the server hears of it later.
  void cut(std::chrono::milliseconds notice_after) {
    scene_.trace(name_ + " is cut");
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
    if (!keeps_cursor() || positions_.empty()) return;
    if (end_ && scene_.world.chance(0.7)) {
      end_->say(tidings::protocol::WsOpcode::text, "{\"ack\":\"" + cursor_.text() + "\"}");
      return;
    }
    std::vector<std::string> topics;
    const tidings::protocol::ClientRequest request = request_of("/push");
    if (scene_.core->resolve_topics(request, identity_, topics)) return;
    scene_.core->acknowledge(identity_, topics, cursor_, tidings::Evidence::ack, request, [](std::error_code) {});
  }

  /// A new page: begins without a cursor.
  void forget_cursor(std::string from) {
    cut(std::chrono::milliseconds(10));
    cursor_ = {};
    parser_.reset();
    last_event_id_.clear();
    positions_.clear();
    from_ = std::move(from);
  }
  void spoil_cursor() { spoilt_ = true; }

  /// Everything there is was received, or may be done without.
  void check_complete() {
    for (const auto& [topic, position] : positions_) {
      const std::uint64_t missing = scene_.truth->first_needed(topic, position.offset, scene_.truth->top(topic));
      if (missing != 0) scene_.fail(name_ + ": never got " + topic + " " + std::to_string(missing));
    }
    if (positions_.empty()) scene_.fail(name_ + ": never connected");
  }

 private:
  // ---- requests ----

  std::string query() const {
    std::string query = "?device=" + name_;
    for (const std::string& topic : extra_) query += "&topics=" + topic;
    if (!from_.empty() && cursor_.empty() && last_event_id_.empty()) query += "&from=" + from_;
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

  // A subscription that the application gave at run time ends with its session, unless the client asks for it.
  void forget_lost_topics() {
    std::vector<std::string> topics;
    if (scene_.core->resolve_topics(request_of("/push" + query()), identity_, topics)) return;
    std::erase_if(positions_, [&](const auto& each) {
      return std::find(topics.begin(), topics.end(), each.first) == topics.end();
    });
    tidings::protocol::Cursor kept;
    for (const std::string& topic : topics) {
      const std::uint64_t tag = tidings::protocol::topic_tag(topic);
      if (const auto position = cursor_.find(tag)) kept.set(tag, *position);
    }
    cursor_ = kept;
  }

  void connect() {
    parser_.end_of_stream();
    forget_lost_topics();
    std::string target = "/push" + query();
    if (kind_ == Kind::own_sse) target += "&ids=own";
    if (keeps_cursor() && !cursor_.empty()) target += "&after=" + cursor_.text();
    was_spoilt_ = std::exchange(spoilt_, false);
    if (was_spoilt_ && keeps_cursor()) target = "/push" + query() + "&ids=own&after=1garbage";
    if (was_spoilt_ && kind_ == Kind::bare_sse) {
      last_event_id_ = "1garbage";
      parser_.reset();
    }
    was_spoilt_ = was_spoilt_ || last_event_id_ == "1garbage";
    const std::string last = kind_ == Kind::bare_sse ? last_event_id_ : std::string();
    scene_.trace(name_ + " connects: " + target + " " + last);
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
        case SocketEnd::Kind::text: on_envelope(nlohmann::json::parse(data)); break;
        case SocketEnd::Kind::ping: on_ping(data); break;
        case SocketEnd::Kind::close: closed = true; break;
        default: scene_.fail(name_ + ": a frame that a server does not send");
      }
    });
    if (closed) {
      end_->say(tidings::protocol::WsOpcode::close, "");
      support::SimSocket::end(end_->socket);
    }
    if (closed || end_->over()) end_.reset();
  }

  // Everything before the ping was taken. Seldom a page is too busy to answer.
  void on_ping(std::string_view payload) {
    if (scene_.world.chance(0.2)) return;
    for (const auto& [topic, position] : positions_) {
      std::uint64_t& furthest = scene_.answered[{user(), topic}];
      furthest = std::max(furthest, position.offset);
      scene_.trace(name_ + " answers behind " + topic + " " + std::to_string(furthest));
    }
    end_->say(tidings::protocol::WsOpcode::pong, payload);
  }

  void on_envelope(const nlohmann::json& envelope) {
    if (envelope.contains("at")) {
      on_message(envelope["at"].get<std::string>(), envelope["data"].get<std::string>());
    } else if (envelope.contains("hello")) {
      for (const auto& [topic, token] : envelope["hello"]["at"].items()) begin_at(topic, token.get<std::string>());
    } else if (envelope.contains("gap")) {
      take_gap(envelope["gap"]);
    }
  }

  void take_gap(const nlohmann::json& gap) {
    for (const auto& [topic, token] : gap["at"].items()) {
      tidings::protocol::PositionToken position;
      if (tidings::protocol::parse_token(token.get<std::string>(), position)) scene_.fail("unreadable token in a gap");
      on_gap(topic, position.position);
      if (keeps_cursor()) cursor_.set(position.tag, position.position);
    }
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
    was_spoilt_ = std::exchange(spoilt_, false) && kind_ != Kind::drain;
    if (was_spoilt_) {
      target += "&after=1garbage";
    } else if (kind_ != Kind::drain && !cursor_.empty()) {
      target += "&after=" + cursor_.text();
    }
    tidings::protocol::ClientRequest request = request_of(target);
    if (kind_ == Kind::drain) request.cursor = scene_.core->last_drain(user(), name_).cursor;
    scene_.trace(name_ + " polls: " + target + " " + (request.cursor ? request.cursor->text() : "-"));
    polling_ = true;
    const int poll = ++poll_;
    const tidings::protocol::ClientRequest asked = request;
    auto polled = [self = shared_from_this(), poll, asked](tidings::delivery::PollAnswer answer) {
      self->scene_.core->poll_answered(self->user(), asked, answer);
      if (self->kind_ == Kind::drain && !answer.refused())
        self->scene_.core->drained(self->user(), self->name_, answer.cursor);
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
    for (const std::string& topic : answer.gaps) {
      on_gap(topic, {});
      // Whatever the answer holds of the topic comes behind the gap.
      positions_.erase(topic);
    }
    const nlohmann::json messages = nlohmann::json::parse("[" + answer.messages + "]");
    for (const nlohmann::json& each : messages)
      on_message(each["at"].get<std::string>(), each["data"].get<std::string>());
    for (const auto& token : answer.cursor.tokens()) move_to(scene_.truth->topic_of(token.tag), token.position);
    cursor_ = answer.cursor;
  }

  // ---- what comes in ----

  void on_event(const tidings::protocol::SseEvent& event) {
    if (event.event == "tidings.hello") {
      const nlohmann::json hello = nlohmann::json::parse(event.data);
      for (const auto& [topic, token] : hello["at"].items()) begin_at(topic, token.get<std::string>());
    } else if (event.event == "tidings.gap") {
      take_gap(nlohmann::json::parse(event.data));
    } else if (event.event != "tidings.state") {
      if (kind_ == Kind::own_sse) {
        on_message(event.id, event.data);
      } else {
        on_bare_message(event);
      }
    }
    if (kind_ == Kind::bare_sse) take_last_event_id();
  }

  void begin_at(const std::string& topic, const std::string& token) {
    tidings::protocol::PositionToken position;
    if (tidings::protocol::parse_token(token, position)) scene_.fail("unreadable token in hello");
    scene_.truth->know(topic);
    positions_.try_emplace(topic, position.position);
    if (!cursor_.find(position.tag)) cursor_.set(position.tag, position.position);
  }

  // What a browser does: the whole line becomes the new id. Every token in it must be covered by what was received.
  void take_last_event_id() {
    if (parser_.last_event_id().empty() || parser_.last_event_id() == last_event_id_) return;
    last_event_id_ = parser_.last_event_id();
    tidings::protocol::Cursor cursor;
    if (tidings::protocol::Cursor::parse(last_event_id_, cursor)) {
      scene_.fail(name_ + ": unreadable id line " + last_event_id_);
      return;
    }
    for (const auto& token : cursor.tokens()) {
      const std::string topic = scene_.truth->topic_of(token.tag);
      if (token.position.epoch == 0) {
        // A gap is owed and not told yet; it is told by the next session if this one breaks.
        positions_[topic].epoch = 0;
      } else if (positions_.contains(topic)) {
        move_to(topic, token.position);
      } else {
        positions_[topic] = token.position;
      }
    }
  }

  void on_bare_message(const tidings::protocol::SseEvent& event) {
    tidings::protocol::Cursor cursor;
    if (tidings::protocol::Cursor::parse(event.id, cursor)) {
      scene_.fail(name_ + ": message without a cursor");
      return;
    }
    // Which of the cursor's topics it was: the one whose token names this publication.
    const int number = std::stoi(event.data.substr(1));
    for (const auto& token : cursor.tokens()) {
      const std::string topic = scene_.truth->topic_of(token.tag);
      const Truth::Entry* const entry = scene_.truth->find(number, topic);
      if (entry != nullptr && entry->offset == token.position.offset) {
        take(*entry, token.position);
        return;
      }
    }
    scene_.fail(name_ + ": message whose cursor does not name it");
  }

  void on_message(const std::string& at, const std::string& data) {
    tidings::protocol::PositionToken token;
    if (tidings::protocol::parse_token(at, token)) {
      scene_.fail(name_ + ": message without position");
      return;
    }
    const std::string topic = scene_.truth->topic_of(token.tag);
    const Truth::Entry* const entry = scene_.truth->find(std::stoi(data.substr(1)), topic);
    if (entry == nullptr || entry->offset != token.position.offset) {
      scene_.fail(name_ + ": position and payload differ");
      return;
    }
    take(*entry, token.position);
    if (keeps_cursor() && positions_[topic].offset == token.position.offset) {
      cursor_.set(token.tag, token.position);
    }
  }

  void take(const Truth::Entry& entry, tidings::Position position) {
    ++scene_.deliveries;
    scene_.trace(name_ + " takes " + entry.topic + " " + std::to_string(entry.offset));
    const auto known = positions_.find(entry.topic);
    if (known != positions_.end() && position.offset <= known->second.offset) {
      ++scene_.duplicates;
      // Our clients compare epoch and offset; an older message under another epoch would fool them.
      if (position.epoch != known->second.epoch && kind_ != Kind::drain) {
        scene_.fail(name_ + ": an old message of " + entry.topic + " under another epoch");
      }
      return;
    }
    if (known != positions_.end()) {
      const std::uint64_t missing = first_missing(entry.topic, known->second.offset, entry.offset - 1);
      if (missing != 0) fail_hole(entry.topic, missing, entry.offset);
    }
    positions_[entry.topic] = position;
    scene_.received[user()].insert({entry.topic, entry.offset});
  }

  // Who asked for everything retained begins behind what retention took.
  std::uint64_t first_missing(const std::string& topic, std::uint64_t after, std::uint64_t to) {
    if (after == 0 && from_ == "start") after = scene_.state(topic).floor;
    return scene_.truth->first_needed(topic, after, to);
  }

  void move_to(const std::string& topic, tidings::Position position) {
    const auto known = positions_.find(topic);
    if (known == positions_.end()) {
      positions_[topic] = position;
      return;
    }
    if (position.offset > known->second.offset) {
      scene_.trace(name_ + " moves " + topic + " to " + std::to_string(position.offset));
    }
    if (position.offset <= known->second.offset) return;
    const std::uint64_t missing = first_missing(topic, known->second.offset, position.offset);
    if (missing != 0) fail_hole(topic, missing, position.offset);
    known->second = position;
  }

  void on_gap(const std::string& topic, tidings::Position to) {
    ++scene_.gaps;
    scene_.trace(name_ + " gap " + topic + " to " + std::to_string(to.offset));
    scene_.truth->know(topic);
    const auto known = positions_.find(topic);
    const tidings::TopicState state = scene_.state(topic);
    if (!scene_.drops && known != positions_.end() && !explains_gap(state, known->second)) {
      scene_.fail(name_ + ": a gap of " + topic + " although all could be given after " +
                  std::to_string(known->second.offset) + ", floor " + std::to_string(state.floor) + ", top " +
                  std::to_string(state.top) + ", epochs " + std::to_string(known->second.epoch) + " " +
                  std::to_string(state.epoch));
    }
    positions_[topic] = to;
  }
  bool explains_gap(const tidings::TopicState& state, tidings::Position from) const {
    return tidings::delivery::is_gap(state, from) || was_spoilt_;
  }

  void fail_hole(const std::string& topic, std::uint64_t missing, std::uint64_t before) {
    scene_.fail(name_ + ": silent hole in " + topic + ": " + std::to_string(missing) + " before " +
                std::to_string(before));
  }

  Scene& scene_;
  Kind kind_;
  std::string name_;
  tidings::Identity identity_;
  std::set<std::string> extra_;
  std::map<std::string, tidings::Position> positions_;
  tidings::protocol::Cursor cursor_;
  std::string last_event_id_;
  std::string from_;
  bool spoilt_ = false;
  bool was_spoilt_ = false;

  std::unique_ptr<SocketEnd> end_;
  std::shared_ptr<support::SimPipe> pipe_;
  tidings::protocol::SseParser parser_;
  std::shared_ptr<tidings::hub::PollTicket> ticket_;
  int poll_ = 0;
  bool polling_ = false;
};

}  // namespace property

#endif  // TIDINGS_TESTS_PROPERTY_READER_HPP
