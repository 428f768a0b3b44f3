// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROPERTY_RECORD_HPP
#define TIDINGS_TESTS_PROPERTY_RECORD_HPP

#include <tidings/delivery/gap.hpp>
#include <tidings/delivery/poll_answer.hpp>
#include <tidings/position.hpp>
#include <tidings/protocol/cursor.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/protocol/topic_name.hpp>
#include <tidings/topic_state.hpp>

#include <nlohmann/json.hpp>

#include "property/scene.hpp"
#include "property/truth.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace property {

/// How far one client has come, checked against the truth with everything that it gets: nothing is left out without a
/// gap, no gap is told without need.
class Record {
 public:
  struct Owner {
    std::string name;
    std::string user;
    /// Passes over what is not behind its position. A drain does not: the server keeps its cursor.
    bool compares = true;
  };

  Record(Scene& scene, Owner owner) : scene_(scene), owner_(std::move(owner)) {}

  const std::string& name() const { return owner_.name; }
  const std::string& user() const { return owner_.user; }
  /// What a client that keeps its cursor itself would send.
  const tidings::protocol::Cursor& cursor() const { return cursor_; }
  /// No topic has begun.
  bool empty() const { return positions_.empty(); }

  /// @param from  What the client asks for without a cursor.
  void start_over(const std::string& from) {
    cursor_ = {};
    positions_.clear();
    from_start_ = from == "start";
  }
  /// A subscription that the application gave at run time ends with its session, unless the client asks for it.
  void keep_only(const std::vector<std::string>& topics) {
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
  /// Whether the server was sent a cursor that it cannot read, so that any gap is explained.
  void excuse_gaps(bool excused) { gaps_excused_ = excused; }
  /// The client answers a ping: everything before it was taken.
  void answer_behind() {
    for (const auto& [topic, position] : positions_) {
      std::uint64_t& furthest = scene_.answered[{user(), topic}];
      furthest = std::max(furthest, position.offset);
      scene_.trace(name() + " answers behind " + topic + " " + std::to_string(furthest));
    }
  }
  /// Everything there is was received, or may be done without.
  bool complete() const { return what_is_missing().empty(); }
  void check_complete() {
    if (const std::string missing = what_is_missing(); !missing.empty()) fail(missing);
  }
  void fail(const std::string& what) { scene_.fail(name() + ": " + what); }

  // ---- what comes in ----

  /// A text message of a WebSocket.
  void on_envelope(const nlohmann::json& envelope) {
    if (envelope.contains("at")) {
      on_message(envelope["at"].get<std::string>(), envelope["data"].get<std::string>());
    } else if (envelope.contains("hello")) {
      on_hello(envelope["hello"]);
    } else if (envelope.contains("gap")) {
      on_gap(envelope["gap"]);
    }
  }

  void on_hello(const nlohmann::json& hello) {
    for (const auto& [topic, token] : hello["at"].items()) {
      tidings::protocol::PositionToken position;
      if (tidings::protocol::parse_token(token.get<std::string>(), position)) fail("unreadable token in hello");
      scene_.truth->know(topic);
      positions_.try_emplace(topic, position.position);
      if (!cursor_.find(position.tag)) cursor_.set(position.tag, position.position);
    }
  }

  void on_gap(const nlohmann::json& gap) {
    for (const auto& [topic, token] : gap["at"].items()) {
      tidings::protocol::PositionToken position;
      if (tidings::protocol::parse_token(token.get<std::string>(), position)) fail("unreadable token in a gap");
      check_gap(topic, position.position);
      positions_[topic] = position.position;
      cursor_.set(position.tag, position.position);
    }
  }

  /// @param at  The message's own token.
  void on_message(const std::string& at, const std::string& data) {
    tidings::protocol::PositionToken token;
    if (tidings::protocol::parse_token(at, token)) return fail("message without position");
    const std::string topic = scene_.truth->topic_of(token.tag);
    const Truth::Entry* const entry = scene_.truth->find(std::stoi(data.substr(1)), topic);
    if (entry == nullptr || entry->offset != token.position.offset) return fail("position and payload differ");
    take(*entry, token.position);
    if (positions_[topic].offset == token.position.offset) cursor_.set(token.tag, token.position);
  }

  /// @param id  The cursor that the message came with.
  void on_bare_message(const std::string& id, const std::string& data) {
    tidings::protocol::Cursor cursor;
    if (tidings::protocol::Cursor::parse(id, cursor)) return fail("message without a cursor");
    // Which of the cursor's topics it was: the one whose token names this publication.
    const int number = std::stoi(data.substr(1));
    for (const auto& token : cursor.tokens()) {
      const Truth::Entry* const entry = scene_.truth->find(number, scene_.truth->topic_of(token.tag));
      if (entry != nullptr && entry->offset == token.position.offset) return take(*entry, token.position);
    }
    fail("message whose cursor does not name it");
  }

  /// What a browser does: the whole line becomes the new id. Every token in it must be covered by what was received.
  void on_id_line(const std::string& line) {
    tidings::protocol::Cursor cursor;
    if (tidings::protocol::Cursor::parse(line, cursor)) return fail("unreadable id line " + line);
    for (const auto& token : cursor.tokens()) {
      const std::string topic = scene_.truth->topic_of(token.tag);
      if (token.position.epoch == 0) {
        // A gap is owed and not told yet; it is told by the next session if this one breaks.
        positions_[topic].epoch = 0;
      } else {
        move_to(topic, token.position);
      }
    }
  }

  void on_poll_answer(const tidings::delivery::PollAnswer& answer) {
    for (const std::string& topic : answer.gaps) {
      check_gap(topic, {});
      // Whatever the answer holds of the topic comes behind the gap.
      positions_.erase(topic);
    }
    const nlohmann::json messages = nlohmann::json::parse("[" + answer.messages + "]");
    for (const nlohmann::json& each : messages)
      on_message(each["at"].get<std::string>(), each["data"].get<std::string>());
    for (const auto& token : answer.cursor.tokens()) move_to(scene_.truth->topic_of(token.tag), token.position);
    cursor_ = answer.cursor;
  }

 private:
  std::string what_is_missing() const {
    for (const auto& [topic, position] : positions_) {
      const std::uint64_t missing = scene_.truth->first_needed(topic, position.offset, scene_.truth->top(topic));
      if (missing != 0) return "never got " + topic + " " + std::to_string(missing);
    }
    return positions_.empty() ? "never connected" : "";
  }

  void take(const Truth::Entry& entry, tidings::Position position) {
    ++scene_.deliveries;
    scene_.trace(name() + " takes " + entry.topic + " " + std::to_string(entry.offset));
    const auto known = positions_.find(entry.topic);
    if (known != positions_.end() && position.offset <= known->second.offset) {
      ++scene_.duplicates;
      // Our clients compare epoch and offset; an older message under another epoch would fool them.
      if (position.epoch != known->second.epoch && owner_.compares) {
        fail("an old message of " + entry.topic + " under another epoch");
      }
      return;
    }
    if (known != positions_.end()) check_hole(entry.topic, known->second.offset, entry.offset - 1, entry.offset);
    positions_[entry.topic] = position;
    scene_.received[user()].insert({entry.topic, entry.offset});
  }

  void move_to(const std::string& topic, tidings::Position position) {
    const auto [known, begins] = positions_.try_emplace(topic, position);
    if (begins || position.offset <= known->second.offset) return;
    scene_.trace(name() + " moves " + topic + " to " + std::to_string(position.offset));
    check_hole(topic, known->second.offset, position.offset, position.offset);
    known->second = position;
  }

  // Nothing in (after, to] was needed.
  void check_hole(const std::string& topic, std::uint64_t after, std::uint64_t to, std::uint64_t before) {
    // Who asked for everything retained begins behind what retention took.
    if (after == 0 && from_start_) after = scene_.state(topic).floor;
    const std::uint64_t missing = scene_.truth->first_needed(topic, after, to);
    if (missing == 0) return;
    fail("silent hole in " + topic + ": " + std::to_string(missing) + " before " + std::to_string(before));
  }

  void check_gap(const std::string& topic, tidings::Position to) {
    ++scene_.gaps;
    scene_.trace(name() + " gap " + topic + " to " + std::to_string(to.offset));
    scene_.truth->know(topic);
    const auto known = positions_.find(topic);
    const tidings::TopicState state = scene_.state(topic);
    if (scene_.drops || gaps_excused_ || known == positions_.end()) return;
    if (tidings::delivery::is_gap(state, known->second)) return;
    fail("a gap of " + topic + " although all could be given after " + std::to_string(known->second.offset) +
         ", floor " + std::to_string(state.floor) + ", top " + std::to_string(state.top) + ", epochs " +
         std::to_string(known->second.epoch) + " " + std::to_string(state.epoch));
  }

  Scene& scene_;
  Owner owner_;
  std::map<std::string, tidings::Position> positions_;
  tidings::protocol::Cursor cursor_;
  bool from_start_ = false;
  bool gaps_excused_ = false;
};

}  // namespace property

#endif  // TIDINGS_TESTS_PROPERTY_RECORD_HPP
