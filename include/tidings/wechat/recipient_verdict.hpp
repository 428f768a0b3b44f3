// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RECIPIENT_VERDICT_HPP
#define TIDINGS_WECHAT_RECIPIENT_VERDICT_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/api_answer.hpp>
#include <tidings/wechat/app_message.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What an accepted call of WeCom says of one of its recipients.
struct RecipientVerdict {
  enum class Kind : std::uint8_t { user, department, tag };
  enum class Verdict : std::uint8_t {
    accepted,
    /// Unknown, or out of the application's sight.
    invalid,
    /// Without a licence for it.
    unlicensed,
  };

  Kind kind = Kind::user;
  /// As the message has it.
  std::string id;
  Verdict verdict = Verdict::accepted;

  friend bool operator==(const RecipientVerdict&, const RecipientVerdict&) = default;
};

namespace detail {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline bool same_id(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (lower(one[i]) != lower(other[i])) return false;
  }
  return true;
}

inline bool has_id(std::span<const std::string> ids, std::string_view id) {
  for (const std::string& each : ids) {
    if (same_id(each, id)) return true;
  }
  return false;
}

inline void judge(std::vector<RecipientVerdict>& out, RecipientVerdict::Kind kind, std::span<const std::string> asked,
                  std::span<const std::string> invalid, std::span<const std::string> unlicensed) {
  using Verdict = RecipientVerdict::Verdict;
  for (const std::string& each : asked) {
    const bool bad = has_id(invalid, each);
    const bool bare = !bad && has_id(unlicensed, each);
    out.push_back({kind, each, bad ? Verdict::invalid : bare ? Verdict::unlicensed : Verdict::accepted});
  }
}

}  // namespace detail

/// One verdict for each recipient, in the order of the message; of a message for everyone those whom it does not reach.
///
/// The server lowers the case of userids, and so it makes no difference here.
inline std::vector<RecipientVerdict> recipient_verdicts(const AppMessage& message, const ApiAnswer& answer) {
  std::vector<RecipientVerdict> verdicts;
  using Kind = RecipientVerdict::Kind;
  if (message.everyone) {
    detail::judge(verdicts, Kind::user, answer.invalid_users, answer.invalid_users, {});
    detail::judge(verdicts, Kind::user, answer.unlicensed_users, {}, answer.unlicensed_users);
    return verdicts;
  }
  detail::judge(verdicts, Kind::user, message.users, answer.invalid_users, answer.unlicensed_users);
  detail::judge(verdicts, Kind::department, message.departments, answer.invalid_departments, {});
  detail::judge(verdicts, Kind::tag, message.tags, answer.invalid_tags, {});
  return verdicts;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RECIPIENT_VERDICT_HPP
