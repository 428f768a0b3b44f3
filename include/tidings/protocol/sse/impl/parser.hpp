// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_SSE_IMPL_PARSER_HPP
#define TIDINGS_PROTOCOL_SSE_IMPL_PARSER_HPP

#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/sse/parser.hpp>

#include <algorithm>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

template <class OnEvent, class OnComment>
std::error_code SseParser::feed(std::string_view bytes, OnEvent&& on_event, OnComment&& on_comment) {
  std::size_t at = 0;
  while (!failed_ && at < bytes.size()) {
    if (std::exchange(after_cr_, false) && bytes[at] == '\n') {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    const bool whole = take_line(bytes, at);
    if (failed_ || !whole) break;
    const std::string_view line = bytes.substr(begin, at - 1 - begin);
    if (line_.empty()) {
      on_line(line, on_event, on_comment);
    } else {
      // The kept beginning is moved away first, so that a callback that throws leaves no half line behind.
      const std::string kept = std::exchange(line_, {});
      on_line(kept, on_event, on_comment);
    }
  }
  return failed_ ? make_error_code(errc::payload_too_large) : std::error_code{};
}

// Moves `at` behind the line's end and returns true, or keeps the unfinished line and returns false. The bound is the
// same for a line that came whole and one in pieces, so that the cut of the bytes never changes the result.
inline bool SseParser::take_line(std::string_view bytes, std::size_t& at) {
  const std::size_t begin = at;
  const std::size_t end = std::min(bytes.find_first_of("\r\n", begin), bytes.size());
  failed_ = too_large(line_.size() + (end - begin));
  if (failed_) {
    line_ = {};
    return false;
  }
  const bool whole = end < bytes.size();
  if (!whole || !line_.empty()) line_.append(bytes, begin, end - begin);
  after_cr_ = whole && bytes[end] == '\r';
  at = whole ? end + 1 : end;
  return whole;
}

template <class OnEvent, class OnComment>
void SseParser::on_line(std::string_view line, OnEvent& on_event, OnComment& on_comment) {
  // WHATWG HTML 9.2.5: one leading U+FEFF of the stream is ignored.
  if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.empty()) {
    last_event_id_ = id_;
    event_bytes_ = 0;
    SseEvent event = std::exchange(event_, {});
    if (event.data.empty()) return;
    event.data.pop_back();
    event.id = id_;
    if (event.event.empty()) event.event = "message";
    on_event(std::move(event));
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0) return static_cast<void>(on_comment(line.substr(1)));
  event_bytes_ += line.size();
  std::string_view value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  on_field(line.substr(0, colon), value);
}

inline void SseParser::on_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    event_.data.append(value);
    event_.data.push_back('\n');
  } else if (name == "event") {
    event_.event = value;
  } else if (name == "id") {
    if (value.find('\0') != std::string_view::npos) return;
    id_ = value;
    event_.has_id = true;
  } else if (name == "retry") {
    on_retry(value);
  } else if (event_.unknown.size() < max_unknown_fields) {
    event_.unknown.push_back({std::string(name), std::string(value)});
  }
}

inline void SseParser::on_retry(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return;
  constexpr std::chrono::milliseconds most = max_retry;
  constexpr auto longest = static_cast<std::uint64_t>(most.count());
  const std::uint64_t value = std::min(parse_digits(digits).value_or(longest), longest);
  retry_ = std::chrono::milliseconds(static_cast<std::int64_t>(value));
  event_.retry = retry_;
}

inline void SseParser::end_of_stream() {
  SseParser next(max_event_bytes_);
  next.id_ = last_event_id_;
  next.last_event_id_ = last_event_id_;
  next.retry_ = retry_;
  *this = std::move(next);
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_SSE_IMPL_PARSER_HPP
