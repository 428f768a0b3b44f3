// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_EFFORT_TEXT_HPP
#define TIDINGS_WECHAT_EFFORT_TEXT_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/effort.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// An effort as a ledger keeps it: numbers with commas between them, the classes in their order, then rereads, refreshes
/// and whether some try may have been taken.
inline std::string to_text(const Effort& effort) {
  std::string text;
  for (const std::uint16_t each : effort.ended) text += std::to_string(each) + ',';
  return text + std::to_string(effort.rereads) + ',' + std::to_string(effort.refreshes) + ',' +
         (effort.maybe_sent ? '1' : '0');
}

/// Reads what `to_text` wrote. Of anything else: an effort that may have been sent, so that nothing is sent twice; none at
/// all for an empty text.
inline Effort effort_of(std::string_view text) {
  Effort effort;
  if (text.empty()) return effort;
  std::uint16_t sent = 1;
  bool good = true;
  const auto take = [&](std::uint16_t& number) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    good = good && ec == std::errc();
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && text.front() == ',') text.remove_prefix(1);
  };
  for (std::uint16_t& each : effort.ended) take(each);
  take(effort.rereads);
  take(effort.refreshes);
  take(sent);
  effort.maybe_sent = sent != 0;
  if (!good || !text.empty()) {
    effort = {};
    effort.maybe_sent = true;
  }
  return effort;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_EFFORT_TEXT_HPP
