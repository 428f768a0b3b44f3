// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_POSITIONS_HPP
#define TIDINGS_CLIENT_POSITIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/protocol/cursor.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/protocol/topic_name.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
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
/// A connection goes on behind the last, and what comes again is dropped by the first. Of as many topics as a session may
/// have (`defaults::max_topics_per_session`): beyond them those that the connection does not name are forgotten.
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
      if (!name(each)) continue;
      // The server need not be told what it says itself.
      for (protocol::Cursor* cursor : {&received_, &given_, &taken_, &told_}) {
        if (!cursor->find(each.token.tag)) cursor->set(each.token.tag, each.token.position);
      }
    }
  }

  /// @returns  whether it is new: of another epoch, or behind what has come. Then it has come.
  bool on_message(const protocol::PositionToken& at) {
    const std::optional<Position> kept = received_.find(at.tag);
    if (kept && kept->epoch == at.position.epoch && at.position.offset <= kept->offset) return false;
    if (kept || make_room()) received_.set(at.tag, at.position);
    return true;
  }

  void on_gap(const TopicPosition& at) {
    if (name(at)) received_.set(at.token.tag, at.token.position);
  }

  /// The application has it.
  void on_given(const protocol::PositionToken& at) {
    // Forgotten meanwhile, or never kept.
    if (received_.find(at.tag)) given_.set(at.tag, at.position);
  }
  /// The application is done with all that it was given.
  void on_taken() { taken_ = given_; }

  /// What was given and not taken is to come again.
  void rewind() { received_ = given_ = taken_; }
  /// What came and was not given is to come again.
  void forget_waiting() { received_ = given_; }

  /// Not asked for any more.
  void forget(std::string_view topic) { forget(protocol::topic_tag(topic)); }

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
  bool has_news() const { return told_ != taken_; }
  /// A connection that begins says it all.
  void on_connecting() {
    told_ = taken_;
    named_now_.clear();
  }
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
  static constexpr std::size_t most = defaults::max_topics_per_session;

  // False when there is no room: no session has so many topics.
  bool name(const TopicPosition& at) {
    const std::uint64_t tag = at.token.tag;
    if (std::find(named_now_.begin(), named_now_.end(), tag) != named_now_.end()) return true;
    if (named_now_.size() == most || (!received_.find(tag) && !make_room())) return false;
    named_now_.push_back(tag);
    std::erase_if(names_, [tag](const TopicPosition& each) { return each.token.tag == tag; });
    names_.push_back(at);
    return true;
  }
  // Room for one more: the oldest goes that this connection does not name.
  bool make_room() {
    if (received_.size() < most) return true;
    for (const protocol::PositionToken& each : received_.tokens()) {
      if (std::find(named_now_.begin(), named_now_.end(), each.tag) != named_now_.end()) continue;
      forget(each.tag);
      return true;
    }
    return false;
  }
  void forget(std::uint64_t tag) {
    for (protocol::Cursor* cursor : {&received_, &given_, &taken_, &told_}) cursor->erase(tag);
    std::erase_if(names_, [tag](const TopicPosition& each) { return each.token.tag == tag; });
    std::erase(named_now_, tag);
  }

  std::vector<TopicPosition> names_;
  std::vector<std::uint64_t> named_now_;  // by the connection
  protocol::Cursor received_;
  protocol::Cursor given_;
  protocol::Cursor taken_;
  protocol::Cursor told_;
};

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_POSITIONS_HPP
