// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_METRICS_HPP
#define TIDINGS_METRICS_HPP

#include <tidings/counters.hpp>

#include <cstdint>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

/// One counter under its Prometheus name.
struct Metric {
  std::string_view name;
  std::string_view help;
  Counter Counters::*value;
  /// A level that also falls; else a number that only grows.
  bool gauge = false;
};

/// Everything that a hub counts, under the names of Prometheus' conventions.
inline constexpr Metric metrics[] = {
    {"tidings_published_total", "Messages stored.", &Counters::published},
    {"tidings_publish_failures_total", "Messages that could not be stored.", &Counters::publish_failures},
    {"tidings_publish_duplicates_total", "Messages whose idempotency key was known.", &Counters::duplicates},
    {"tidings_deliveries_total", "Messages handed to a session's transport.", &Counters::deliveries},
    {"tidings_sessions_opened_total", "Streams and polls opened.", &Counters::sessions_opened},
    {"tidings_sessions_closed_total", "Streams and polls ended.", &Counters::sessions_closed},
    {"tidings_sse_sessions", "Event streams open now.", &Counters::sse_sessions, true},
    {"tidings_websocket_sessions", "WebSockets open now.", &Counters::ws_sessions, true},
    {"tidings_raw_sessions", "WebSockets of the application's own protocol open now.", &Counters::raw_sessions, true},
    {"tidings_long_polls", "Polls waiting now.", &Counters::long_polls, true},
    {"tidings_polls_total", "Polls answered.", &Counters::polls},
    {"tidings_polls_not_modified_total", "Polls answered without news.", &Counters::polls_not_modified},
    {"tidings_polls_throttled_total", "Polls refused with 429.", &Counters::polls_throttled},
    {"tidings_gaps_total", "Gaps told to clients.", &Counters::gaps},
    {"tidings_mailbox_overflows_total", "Times that a loop fell behind and read from the store.",
     &Counters::mailbox_overflows},
    {"tidings_spills_total", "Slow readers sent back to the store.", &Counters::spills},
    {"tidings_dropped_messages_total", "Messages dropped by a queue's policy.", &Counters::dropped_messages},
    {"tidings_slow_closed_total", "Sessions ended because they did not read.", &Counters::slow_closed},
    {"tidings_refused_unauthorized_total", "Requests that authorize refused.", &Counters::refused_unauthorized},
    {"tidings_refused_origin_total", "Requests refused by the cross-site policy.", &Counters::refused_origin},
    {"tidings_refused_overload_total", "Requests refused for a limit.", &Counters::refused_overload},
    {"tidings_acknowledgements_total", "Acknowledgements of clients.", &Counters::acknowledgements},
    {"tidings_heartbeats_total", "Heartbeats written.", &Counters::heartbeats},
    {"tidings_upward_messages_total", "Messages of clients to the application.", &Counters::upward_messages},
    {"tidings_upward_throttled_total", "Times that a client sent more than the rate allows.",
     &Counters::upward_throttled},
    {"tidings_pong_proofs_total", "Pongs that proved a delivery.", &Counters::pong_proofs},
    {"tidings_store_errors_total", "Failures of the store.", &Counters::store_errors},
    {"tidings_callback_errors_total", "Exceptions out of the application's callbacks.", &Counters::callback_errors},
};

/// Appends one metric in the Prometheus text format; for an application's own numbers beside ours.
///
/// @param labels  Without braces, already escaped: `hub="a"`; empty = none.
inline void write_metric(std::string& out, std::string_view name, std::string_view help, bool gauge,
                         std::string_view labels, std::uint64_t value) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name);
  out.append(gauge ? " gauge\n" : " counter\n").append(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(std::to_string(value)).append("\n");
}

/// A hub's counters as Prometheus text, to be served as `text/plain; version=0.0.4`.
///
/// ```cpp
/// response.set_content(tidings::write_prometheus(*hub.counters()), tidings::prometheus_type);
/// ```
/// @param labels  Go with each value, without braces, already escaped: `instance="a"`.
/// Thread  any.
inline std::string write_prometheus(const Counters& counters, std::string_view labels = {}) {
  std::string out;
  for (const Metric& each : metrics) {
    write_metric(out, each.name, each.help, each.gauge, labels, (counters.*each.value).value());
  }
  return out;
}

/// The media type of the text.
inline constexpr const char* prometheus_type = "text/plain; version=0.0.4; charset=utf-8";

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_METRICS_HPP
