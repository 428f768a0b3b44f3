// SPDX-License-Identifier: BSL-1.0

// What a client understands of a server's word is within its bounds; what it says of itself, a server understands.

#include <tidings/client/commands.hpp>
#include <tidings/client/server_envelope.hpp>
#include <tidings/protocol/envelope.hpp>
#include <tidings/protocol/utf8.hpp>

#include "require.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace tidings;
using client::ServerEnvelope;
using fuzz::require;
using Kind = ServerEnvelope::Kind;

void check(const ServerEnvelope& envelope) {
  require(envelope.retry.value_or(std::chrono::milliseconds(0)) <= std::chrono::hours(24));
  require(envelope.heartbeat <= std::chrono::hours(24));
  for (const client::TopicPosition& each : envelope.at) require(protocol::is_valid_utf8(each.topic));
  if (envelope.kind != Kind::message) return;
  require(envelope.received.at == protocol::to_token(envelope.token.tag, envelope.token.position));
  if (envelope.received.payload == PayloadKind::text) require(protocol::is_valid_utf8(envelope.received.data));
  if (envelope.received.json) require(!protocol::check_json(envelope.received.data, defaults::max_json_depth + 4));
}

void say(std::string_view text) {
  const UpwardMessage message{.event = std::string(text.substr(0, text.size() % 9)), .data = std::string(text)};
  if (client::check_send(message)) return;
  protocol::Upward upward;
  require(!protocol::parse_upward(client::encode_send("7", message), upward));
  require(upward.send->event == message.event && upward.send->data == message.data);
  require(!protocol::parse_upward(client::encode_subscribe("7", {message.event}, "1"), upward));
  require(upward.subscribe.front() == message.event);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  ServerEnvelope envelope;
  if (!client::parse_server_envelope(text, envelope)) check(envelope);
  say(text);
  return 0;
}
