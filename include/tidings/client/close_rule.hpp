// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_CLOSE_RULE_HPP
#define TIDINGS_CLIENT_CLOSE_RULE_HPP

#include <tidings/close_code.hpp>
#include <tidings/version.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// What the end of a connection asks of a client.
enum class Rule {
  /// Not to come back: it would end the same way.
  stop,
  /// To come back, with the usual jitter.
  back,
  /// When the server said, else not at once.
  later,
  /// With new credentials.
  renew,
};

/// Of a close code. Source  docs/guides/wire.md, "The end".
constexpr Rule close_rule(CloseCode code) noexcept {
  switch (code) {
    case CloseCode::normal:
    case CloseCode::protocol_error:
    case CloseCode::unsupported_data:
    case CloseCode::invalid_payload:
    case CloseCode::message_too_big: return Rule::stop;
    case CloseCode::policy_violation:
    case CloseCode::internal_error:
    case CloseCode::service_restart:
    case CloseCode::try_again_later:
    case CloseCode::disconnected: return Rule::later;
    case CloseCode::credentials_expired: return Rule::renew;
    default: break;
  }
  const auto number = static_cast<unsigned>(code);
  return number >= 4000 && number <= 4499 ? Rule::stop : Rule::back;
}

/// Of the status of an answer that is no connection: a refused handshake, or an event stream that is none.
///
/// Source  docs/guides/wire.md, "Refusals". What a proxy or a server that is being replaced says (404, 502) passes.
constexpr Rule status_rule(int status) noexcept {
  switch (status) {
    case 204:  // WHATWG HTML 9.2.3: an EventSource stops on purpose
    case 400:
    case 403:
    case 407:
    case 413: return Rule::stop;
    case 401: return Rule::renew;
    default: return Rule::later;
  }
}

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_CLOSE_RULE_HPP
