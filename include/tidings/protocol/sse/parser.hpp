// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_SSE_PARSER_HPP
#define TIDINGS_PROTOCOL_SSE_PARSER_HPP

#include <tidings/defaults.hpp>
#include <tidings/error.hpp>
#include <tidings/protocol/sse/event.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Reads an event stream that arrives in pieces of any size.
///
///     SseParser parser;
///     parser.feed(bytes, [](SseEvent&& event) { show(event.data); });
///
/// Text is handed on as it came, unchecked: a caller that must have UTF-8 asks is_valid_utf8.
/// Where the standard and the browsers differ, it does as browsers do: the last event id outlives end_of_stream().
/// Thread    none of its own; one thread at a time.
/// Lifetime  events own their text.
/// Source    WHATWG HTML 9.2.5 and 9.2.6.
class SseParser {
 public:
  /// Longer reconnection times are taken as this, so that no stream can keep its client away for ever.
  static constexpr std::chrono::hours max_retry{24};

  /// Unknown fields kept of one event, since each costs more memory than its line; further ones are ignored.
  static constexpr std::size_t max_unknown_fields = 16;

  /// @param max_event_bytes  Most bytes of one event's lines, and of one comment; 1 or more.
  explicit SseParser(std::size_t max_event_bytes = defaults::max_sse_event_bytes) noexcept
      : max_event_bytes_(max_event_bytes) {}

  /// Takes the next bytes of the stream and hands out the events that they complete.
  ///
  /// @param bytes       0 .. any number of bytes, cut anywhere.
  /// @param on_event    Called as `on_event(SseEvent&&)`, in order. What it throws passes through, and the rest of
  ///                    `bytes` is lost: call reset() then.
  /// @param on_comment  Called as `on_comment(std::string_view)` with the text behind the colon.
  /// Errors            errc::payload_too_large: an event or a comment is longer than max_event_bytes. Events before
  ///                   it have been handed out; every later call fails until reset() or end_of_stream().
  template <class OnEvent, class OnComment>
  std::error_code feed(std::string_view bytes, OnEvent&& on_event, OnComment&& on_comment);

  /// The same, without a look at comments.
  template <class OnEvent>
  std::error_code feed(std::string_view bytes, OnEvent&& on_event) {
    return feed(bytes, std::forward<OnEvent>(on_event), [](std::string_view) {});
  }

  /// The stream ended: an unfinished event is dropped; the last event id and the reconnection time stay for the next
  /// stream.
  void end_of_stream();

  /// Forgets everything.
  void reset() { *this = SseParser(max_event_bytes_); }

  /// What to send as `Last-Event-ID`: the id as of the last blank line, empty when there is none.
  const std::string& last_event_id() const noexcept { return last_event_id_; }

  /// The last reconnection time of the stream, in force from its own line on.
  std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

 private:
  bool take_line(std::string_view bytes, std::size_t& at);
  template <class OnEvent, class OnComment>
  void on_line(std::string_view line, OnEvent& on_event, OnComment& on_comment);
  void on_field(std::string_view name, std::string_view value);
  void on_retry(std::string_view digits);
  bool too_large(std::size_t line_bytes) const { return line_bytes > max_event_bytes_ - event_bytes_; }

  std::size_t max_event_bytes_;
  std::size_t event_bytes_ = 0;  // lines of the event so far, never above max_event_bytes_
  std::string line_;             // the beginning of a line whose end has not come yet
  std::string id_;               // the "last event ID buffer"
  std::string last_event_id_;
  SseEvent event_;  // data carries a line break behind each line until it is dispatched
  std::optional<std::chrono::milliseconds> retry_;
  bool first_line_ = true;
  bool after_cr_ = false;  // an LF that comes now belongs to the CR before it
  bool failed_ = false;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#include <tidings/protocol/sse/impl/parser.hpp>

#endif  // TIDINGS_PROTOCOL_SSE_PARSER_HPP
