// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_SEND_REPORT_HPP
#define TIDINGS_WECHAT_SEND_REPORT_HPP

#include <tidings/delivery/attempt_state.hpp>
#include <tidings/message_id.hpp>
#include <tidings/version.hpp>

#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What became of a message that was to be sent.
struct SendReport {
  struct Recipient {
    std::string user;
    /// accepted (a receipt may follow), rejected, unknown, dropped, expired.
    AttemptState state = AttemptState::queued;
    std::error_code ec{};
    /// In words.
    std::string reason{};
  };

  MessageId message{};
  /// The vendor's; empty = it has said none.
  std::string msgid{};
  /// API calls that were made for it.
  std::uint32_t calls = 0;
  /// Given up, and kept in the ledger for somebody to look at.
  bool dead = false;
  /// Why nothing was sent: `"data.thing1: missing"`.
  std::string problem{};
  std::vector<Recipient> recipients{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_SEND_REPORT_HPP
