// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROPERTY_CHECKS_HPP
#define TIDINGS_TESTS_PROPERTY_CHECKS_HPP

#include <tidings/store/memory_ledger.hpp>
#include <tidings/store/memory_store.hpp>
#include <tidings/topic_state.hpp>

#include "property/scene.hpp"

#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

/// What store and ledger say, against what really happened. Both complete inline.
namespace property {

inline tidings::TopicState state_of(tidings::MemoryStore store, const std::string& topic) {
  tidings::TopicState state;
  store.read(topic, 0, 0, [&](std::error_code, tidings::ReadResult result) { state = result.state; });
  return state;
}

/// What the store calls acknowledged was received by one of the user's clients.
inline void check_acknowledged(Scene& scene, tidings::MemoryStore store) {
  for (const auto& [topic, log] : scene.truth->topics()) {
    const std::uint64_t epoch = scene.state(topic).epoch;
    for (const Truth::Entry& entry : log) {
      tidings::StandingsResult result;
      store.standings(topic, {epoch, entry.offset},
                      [&](std::error_code, tidings::StandingsResult answer) { result = std::move(answer); });
      for (const tidings::MemberStanding& member : result.members) {
        if (member.standing != tidings::Standing::acknowledged) continue;
        if (scene.received[member.user].contains({topic, entry.offset})) continue;
        scene.fail(member.user + " acknowledged " + topic + " " + std::to_string(entry.offset) +
                   " without having received it");
      }
    }
  }
}

/// What the ledger calls proved had come to a WebSocket of the user before it answered.
inline void check_proved(Scene& scene, tidings::MemoryLedger ledger) {
  for (const auto& [topic, log] : scene.truth->topics()) {
    std::vector<tidings::Acknowledgement> proofs;
    ledger.proofs(topic, [&](std::error_code, std::vector<tidings::Acknowledgement> all) { proofs = std::move(all); });
    for (const tidings::Acknowledgement& proof : proofs) {
      // What nobody needs any more, such as expired messages, may be passed without a word.
      const std::uint64_t answered = scene.answered[{proof.user, topic}];
      if (proof.position.offset <= answered) continue;
      if (scene.truth->first_needed(topic, answered, proof.position.offset) == 0) continue;
      scene.fail(proof.user + " is said to have " + topic + " up to " + std::to_string(proof.position.offset) +
                 " without having answered behind it");
    }
  }
}

}  // namespace property

#endif  // TIDINGS_TESTS_PROPERTY_CHECKS_HPP
