// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_WS_RULE_HPP
#define TIDINGS_TESTS_CONFORMANCE_WS_RULE_HPP

#include "conformance/ws/connection.hpp"

#include <string>
#include <vector>

namespace conformance {

/// How the bytes of a rule arrive.
enum class Delivery {
  /// Alone, in one piece.
  whole,
  /// One after the other; only the beginning and the end of long ones.
  bytewise,
  /// In one piece with a message before and one behind.
  glued,
};

/// What comes of bytes that a peer sends.
struct Rule {
  enum class Then {
    /// The connection goes on.
    goes_on,
    /// The peer is at fault: the library closes with `code`.
    fails,
    /// The peer closes, and what stands behind that is not looked at.
    closes,
  };

  std::string name;
  std::string bytes;
  /// Frames that come back, shown: pongs, and messages as they were sent.
  std::string answer{};
  Then then = Then::goes_on;
  /// `fails`: the code that is sent. `closes`: the code that is echoed; 0 = none.
  unsigned code = 0;
  /// Of the peer's close.
  std::string reason{};
};

/// Sends a rule's bytes and looks at what comes back, at the end of the connection, and at what the application heard.
void check(Role role, Delivery delivery, const Rule& rule, const Setup& setup = {});

/// Bytes in pieces that arrive one after the other.
void send_bytewise(support::RawClient& raw, const std::string& bytes);

/// A role and a delivery, one after the other.
struct Way {
  Role role;
  Delivery delivery;

  Peer peer() const { return Peer{role == Role::server}; }
  void check(const std::vector<Rule>& rules, const Setup& setup = {}) const {
    for (const Rule& each : rules) conformance::check(role, delivery, each, setup);
  }
};

inline std::vector<Way> all_ways() {
  std::vector<Way> ways;
  for (const Role role : {Role::server, Role::client}) {
    for (const Delivery delivery : {Delivery::whole, Delivery::bytewise, Delivery::glued}) {
      ways.push_back({role, delivery});
    }
  }
  return ways;
}

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_WS_RULE_HPP
