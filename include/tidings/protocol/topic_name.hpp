// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_TOPIC_NAME_HPP
#define TIDINGS_PROTOCOL_TOPIC_NAME_HPP

#include <tidings/defaults.hpp>
#include <tidings/error.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Whether the name is a user's inbox: it begins with `@`.
constexpr bool is_inbox(std::string_view topic) noexcept { return topic.starts_with('@'); }

/// The inbox of a user.
inline std::string inbox_of(std::string_view user) { return std::string("@").append(user); }

/// Checks the name of a topic or inbox.
///
/// @param topic  1 .. defaults::max_topic_bytes bytes of UTF-8; an inbox has at least one character behind its `@`.
/// Errors       errc::invalid_topic: also a control character, a comma (it separates names in `topics=`), or a blank
///              at an end.
inline std::error_code check_topic_or_inbox(std::string_view topic) noexcept {
  const std::string_view name = is_inbox(topic) ? topic.substr(1) : topic;
  const bool good =
      !name.empty() && topic.size() <= defaults::max_topic_bytes && name.front() != ' ' && name.back() != ' ' &&
      std::none_of(name.begin(), name.end(),
                   [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == ','; }) &&
      is_valid_utf8(name);
  return good ? std::error_code{} : make_error_code(errc::invalid_topic);
}

/// Checks the name of a shared topic.
///
/// Errors  errc::invalid_topic: as above, and a leading `@`, which belongs to inboxes.
inline std::error_code check_topic(std::string_view topic) noexcept {
  return is_inbox(topic) ? make_error_code(errc::invalid_topic) : check_topic_or_inbox(topic);
}

/// The 36 bits by which tokens name a topic. Part of the wire format: the same for ever and on every machine.
///
/// Two topics of one session share a tag with a chance of 3 in 100 million at 64 topics; their tokens then differ by
/// their epochs, and the confusion ends in a gap, never in a silent hole.
/// Source  FNV-1a, 64 bits, its upper half folded in.
constexpr std::uint64_t topic_tag(std::string_view topic) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (char c : topic) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3ULL;
  }
  return (hash ^ hash >> 36U) & 0xF'FFFF'FFFFULL;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_TOPIC_NAME_HPP
