// SPDX-License-Identifier: BSL-1.0

// What is accepted keeps the bounds and can be embedded in another JSON text; what is refused leaves no trace.

#include <tidings/protocol/envelope.hpp>
#include <tidings/protocol/json_text.hpp>
#include <tidings/protocol/sse/encoder.hpp>
#include <tidings/protocol/utf8.hpp>

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace tidings;
using fuzz::require;

void check_upward(std::string_view body) {
  protocol::Upward upward;
  if (protocol::parse_upward(body, upward)) {
    require(!upward.ack && upward.seen.empty() && !upward.seen_all && !upward.send);
    return;
  }
  require(!protocol::check_json(body));
  require(upward.seen.size() <= defaults::max_seen_tokens);
  if (upward.ack) require(protocol::is_valid_utf8(*upward.ack));
  if (!upward.send) return;
  require(!protocol::check_event_name(upward.send->event));
  require(protocol::is_valid_utf8(upward.send->data));
  if (upward.send->json) require(!protocol::check_json(upward.send->data));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check_upward(text);
  if (!protocol::check_json(text)) {
    require(!protocol::check_json("{\"data\":" + std::string(text) + "}", defaults::max_json_depth + 1));
  }
  if (protocol::is_valid_utf8(text)) {
    std::string quoted;
    protocol::append_json_string(quoted, text);
    require(!protocol::check_json(quoted));
  }
  return 0;
}
