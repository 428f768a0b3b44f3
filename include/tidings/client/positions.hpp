// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_POSITIONS_HPP
#define TIDINGS_CLIENT_POSITIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/protocol/cursor.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/protocol/topic_name.hpp>
#include <tidings/version.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// A topic and where it stands.
struct TopicPosition {
  std::string topic{};
  protocol::PositionToken token{};
};

/// Where a client stands in its topics: what has come, what was given to the application, and what that is done with.
/// A connection goes on behind the last, and what comes again is dropped by the first.
///
/// Thread  none of its own; one thread at a time.
class Positions {
 public:
  Positions() = default;
  /// @param start  Of an earlier client.
  explicit Positions(const protocol::Cursor& start) : received_(start), given_(start), taken_(start) {}

  /// The names and the beginnings of the connection's topics. Where the client stands somewhere already, it stays there.
  void on_hello(const std::vector<TopicPosition>& at) {
    for (const TopicPosition& each : at) {
      name(each);
      for (protocol::Cursor* cursor : {&received_, &given_, &taken_}) {
        if (!cursor->find(each.token.tag)) cursor->set(each.token.tag, each.token.position);
      }
    }
  }

  /// @returns  whether it is new: of another epoch, or behind what has come. Then it has come.
  bool on_message(const protocol::PositionToken& at) {
    const std::optional<Position> kept = received_.find(at.tag);
    if (kept && kept->epoch == at.position.epoch && at.position.offset <= kept->offset) return false;
    received_.set(at.tag, at.position);
    return true;
  }

  void on_gap(const TopicPosition& at) {
    name(at);
    received_.set(at.token.tag, at.token.position);
  }

  /// The application has it.
  void on_given(const protocol::PositionToken& at) { given_.set(at.tag, at.position); }
  /// The application is done with all that it was given.
  void on_taken() { taken_ = given_; }

  /// What was given and not taken is to come again.
  void rewind() { received_ = given_ = taken_; }

  /// Not asked for any more.
  void forget(std::string_view topic) {
    const std::uint64_t tag = protocol::topic_tag(topic);
    for (protocol::Cursor* cursor : {&received_, &given_, &taken_, &told_}) cursor->erase(tag);
    std::erase_if(names_, [tag](const TopicPosition& each) { return each.token.tag == tag; });
  }

  /// The topic of a tag; empty when it was never named.
  std::string_view topic_of(std::uint64_t tag) const {
    for (const TopicPosition& each : names_) {
      if (each.token.tag == tag) return each.topic;
    }
    return {};
  }

  /// What was taken and is to be told to the server: the tokens that moved since the last call; empty = none.
  std::string news() {
    protocol::Cursor moved;
    for (const protocol::PositionToken& each : taken_.tokens()) {
      if (told_.find(each.tag) != each.position) moved.set(each.tag, each.position);
    }
    told_ = taken_;
    return moved.empty() ? std::string() : moved.text();
  }
  /// A connection that begins says it all.
  void on_connecting() { told_ = taken_; }
  /// Tokens of topics that nobody has named yet: of a cursor that came with the application.
  std::string nameless() const {
    protocol::Cursor spare;
    for (const protocol::PositionToken& each : taken_.tokens()) {
      if (topic_of(each.tag).empty()) spare.set(each.tag, each.position);
    }
    return spare.empty() ? std::string() : spare.text();
  }

  const protocol::Cursor& given() const { return given_; }
  const protocol::Cursor& taken() const { return taken_; }

 private:
  void name(const TopicPosition& at) {
    if (topic_of(at.token.tag).empty()) names_.push_back(at);
  }

  std::vector<TopicPosition> names_;
  protocol::Cursor received_;
  protocol::Cursor given_;
  protocol::Cursor taken_;
  protocol::Cursor told_;
};

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_POSITIONS_HPP
