// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_SSE_ENCODER_HPP
#define TIDINGS_PROTOCOL_SSE_ENCODER_HPP

#include <tidings/defaults.hpp>
#include <tidings/error.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// The comment that keeps a quiet stream alive. The blank line lets a parser that waits for blocks see it too.
inline constexpr std::string_view sse_heartbeat = ":\n\n";

/// Checks an event name given by a user.
///
/// @param name  0 .. defaults::max_event_name_bytes bytes of UTF-8.
/// Errors      errc::invalid_event_name: CR, LF or NUL, not UTF-8, too long, or beginning with `tidings.`, which is
///             kept for the library's own events.
inline std::error_code check_event_name(std::string_view name) noexcept {
  constexpr std::string_view forbidden("\r\n\0", 3);
  const bool good = name.size() <= defaults::max_event_name_bytes &&
                    name.find_first_of(forbidden) == std::string_view::npos && !name.starts_with("tidings.") &&
                    is_valid_utf8(name);
  return good ? std::error_code{} : make_error_code(errc::invalid_event_name);
}

/// Checks a text that is to stand in an `id:` line.
///
/// @param id  Any length.
/// Errors    errc::invalid_cursor: CR, LF (they would begin a new line) or NUL (browsers ignore the whole line).
/// Source    WHATWG HTML 9.2.6, "id".
inline std::error_code check_event_id(std::string_view id) noexcept {
  constexpr std::string_view forbidden("\r\n\0", 3);
  return id.find_first_of(forbidden) == std::string_view::npos ? std::error_code{}
                                                               : make_error_code(errc::invalid_cursor);
}

namespace detail {

// Walks the line breaks of a text. Both searches are remembered, else text with one kind of break only would be
// searched to its end for the other kind again at every line.
class LineBreaks {
 public:
  explicit LineBreaks(std::string_view text) : text_(text), lf_(find('\n', 0)), cr_(find('\r', 0)) {}

  // Position of the first break at or after `at`, or the size of the text.
  std::size_t next(std::size_t at) {
    if (lf_ < at) lf_ = find('\n', at);
    if (cr_ < at) cr_ = find('\r', at);
    return lf_ < cr_ ? lf_ : cr_;
  }

 private:
  std::size_t find(char wanted, std::size_t at) const {
    if (at >= text_.size()) return text_.size();
    const void* found = std::memchr(text_.data() + at, wanted, text_.size() - at);
    return found == nullptr ? text_.size() : static_cast<std::size_t>(static_cast<const char*>(found) - text_.data());
  }

  std::string_view text_;
  std::size_t lf_;
  std::size_t cr_;
};

inline void append_field(std::string& out, std::string_view field, std::string_view value) {
  out.append(field);
  out.append(value);
  out.push_back('\n');
}

inline void append_data_lines(std::string& out, std::string_view data) {
  LineBreaks breaks(data);
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = breaks.next(begin);
    append_field(out, "data: ", data.substr(begin, end - begin));
    if (end == data.size()) return;
    const bool pair = data[end] == '\r' && end + 1 < data.size() && data[end + 1] == '\n';
    begin = end + (pair ? 2 : 1);
  }
}

}  // namespace detail

/// Appends one event without its `id:` line: the part that is the same bytes for every reader.
///
/// An `id: <text>\n` line put in front of it makes it whole.
/// @param event     Checked by check_event_name, or one of ours. Empty or `message`: no line.
/// @param data      UTF-8. CR, LF and CRLF each begin a new `data:` line, so CR comes back as LF. Empty data has its
///                  line too, since an event without one is never dispatched.
/// @param encoding  Value of the `enc:` line; empty: no line.
/// Source          WHATWG HTML 9.2.5 and 9.2.6.
inline void encode_sse_body(std::string& out, std::string_view event, std::string_view data,
                            std::string_view encoding = {}) {
  if (!event.empty() && event != "message") detail::append_field(out, "event: ", event);
  if (!encoding.empty()) detail::append_field(out, "enc: ", encoding);
  detail::append_data_lines(out, data);
  out.push_back('\n');
}

/// Appends one whole event.
///
/// @param id     Checked by check_event_id, or one of ours. Empty: no line.
/// @param event  As in encode_sse_body.
/// @param data   As in encode_sse_body.
inline void encode_sse_event(std::string& out, std::string_view id, std::string_view event, std::string_view data) {
  if (!id.empty()) detail::append_field(out, "id: ", id);
  encode_sse_body(out, event, data);
}

/// Appends a block that sets the client's reconnection time. Nothing is dispatched by it.
///
/// @param retry  Milliseconds, >= 0; less counts as 0.
/// Source       WHATWG HTML 9.2.6, "retry".
inline void encode_sse_retry(std::string& out, std::chrono::milliseconds retry) {
  const auto count = retry.count() < 0 ? 0 : retry.count();
  detail::append_field(out, "retry: ", std::to_string(count));
  out.push_back('\n');
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_SSE_ENCODER_HPP
