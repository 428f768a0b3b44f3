// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_ENDPOINT_TRAITS_HPP
#define TIDINGS_WECHAT_ENDPOINT_TRAITS_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/endpoint.hpp>
#include <tidings/wechat/endpoint_kind.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What is known of an API call before it is made.
struct EndpointTraits {
  /// By what the server knows a message that it has had before.
  enum class Idempotency : std::uint8_t {
    none,
    /// By the member `key_field` of the body, for one recipient.
    key,
    /// By the whole body, while the member `key_field` asks for it.
    same_body,
  };
  enum class QuotaUnit : std::uint8_t {
    call,
    /// Each recipient of a call counts.
    recipient,
  };

  /// Behind the host.
  const char* path = "";
  EndpointKind kind = EndpointKind::send;
  bool is_post = true;
  Idempotency idempotency = Idempotency::none;
  const char* key_field = "";
  /// So long the server knows it.
  std::chrono::seconds key_life{0};
  /// The answer names the message, so that a receipt can be told to be its.
  bool has_message_id = false;
  /// The event that says what became of the message; empty = none ever comes, and *accepted* is the last word.
  const char* receipt_event = "";
  QuotaUnit quota_unit = QuotaUnit::call;
  /// A day; 0 = none is published, or it depends on the account.
  std::int64_t daily_quota = 0;
};

const EndpointTraits& traits_of(Endpoint endpoint) noexcept;

namespace detail {

// In the order of the enumerators. Paths and events: D, W:90236, W:91039; numbers a day: D API_Call_Limits,
// D api_getstableaccesstoken, D Template_Message_Interface; client_msg_id: silenceper/wechat#651. WeCom's day is 200 for
// each account of the corp.
inline constexpr std::array<EndpointTraits, endpoint_count> endpoint_traits{{
    {.path = "/cgi-bin/token", .kind = EndpointKind::token, .is_post = false, .daily_quota = 2000},
    {.path = "/cgi-bin/stable_token", .kind = EndpointKind::token, .daily_quota = 500'000},
    {.path = "/cgi-bin/gettoken", .kind = EndpointKind::token, .is_post = false},
    {.path = "/cgi-bin/message/template/send",
     .idempotency = EndpointTraits::Idempotency::key,
     .key_field = "client_msg_id",
     .key_life = std::chrono::minutes(10),
     .has_message_id = true,
     .receipt_event = "TEMPLATESENDJOBFINISH",
     .daily_quota = 100'000},
    {.path = "/cgi-bin/message/subscribe/bizsend", .receipt_event = "subscribe_msg_sent_event"},
    {.path = "/cgi-bin/message/custom/send", .daily_quota = 500'000},
    {.path = "/cgi-bin/message/subscribe/send", .has_message_id = true, .receipt_event = "subscribe_msg_sent_event"},
    {.path = "/cgi-bin/message/send",
     .idempotency = EndpointTraits::Idempotency::same_body,
     .key_field = "enable_duplicate_check",
     .key_life = std::chrono::minutes(30),
     .has_message_id = true,
     .quota_unit = EndpointTraits::QuotaUnit::recipient},
}};

}  // namespace detail

inline const EndpointTraits& traits_of(Endpoint endpoint) noexcept {
  return detail::endpoint_traits[static_cast<std::size_t>(endpoint)];
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_ENDPOINT_TRAITS_HPP
