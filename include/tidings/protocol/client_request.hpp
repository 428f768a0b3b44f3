// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_CLIENT_REQUEST_HPP
#define TIDINGS_PROTOCOL_CLIENT_REQUEST_HPP

#include <tidings/defaults.hpp>
#include <tidings/protocol/cursor.hpp>
#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/http/etag.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/request_snapshot.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// What a client asks for, read out of one request. Claims only: the Identity decides.
struct ClientRequest {
  enum class From { unsaid, top, start };

  /// `topics=`: beside those of the identity.
  std::vector<std::string> topics;
  /// The cursor, whichever way it was spelled; none if the client has none.
  std::optional<Cursor> cursor;
  /// A cursor was given but none of them can be read: a gap of every topic.
  bool cursor_unreadable = false;
  /// The server kept the cursor and lost it: a gap of every topic in which no acknowledged offset stands for it.
  bool cursor_lost = false;
  From from = From::unsaid;
  /// `ids=own`: events carry their own tokens.
  bool own_ids = false;
  /// Said by `If-None-Match`: nothing new is answered 304.
  bool conditional = false;
  /// `wait=` in seconds: a long poll. At most an hour; the hub caps it further.
  std::chrono::milliseconds wait{0};
  /// `limit=`, 1 .. defaults::max_poll_limit.
  std::size_t limit = defaults::poll_limit;
  /// `device=`: at most 64 of `[A-Za-z0-9_-]`; empty if unsaid or anything else.
  std::string device;
  std::string peer;
};

namespace detail {

inline bool is_device_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// A later spelling wins, token by token.
inline void read_cursor(ClientRequest& request, std::string_view text) {
  if (text.empty()) return;
  Cursor cursor;
  if (Cursor::parse(text, cursor)) {
    request.cursor_unreadable = true;
    return;
  }
  if (request.cursor) cursor.merge_over(*request.cursor);
  request.cursor = std::move(cursor);
}

}  // namespace detail

/// The decimal number of a query parameter; nothing for anything else, also when it does not fit 64 bits.
inline std::optional<std::uint64_t> query_number(std::string_view target, std::string_view name) {
  const std::optional<std::string> text = query_value(target, name);
  if (!text) return std::nullopt;
  return parse_digits(*text);
}

namespace detail {

// Values of the parameters that count, still escaped; of several with one name the first.
struct RequestParameters {
  std::optional<std::string_view> after;
  std::optional<std::string_view> from;
  std::optional<std::string_view> ids;
  std::optional<std::string_view> wait;
  std::optional<std::string_view> limit;
  std::optional<std::string_view> device;

  std::optional<std::string_view>* place_of(std::string_view name) {
    if (same_query_name(name, "after")) return &after;
    if (same_query_name(name, "from")) return &from;
    if (same_query_name(name, "ids")) return &ids;
    if (same_query_name(name, "wait")) return &wait;
    if (same_query_name(name, "limit")) return &limit;
    return same_query_name(name, "device") ? &device : nullptr;
  }
};

inline RequestParameters find_parameters(std::string_view target) {
  RequestParameters found;
  visit_query(target_query(target), [&found](std::string_view name, std::string_view value) {
    std::optional<std::string_view>* const place = found.place_of(name);
    if (place != nullptr && !*place) *place = value;
    return false;
  });
  return found;
}

inline std::uint64_t number_or(std::optional<std::string_view> escaped, std::uint64_t other) {
  return escaped ? parse_digits(percent_decode(*escaped)).value_or(other) : other;
}

}  // namespace detail

/// Reads the query, `Last-Event-ID` and `If-None-Match`. Never fails: what cannot be read is a gap or a default.
inline ClientRequest read_client_request(const RequestSnapshot& snapshot) {
  const std::string_view target = snapshot.target;
  ClientRequest request;
  request.peer = snapshot.peer;
  request.topics = query_list(target, "topics");
  const detail::RequestParameters said = detail::find_parameters(target);
  if (said.after) {
    detail::read_cursor(request, percent_decode(*said.after));
  } else if (const auto match = snapshot.header("if-none-match")) {
    if (const auto tag = if_none_match_cursor(*match)) {
      detail::read_cursor(request, *tag);
      request.conditional = true;
    }
  }
  // A reconnecting EventSource keeps its old URL: what it says in the header is newer.
  if (const auto last = snapshot.header("last-event-id")) detail::read_cursor(request, *last);
  // One readable spelling is enough.
  if (request.cursor) request.cursor_unreadable = false;
  const std::string from = percent_decode(said.from.value_or(""));
  if (from == "top") request.from = ClientRequest::From::top;
  if (from == "start") request.from = ClientRequest::From::start;
  request.own_ids = percent_decode(said.ids.value_or("")) == "own";
  // Capped before it is multiplied: the number is a stranger's.
  request.wait = std::chrono::seconds(std::min<std::uint64_t>(detail::number_or(said.wait, 0), 3600));
  request.limit = static_cast<std::size_t>(
      std::clamp<std::uint64_t>(detail::number_or(said.limit, defaults::poll_limit), 1, defaults::max_poll_limit));
  std::string device = percent_decode(said.device.value_or(""));
  if (detail::is_device_name(device)) request.device = std::move(device);
  return request;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_CLIENT_REQUEST_HPP
