// SPDX-License-Identifier: BSL-1.0

// What a peer offers, answers and deflates. The first byte says which: offers, an answer, one deflated message, frames of
// a peer that compresses, or a message of ours. The cut of the bytes never changes what is read, whole or in parts, no
// bound is passed, and what we deflate comes back.

#include <tidings/deflate.hpp>
#include <tidings/protocol/ws/deflate_codec.hpp>
#include <tidings/protocol/ws/reader.hpp>

#include "support/found_event.hpp"

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using namespace tidings;
using namespace tidings::protocol;
using fuzz::require;
using support::FoundEvent;
using support::read_in_pieces;

constexpr std::size_t most = 2000;

DeflateTerms terms_of(unsigned byte) {
  return {9 + static_cast<int>(byte % 7), 9 + static_cast<int>(byte / 7 % 7), (byte & 1U) != 0, (byte & 2U) != 0};
}

// Whoever made the offer, its own side of the answer is an answer to it.
void accept(std::string_view offers, const DeflateTerms& ours) {
  std::string answer;
  const std::optional<DeflateTerms> agreed = accept_deflate(offers, ours, answer);
  if (!agreed) return;
  const std::optional<DeflateParameters> said = read_deflate_parameters(answer, false);
  require(said.has_value());
  require(said->server_no_context_takeover != agreed->send_takeover);
  require(said->client_no_context_takeover != agreed->receive_takeover);
  require(agreed->send_bits <= ours.send_bits && agreed->send_bits >= least_deflate_bits);
  require(!agreed->receive_takeover || agreed->receive_bits <= ours.receive_bits);
  require(read_deflate_parameters(to_header_value(*said), false) == said);
}

void agree(std::string_view answer, const DeflateTerms& ours) {
  const std::optional<DeflateTerms> agreed = agree_on_deflate(answer, ours);
  if (!agreed) return;
  require(agreed->send_bits <= ours.send_bits && agreed->send_bits >= least_window_bits);
  require(!agreed->send_takeover || ours.send_takeover);
  require(!agreed->receive_takeover || (ours.receive_takeover && agreed->receive_bits <= ours.receive_bits));
}

void inflate(std::string_view message, std::size_t piece) {
  Inflater whole(15);
  Inflater cut(15);
  std::string expected;
  std::string text;
  errc error = whole.feed(message, most, expected);
  if (error == errc{}) error = whole.finish(most, expected);
  errc same{};
  for (std::size_t at = 0; at < message.size() && same == errc{}; at += piece) {
    same = cut.feed(message.substr(at, piece), most, text);
  }
  if (same == errc{}) same = cut.finish(most, text);
  require(expected.size() <= most && text.size() <= most);
  require(error == same);
  require(error != errc{} || expected == text);
}

std::vector<FoundEvent> read(const std::string& bytes, std::size_t piece, bool kept) {
  const DeflateTerms terms{15, 15, kept, kept};
  WsReader reader(WsRole::server, {most, 10}, std::make_shared<DeflateCodec>(DeflateOptions{}, terms));
  std::vector<FoundEvent> all = read_in_pieces(reader, bytes, piece, [&](FoundEvent::Kind kind, std::span<const char>) {
    // What cannot be made shorter may come a little longer.
    if (kind == FoundEvent::Kind::need_more) require(reader.held_bytes() <= most + most / 64 + 64);
  });
  for (const FoundEvent& each : all) {
    require(each.data.size() <= most);
    if (each.kind == FoundEvent::Kind::text) require(is_valid_utf8(each.data));
  }
  return all;
}

// The same in parts: as one text, and the messages that came to their end.
std::string read_in_parts(std::string bytes, std::size_t piece, bool kept, std::vector<FoundEvent>& messages) {
  const DeflateTerms terms{15, 15, kept, kept};
  WsReader reader(WsRole::server, {most, 10}, std::make_shared<DeflateCodec>(DeflateOptions{}, terms));
  reader.give_parts({.max_message_bytes = most});
  std::string log;
  std::string message;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<char> input = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
    for (WsEvent event = reader.read(input); event.kind != WsEvent::Kind::need_more; event = reader.read(input)) {
      const bool text = event.kind == WsEvent::Kind::text || event.kind == WsEvent::Kind::text_part;
      const bool binary = event.kind == WsEvent::Kind::binary || event.kind == WsEvent::Kind::binary_part;
      const bool last = event.part == WsPart::whole || event.part == WsPart::last;
      if (!text && !binary) {
        log += "<" + std::to_string(static_cast<int>(event.kind)) + std::string(event.data) +
               std::to_string(static_cast<int>(event.code)) + ">";
        if (event.kind == WsEvent::Kind::fault) return log;
        continue;
      }
      log += event.data;
      message += event.data;
      require(message.size() <= most);
      if (!last) continue;
      log += "]";
      messages.push_back(
          {text ? WsEvent::Kind::text : WsEvent::Kind::binary, std::exchange(message, {}), event.code, {}});
    }
    require(input.empty() && !reader.has_more());
    require(reader.held_bytes() == 0);
  }
  return log;
}

void check_parts(const std::string& stream, std::size_t piece, bool kept, const std::vector<FoundEvent>& whole) {
  std::vector<FoundEvent> messages;
  std::vector<FoundEvent> cut;
  require(read_in_parts(stream, stream.size() + 1, kept, messages) == read_in_parts(stream, piece, kept, cut));
  require(messages == cut);
  std::size_t next = 0;
  for (const FoundEvent& each : whole) {
    if (each.kind != WsEvent::Kind::text && each.kind != WsEvent::Kind::binary) continue;
    require(next < messages.size() && messages[next++] == each);
  }
}

// The message twice, as a text of ours would go.
void round_trip(std::string_view message, const DeflateTerms& terms) {
  DeflateCodec sender({.threshold = 0, .level = 1, .memory_level = 1},
                      {terms.send_bits, 15, terms.send_takeover, false});
  DeflateCodec receiver({}, {15, terms.send_bits, false, terms.send_takeover});
  for (int i = 0; i < 2; ++i) {
    std::string deflated;
    if (!sender.deflate(message, deflated)) continue;
    require(terms.send_takeover || deflated.size() < message.size());
    std::string inflated;
    require(receiver.inflate(deflated, message.size(), inflated) == errc{});
    require(inflated == message);
    if (message.empty()) continue;
    std::string short_of_one;
    DeflateCodec stranger({}, {});
    if (i == 0) require(stranger.inflate(deflated, message.size() - 1, short_of_one) == errc::payload_too_large);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  const std::size_t piece = bytes[1] % 16U + 1U;
  switch (bytes[0] % 5U) {
    case 0: accept(text, terms_of(bytes[1])); break;
    case 1: agree(text, terms_of(bytes[1])); break;
    case 2: inflate(text, piece); break;
    case 3: {
      const bool kept = (bytes[1] & 0x80U) != 0;
      const std::vector<FoundEvent> whole = read(std::string(text), text.size() + 1, kept);
      require(whole == read(std::string(text), piece, kept));
      check_parts(std::string(text), piece, kept, whole);
      break;
    }
    default: round_trip(text, terms_of(bytes[1])); break;
  }
  return 0;
}
