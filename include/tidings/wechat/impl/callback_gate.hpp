// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_CALLBACK_GATE_HPP
#define TIDINGS_WECHAT_IMPL_CALLBACK_GATE_HPP

#include <tidings/defaults.hpp>
#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/shared_bytes.hpp>
#include <tidings/wechat/callback_gate.hpp>
#include <tidings/wechat/callback_parser.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

// WeChat's have 9 or 10 digits, others' up to 32 characters; a longer one is nobody's.
inline constexpr std::size_t max_nonce_bytes = 64;
// Encrypted, a number of 19 digits and a corpid have 88.
inline constexpr std::size_t max_echo_bytes = 2048;

inline CallbackCrypto crypto_of(const CallbackAccount& account) {
  using Mode = CallbackAccount::Mode;
  if (account.name.empty()) throw std::invalid_argument("CallbackAccount::name: not empty");
  if (account.mode != Mode::plain && account.aes_key.empty()) {
    throw std::invalid_argument("CallbackAccount::aes_key: only plain mode has none");
  }
  if (account.mode != Mode::safe && account.platform == Platform::wecom) {
    throw std::invalid_argument("CallbackAccount::mode: WeCom is safe");
  }
  return CallbackCrypto({.token = account.token,
                         .receiver = account.id,
                         .aes_key = account.aes_key,
                         .previous_aes_key = account.previous_aes_key});
}

inline const CallbackGateOptions& checked(const CallbackGateOptions& options) {
  using std::chrono::hours;
  using std::chrono::seconds;
  if (options.max_body_bytes < 1 || options.max_body_bytes > defaults::max_callback_bytes) {
    throw std::invalid_argument("CallbackGateOptions::max_body_bytes: 1 .. defaults::max_callback_bytes");
  }
  if (options.window < seconds(1) || options.window > hours(1)) {
    throw std::invalid_argument("CallbackGateOptions::window: 1 s .. 1 h");
  }
  if (options.repeat_life < seconds(1) || options.repeat_life > hours(24)) {
    throw std::invalid_argument("CallbackGateOptions::repeat_life: 1 s .. 24 h");
  }
  if (options.max_requests < 1 || options.max_repeats < 1) {
    throw std::invalid_argument("CallbackGateOptions: max_requests and max_repeats: at least 1");
  }
  return options;
}

constexpr int callback_status(errc code) {
  switch (code) {
    case errc::unauthorized:
    case errc::expired: return 403;
    case errc::not_supported: return 405;
    case errc::body_too_large: return 413;
    case errc::overloaded: return 503;
    default: return 400;
  }
}

// An echo is somebody else's text: no browser is to take it for a page.
inline ResponseHead callback_head(int status) {
  return {status,
          {{"Content-Type", "text/plain; charset=utf-8"},
           {"X-Content-Type-Options", "nosniff"},
           {"Cache-Control", "no-store"}}};
}

}  // namespace detail

inline CallbackGate::CallbackGate(std::vector<CallbackAccount> accounts, CallbackGateOptions options)
    : options_(detail::checked(options)),
      requests_(options.window, options.max_requests),
      repeats_(options.repeat_life, options.max_repeats) {
  if (accounts.empty() || accounts.size() > defaults::max_callback_accounts) {
    throw std::invalid_argument("CallbackGate: 1 .. defaults::max_callback_accounts accounts");
  }
  for (CallbackAccount& each : accounts) {
    const bool twice = std::any_of(accounts_.begin(), accounts_.end(),
                                   [&](const Account& other) { return other.is.name == each.name; });
    if (twice) throw std::invalid_argument("CallbackAccount::name: no two accounts of one name");
    CallbackCrypto crypto = detail::crypto_of(each);
    each.token.clear();
    each.aes_key.clear();
    each.previous_aes_key.clear();
    accounts_.push_back({std::move(each), std::move(crypto)});
  }
}

inline CallbackDecision CallbackGate::on_request(const RequestSnapshot& request, wall_time now) {
  if (request.method != "GET" && request.method != "POST") return refuse(errc::not_supported);
  if (request.body.size() > options_.max_body_bytes) return refuse(errc::body_too_large);
  Query query;
  if (const std::error_code ec = read_query(request, now, query)) return refuse(ec);
  return request.method == "GET" ? on_get(query, now) : on_post(request, query, now);
}

inline std::error_code CallbackGate::read_query(const RequestSnapshot& request, wall_time now, Query& out) const {
  const auto value = [&](std::string_view name) {
    return protocol::query_value(request.target, name).value_or(std::string());
  };
  out.timestamp = value("timestamp");
  out.nonce = value("nonce");
  out.signature = value("signature");
  out.msg_signature = value("msg_signature");
  out.echo = value("echostr");
  const auto second = protocol::parse_digits(out.timestamp);
  if (!second || out.timestamp.size() > 12 || out.nonce.empty() || out.nonce.size() > detail::max_nonce_bytes) {
    return errc::malformed_request;
  }
  if (out.signature.empty() && out.msg_signature.empty()) return errc::malformed_request;
  if (request.method == "GET" && (out.echo.empty() || out.echo.size() > detail::max_echo_bytes)) {
    return errc::malformed_request;
  }
  out.second = static_cast<std::int64_t>(*second);
  if (!requests_.in_time(out.second, now)) return errc::expired;
  return {};
}

inline CallbackDecision CallbackGate::on_get(const Query& query, wall_time now) {
  Found found;
  for (const Account& each : accounts_) {
    if (found.account == nullptr) verify(each, query, found);
  }
  if (found.account == nullptr) return refuse(found.why);
  // The same question may come again, and has the same answer.
  switch (remember(found, query, query.echo, now)) {
    case CallbackRequests::Verdict::reused: return refuse(errc::unauthorized);
    case CallbackRequests::Verdict::forgotten: return refuse(errc::overloaded);
    default: break;
  }
  std::string echo = std::move(found.echo);
  return answer(CallbackDecision::Kind::verified, std::move(found), std::move(echo));
}

inline CallbackDecision CallbackGate::on_post(const RequestSnapshot& request, const Query& query, wall_time now) {
  using Kind = CallbackDecision::Kind;
  CallbackBody body;
  if (const std::error_code ec = parse_callback(request.body, body)) return refuse(ec);
  Found found;
  for (const Account& each : accounts_) {
    if (found.account == nullptr) receive(each, query, body, found);
  }
  if (found.account == nullptr) return refuse(found.why);
  Kind kind = Kind::repeated;
  switch (remember(found, query, request.body, now)) {
    case CallbackRequests::Verdict::reused: return refuse(errc::unauthorized);
    case CallbackRequests::Verdict::forgotten: return refuse(errc::overloaded);
    case CallbackRequests::Verdict::again: break;
    case CallbackRequests::Verdict::first:
      if (repeats_.on_event(digest_of(found.account->is.name, *found.event), now)) kind = Kind::accepted;
      break;
  }
  return answer(kind, std::move(found), "success");
}

inline void CallbackGate::verify(const Account& account, const Query& query, Found& found) const {
  if (account.is.platform != Platform::wecom) {
    if (!account.crypto.verify(query.signature, query.timestamp, query.nonce)) return;
    found.account = &account;
    found.echo = query.echo;
    return;
  }
  // Base64 has no space: it was a plus that nobody escaped.
  std::string sealed = query.echo;
  std::replace(sealed.begin(), sealed.end(), ' ', '+');
  if (!account.crypto.verify(query.msg_signature, query.timestamp, query.nonce, sealed)) return;
  CallbackCrypto::Opened opened;
  if (const std::error_code ec = account.crypto.open(sealed, opened)) {
    found.why = ec;
    return;
  }
  found.account = &account;
  found.echo = std::move(opened.message);
  found.sealed = true;
  found.previous_key = opened.key == CallbackCrypto::Key::previous;
}

inline void CallbackGate::receive(const Account& account, const Query& query, const CallbackBody& body,
                                  Found& found) const {
  using Mode = CallbackAccount::Mode;
  const auto differs = [](const std::string& wanted, const std::string& said) {
    return !wanted.empty() && !said.empty() && wanted != said;
  };
  if (differs(account.is.to_user, body.to_user) || differs(account.is.agent_id, body.agent_id)) return;
  if (!body.encrypted.empty() && account.is.mode != Mode::plain) return receive_sealed(account, query, body, found);
  if (account.is.mode == Mode::safe || !body.event) return;
  if (!account.crypto.verify(query.signature, query.timestamp, query.nonce)) return;
  if (!account.is.to_user.empty() && account.is.to_user != body.event->to_user) return;
  found.account = &account;
  found.event = body.event;
}

inline void CallbackGate::receive_sealed(const Account& account, const Query& query, const CallbackBody& body,
                                         Found& found) const {
  if (!account.crypto.verify(query.msg_signature, query.timestamp, query.nonce, body.encrypted)) return;
  CallbackCrypto::Opened opened;
  CallbackBody inner;
  std::error_code ec = account.crypto.open(body.encrypted, opened);
  if (!ec) ec = parse_callback(opened.message, inner);
  if (!ec && !inner.event) ec = errc::invalid_envelope;
  if (ec) {
    found.why = ec;
    return;
  }
  const auto is = [](const std::string& wanted, const std::string& said) { return wanted.empty() || wanted == said; };
  // What stands outside is not covered by the key: it only chose the account.
  if (!is(account.is.to_user, inner.event->to_user)) return;
  if (!is(account.is.agent_id, inner.event->agent_id.empty() ? body.agent_id : inner.event->agent_id)) return;
  found.account = &account;
  found.event = std::move(inner.event);
  found.sealed = true;
  found.previous_key = opened.key == CallbackCrypto::Key::previous;
}

inline CallbackRequests::Verdict CallbackGate::remember(const Found& found, const Query& query,
                                                        std::string_view content, wall_time now) {
  // Nonces have 9 digits or so: under load two callbacks of one second may have the same one. Where the signature covers
  // the content, it tells them apart; where it does not, a second content is what must not get in.
  const std::string_view signature = found.sealed ? std::string_view(query.msg_signature) : std::string_view();
  const std::array<std::string_view, 4> signed_part{found.account->is.name, query.timestamp, query.nonce, signature};
  const std::array<std::string_view, 1> rest{found.sealed ? std::string_view() : content};
  return requests_.on_request(digest_of(signed_part), digest_of(rest), query.second, now);
}

inline CallbackDecision CallbackGate::refuse(std::error_code why) {
  CallbackDecision decision;
  const auto code = static_cast<errc>(why.value());
  decision.why = why;
  decision.head = detail::callback_head(detail::callback_status(code));
  if (code == errc::not_supported) decision.head.headers.push_back({"Allow", "GET, POST"});
  if (code == errc::overloaded) decision.head.headers.push_back({"Retry-After", "5"});
  decision.body = to_string(code);
  return decision;
}

inline CallbackDecision CallbackGate::answer(CallbackDecision::Kind kind, Found found, std::string body) {
  return {.kind = kind,
          .why = {},
          .head = detail::callback_head(200),
          .body = std::move(body),
          .account = found.account->is.name,
          .event = std::move(found.event),
          .previous_key = found.previous_key};
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_CALLBACK_GATE_HPP
