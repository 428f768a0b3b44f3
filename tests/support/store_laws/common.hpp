// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_STORE_LAWS_COMMON_HPP
#define TIDINGS_TESTS_SUPPORT_STORE_LAWS_COMMON_HPP

#include <tidings/store_concepts.hpp>

#include "support/store_under_test.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace support::conformance {

using tidings::Appended;
using tidings::Evidence;
using tidings::ExceptionReason;
using tidings::InboxPage;
using tidings::MemberPosition;
using tidings::Position;
using tidings::ReadResult;
using tidings::Standing;
using tidings::StandingsResult;
using tidings::StoredMessagePtr;
using namespace std::chrono_literals;

using Offsets = std::vector<std::uint64_t>;

inline Offsets offsets_of(const std::vector<StoredMessagePtr>& messages) {
  Offsets offsets;
  for (const StoredMessagePtr& each : messages) offsets.push_back(each->position.offset);
  return offsets;
}

inline Offsets offsets_of(const InboxPage& page) {
  Offsets offsets;
  for (const tidings::InboxItem& each : page.items) offsets.push_back(each.message->position.offset);
  return offsets;
}

inline Offsets superseded_of(const ReadResult& result) {
  Offsets offsets;
  for (const tidings::OffsetRange& each : result.superseded) {
    for (std::uint64_t offset = each.from; offset <= each.to; ++offset) offsets.push_back(offset);
  }
  return offsets;
}

/// "alice acknowledged ack", sorted, one line for each member.
inline std::vector<std::string> lines_of(const StandingsResult& result) {
  std::vector<std::string> lines;
  for (const tidings::MemberStanding& each : result.members) {
    std::string line = each.user;
    if (each.standing == Standing::outstanding) line += " outstanding";
    if (each.standing == Standing::acknowledged) line += std::string(" acknowledged ") + to_string(each.evidence);
    if (each.standing == Standing::excepted) line += std::string(" excepted ") + to_string(each.reason);
    if (each.seen) line += " seen";
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace support::conformance

#endif  // TIDINGS_TESTS_SUPPORT_STORE_LAWS_COMMON_HPP
