// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_GATE_HPP
#define TIDINGS_WECHAT_CALLBACK_GATE_HPP

#include <tidings/error.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/callback_account.hpp>
#include <tidings/wechat/callback_body.hpp>
#include <tidings/wechat/callback_crypto.hpp>
#include <tidings/wechat/callback_decision.hpp>
#include <tidings/wechat/callback_gate_options.hpp>
#include <tidings/wechat/callback_repeats.hpp>
#include <tidings/wechat/callback_requests.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Decides what a request to a callback URL is answered, and whether it brings anything new. No I/O, no clock.
///
/// ```cpp
/// tidings::wechat::CallbackGate gate{{{.name = "oa", .id = appid, .token = token, .aes_key = key}}};
/// auto decision = gate.on_request(request, now);
/// // Answer decision.head and decision.body; then, if it is accepted, work on *decision.event.
/// ```
/// The account is the first one whose ids, signature and key fit. Nothing is remembered of a request that is not signed.
///
/// Answers    200 with the text of `echostr`, or `success`. 400 errc::malformed_request, errc::invalid_utf8,
///            errc::invalid_envelope; 403 errc::unauthorized (no account signed it, or its signature was used for another
///            content), errc::expired; 405 errc::not_supported; 413 errc::body_too_large; 503 errc::overloaded.
/// Thread     none of its own.
class CallbackGate {
 public:
  /// Throws `std::invalid_argument`: no account, or more than defaults::max_callback_accounts; two of one name, or none;
  /// what CallbackCrypto refuses; a mode that needs a key without one; WeCom not safe; options out of their range.
  explicit CallbackGate(std::vector<CallbackAccount> accounts, CallbackGateOptions options = {});

  /// @param request  Method, target and body are looked at.
  CallbackDecision on_request(const RequestSnapshot& request, wall_time now);

 private:
  struct Account {
    CallbackAccount is;
    CallbackCrypto crypto;
  };
  struct Query {
    std::string timestamp;
    std::int64_t second = 0;
    std::string nonce;
    std::string signature;
    std::string msg_signature;
    std::string echo;
  };
  struct Found {
    const Account* account = nullptr;
    std::string echo{};
    std::optional<CallbackEvent> event{};
    // The signature covers the content.
    bool sealed = false;
    bool previous_key = false;
    // Why it is nobody's.
    std::error_code why = errc::unauthorized;
  };

  std::error_code read_query(const RequestSnapshot& request, wall_time now, Query& out) const;
  CallbackDecision on_get(const Query& query, wall_time now);
  CallbackDecision on_post(const RequestSnapshot& request, const Query& query, wall_time now);
  // Fills `found` if it is this account's; else it may tell why not.
  void verify(const Account& account, const Query& query, Found& found) const;
  void receive(const Account& account, const Query& query, const CallbackBody& body, Found& found) const;
  void receive_sealed(const Account& account, const Query& query, const CallbackBody& body, Found& found) const;
  CallbackRequests::Verdict remember(const Found& found, const Query& query, std::string_view content, wall_time now);
  static CallbackDecision refuse(std::error_code why);
  static CallbackDecision answer(CallbackDecision::Kind kind, Found found, std::string body);

  std::vector<Account> accounts_;
  CallbackGateOptions options_;
  CallbackRequests requests_;
  CallbackRepeats repeats_;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/callback_gate.hpp>

#endif  // TIDINGS_WECHAT_CALLBACK_GATE_HPP
