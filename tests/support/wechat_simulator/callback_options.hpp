// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_OPTIONS_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_OPTIONS_HPP

#include "support/wechat_simulator/json.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace wechat_simulator {

/// Where and how events are told, as an account's `callback` says; a rule for receipts may say otherwise for some.
struct CallbackOptions {
  enum class Mode { plain, compat, safe };
  enum class Format { xml, json };

  /// Empty = events are kept, but not sent.
  std::string url{};
  std::string token = "pushtoken";
  /// 43 characters; without it only `plain`.
  std::string aes_key{};
  /// Empty = the account's id.
  std::string receiver{};
  std::string to_user_name = "gh_0123456789ab";
  Mode mode = Mode::plain;
  Format format = Format::xml;
  /// Real milliseconds.
  std::int64_t timeout_ms = 5000;
  /// After the first attempt.
  int retries = 3;
  /// Each attempt has a timestamp, a nonce and an encryption of its own; the event in it is the same.
  bool resign = true;
  /// Virtual milliseconds from the answer on, between these two.
  std::array<std::int64_t, 2> delay_ms{0, 0};
  std::int64_t retry_delay_ms = 0;
  /// The first attempt is over before the answer of the send leaves.
  bool before_answer = false;
  bool lost = false;
  /// So many more after one that was received.
  int duplicates = 0;
  bool forged = false;
  /// A list of one is a list.
  bool list_as_array = false;
  std::string msgid_tag = "MsgID";
  /// In JSON: numbers are numbers, not texts.
  bool json_numbers = false;
  /// Empty = what became of the message.
  std::string status{};

  /// Throws `std::invalid_argument`.
  static CallbackOptions parse(const Json& json);
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_OPTIONS_HPP
