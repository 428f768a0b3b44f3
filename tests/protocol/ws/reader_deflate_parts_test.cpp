// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/deflate_codec.hpp>
#include <tidings/protocol/ws/reader.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_view_literals;

namespace {

constexpr WsMask parts_mask{9, 0x88, 0, 0xF1};

std::shared_ptr<DeflateCodec> codec_for_parts(bool kept) {
  return std::make_shared<DeflateCodec>(DeflateOptions{.threshold = 0},
                                        DeflateTerms{.send_takeover = kept, .receive_takeover = kept});
}

/// Deflates as a client does, and cuts the message into frames of this size.
class DeflatingPeer {
 public:
  explicit DeflatingPeer(bool kept) : codec_(codec_for_parts(kept)) {}

  static std::string frames(WsOpcode kind, std::string_view deflated, std::size_t size) {
    std::string out;
    for (std::size_t at = 0; at == 0 || at < deflated.size(); at += size) {
      const bool first = at == 0;
      const bool last = at + size >= deflated.size();
      const std::size_t begin = out.size();
      append_ws_frame(out, kind, deflated.substr(at, size),
                      first && last ? WsPart::whole
                      : first       ? WsPart::first
                      : last        ? WsPart::last
                                    : WsPart::middle,
                      parts_mask);
      if (first) mark_ws_deflated(out, begin);
      if (!last) append_ws_frame(out, WsOpcode::ping, "p", WsPart::whole, parts_mask);
    }
    return out;
  }
  // As it is where it would not become shorter.
  std::string send(WsOpcode kind, std::string_view message, std::size_t size = 1 << 30) {
    std::string out;
    if (codec_->deflate(message, out)) return frames(kind, out, size);
    append_ws_frame(out, kind, message, WsPart::whole, parts_mask);
    return out;
  }

 private:
  std::shared_ptr<DeflateCodec> codec_;
};

struct InflatedParts {
  std::vector<std::string> messages;
  std::string open;
  std::size_t longest = 0;
  CloseCode code = CloseCode::no_status;
  std::error_code error;
};

InflatedParts inflate_in_parts(WsReader& reader, std::string bytes, std::size_t piece) {
  InflatedParts all;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<char> input = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
    for (WsEvent event = reader.read(input); event.kind != WsEvent::Kind::need_more; event = reader.read(input)) {
      using Kind = WsEvent::Kind;
      if (event.kind == Kind::fault) {
        all.code = event.code;
        all.error = event.error;
        return all;
      }
      if (event.kind == Kind::ping) continue;
      all.longest = std::max(all.longest, event.data.size());
      all.open += event.data;
      if (event.part == WsPart::whole || event.part == WsPart::last)
        all.messages.push_back(std::exchange(all.open, {}));
    }
    CHECK(input.empty());
    CHECK_FALSE(reader.has_more());
  }
  return all;
}

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string out(size, ' ');
  for (char& each : out) each = static_cast<char>('a' + random() % 20);
  return out;
}

}  // namespace

TEST_CASE("deflated messages are inflated as they come, with and without a memory", "[protocol][ws][deflate][parts]") {
  const bool kept = GENERATE(false, true);
  const std::size_t frame = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::size_t{1} << 30U);
  DeflatingPeer peer(kept);
  const std::vector<std::string> messages{"Hello",       noise(5000, 1), "", std::string(200'000, 'z') + "end",
                                          noise(300, 2), "Hello"};
  std::string bytes;
  for (const std::string& each : messages) bytes += peer.send(WsOpcode::text, each, frame);
  append_ws_frame(bytes, WsOpcode::binary, "plain", WsPart::whole, parts_mask);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{100}, bytes.size()}) {
    WsReader reader(WsRole::server, {100, 1}, codec_for_parts(kept));
    reader.give_parts({});
    const InflatedParts all = inflate_in_parts(reader, bytes, piece);
    REQUIRE(all.messages.size() == messages.size() + 1);
    CHECK(std::equal(messages.begin(), messages.end(), all.messages.begin()));
    CHECK(all.messages.back() == "plain");
    CHECK(all.longest <= WsReader::most_inflated);
    // Between messages nothing is held for them.
    CHECK(reader.inflating_memory() == 0);
  }
}

TEST_CASE("a bomb comes out step by step, and ends at the bound", "[protocol][ws][deflate][parts]") {
  DeflatingPeer peer(false);
  const std::string bomb = peer.send(WsOpcode::binary, std::string(8 << 20, '\0'), 5000);
  CHECK(bomb.size() < 20'000);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{777}, bomb.size()}) {
    WsReader reader(WsRole::server, {}, codec_for_parts(false));
    reader.give_parts({.max_message_bytes = 1'000'000});
    const InflatedParts all = inflate_in_parts(reader, bomb, piece);
    CHECK(all.code == CloseCode::message_too_big);
    CHECK(all.error == errc::payload_too_large);
    CHECK(all.open.size() == 1'000'000);
    CHECK(all.longest <= WsReader::most_inflated);
    CHECK(reader.held_bytes() == 0);
  }
  WsReader reader(WsRole::server, {}, codec_for_parts(false));
  reader.give_parts({.max_message_bytes = 8 << 20});
  std::string bytes = bomb;
  std::span<char> input(bytes);
  // One step at a time: whoever stops here has inflated no more than that.
  CHECK(reader.read(input).data.size() == WsReader::most_inflated);
  CHECK_FALSE(input.empty());
  CHECK(reader.has_more());
  CHECK(reader.inflating_memory() > 0);
}

TEST_CASE("what the reader has not taken yet may be taken away and given again", "[protocol][ws][deflate][parts]") {
  DeflatingPeer peer(false);
  const std::string message = std::string(500'000, 'a') + noise(3000, 7);
  std::string bytes = peer.send(WsOpcode::text, message);
  WsReader reader(WsRole::server, {}, codec_for_parts(false));
  reader.give_parts({});
  std::string got;
  std::string rest = bytes;
  bool last = false;
  while (!last) {
    std::span<char> input(rest);
    const WsEvent event = reader.read(input);
    REQUIRE(event.kind != WsEvent::Kind::fault);
    REQUIRE((event.kind != WsEvent::Kind::need_more || reader.has_more()));
    got += event.data;
    last = event.part == WsPart::last;
    rest = std::string(input.begin(), input.end());
  }
  CHECK(got == message);
}

TEST_CASE("inflated text is checked over its parts, and its good begin is given", "[protocol][ws][deflate][parts]") {
  DeflatingPeer peer(false);
  const std::string text = noise(70'000, 3) + "\xFF" + noise(100, 4);
  const std::string bytes = peer.send(WsOpcode::text, text, 1000);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{999}, bytes.size()}) {
    WsReader reader(WsRole::server, {}, codec_for_parts(false));
    reader.give_parts({});
    const InflatedParts all = inflate_in_parts(reader, bytes, piece);
    CHECK(all.code == CloseCode::invalid_payload);
    CHECK(all.error == errc::invalid_utf8);
    CHECK(all.open == text.substr(0, 70'000));
  }
}

TEST_CASE("what is no deflated message is told, and blocks that say nothing are bounded",
          "[protocol][ws][deflate][parts]") {
  const auto fault_of = [](std::string_view deflated, std::uint64_t most = 1000) {
    WsReader reader(WsRole::server, {}, codec_for_parts(false));
    reader.give_parts({.max_message_bytes = most});
    return inflate_in_parts(reader, DeflatingPeer::frames(WsOpcode::binary, deflated, 50), 10).error;
  };
  CHECK(fault_of("\xFF\xFF\xFF\xFF\xFF"sv) == errc::malformed_frame);
  // Cut within a block.
  CHECK(fault_of("\xf2\x48\xcd\xc9"sv) == errc::malformed_frame);
  std::string nothing;
  while (nothing.size() < 2000) nothing += "\x00\x00\x00\xFF\xFF"sv;
  CHECK(fault_of(nothing) == errc::payload_too_large);
  CHECK_FALSE(fault_of(""sv));
  // RFC 7692 7.2.3.4, the block that says it is the last; seventeen of them are no message of anybody's.
  CHECK_FALSE(fault_of("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv));
  std::string ends;
  for (int i = 0; i < 40; ++i) ends += "\x03\x00"sv;
  CHECK(fault_of(ends) == errc::malformed_frame);
}
