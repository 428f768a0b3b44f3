// SPDX-License-Identifier: BSL-1.0

// The cut of the bytes never changes what is read; what was read and encoded again reads the same.

#include <tidings/protocol/sse/encoder.hpp>
#include <tidings/protocol/sse/parser.hpp>

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

using fuzz::require;
using tidings::protocol::SseEvent;
using tidings::protocol::SseParser;

bool same(const SseEvent& a, const SseEvent& b) {
  return a.id == b.id && a.event == b.event && a.data == b.data && a.retry == b.retry && a.has_id == b.has_id &&
         std::equal(a.unknown.begin(), a.unknown.end(), b.unknown.begin(), b.unknown.end(),
                    [](const auto& x, const auto& y) { return x.name == y.name && x.value == y.value; });
}

struct Reading {
  std::vector<SseEvent> events;
  std::size_t comments = 0;
  std::error_code ec;
  std::string last_event_id;

  bool operator==(const Reading& other) const {
    return comments == other.comments && ec == other.ec && last_event_id == other.last_event_id &&
           std::equal(events.begin(), events.end(), other.events.begin(), other.events.end(), same);
  }
};

Reading read(std::string_view stream, std::size_t piece, std::size_t max_event_bytes) {
  Reading reading;
  SseParser parser(max_event_bytes);
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    reading.ec = parser.feed(
        stream.substr(at, piece), [&](SseEvent&& event) { reading.events.push_back(std::move(event)); },
        [&](std::string_view comment) { reading.comments += comment.size() + 1; });
  }
  reading.last_event_id = parser.last_event_id();
  return reading;
}

void round_trip(const std::vector<SseEvent>& events) {
  std::string stream;
  for (const SseEvent& event : events) tidings::protocol::encode_sse_event(stream, event.id, event.event, event.data);
  const Reading again = read(stream, stream.size() + 1, 1U << 20U);
  require(!again.ec && again.events.size() == events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    require(again.events[i].event == events[i].event && again.events[i].data == events[i].data);
    require(events[i].id.empty() || again.events[i].id == events[i].id);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = bytes[0] % 16U + 1U;
  const std::size_t bound = (bytes[0] & 0x80U) != 0 ? 24 : 1U << 16U;
  const std::string_view stream(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const Reading whole = read(stream, size, bound);
  require(whole == read(stream, piece, bound));
  for (const SseEvent& event : whole.events) require(event.data.size() <= bound);
  round_trip(whole.events);
  return 0;
}
