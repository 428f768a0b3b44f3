// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/deflate_codec.hpp>
#include <tidings/protocol/ws/reader.hpp>

#include "support/found_event.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_view_literals;

namespace {

constexpr WsMask mask{1, 2, 3, 4};
constexpr std::string_view hello = "\xf2\x48\xcd\xc9\xc9\x07\x00"sv;

std::shared_ptr<WsMessageCodec> codec(bool kept = false) {
  return std::make_shared<DeflateCodec>(DeflateOptions{.threshold = 0},
                                        DeflateTerms{.send_takeover = kept, .receive_takeover = kept});
}

// The bits of RSV1 to RSV3 stand where they do in the byte.
std::string frame(WsOpcode opcode, std::string_view payload, WsPart part = WsPart::whole, unsigned rsv = 0) {
  std::string out;
  append_ws_frame(out, opcode, payload, part, mask);
  out[0] = static_cast<char>(static_cast<unsigned char>(out[0]) | rsv);
  return out;
}
std::string deflated(std::string_view payload, WsPart part = WsPart::whole, WsOpcode opcode = WsOpcode::text) {
  return frame(opcode, payload, part, ws_deflated_bit);
}

std::string read_by(WsReader& reader, const std::string& bytes, std::size_t piece) {
  using Kind = support::FoundEvent::Kind;
  std::string log;
  for (const support::FoundEvent& each : support::read_in_pieces(reader, bytes, piece)) {
    if (each.kind == Kind::fault) {
      log += std::to_string(static_cast<int>(each.code)) + " " + std::to_string(each.error.value());
    } else {
      const char* const name = each.kind == Kind::text ? "text" : each.kind == Kind::binary ? "binary" : "control";
      log += name + ("(" + each.data) + ")";
    }
  }
  return log;
}

// However it is cut.
std::string read(const std::string& bytes, std::shared_ptr<WsMessageCodec> agreed = codec(), WsLimits limits = {}) {
  WsReader whole(WsRole::server, limits, agreed);
  const std::string log = read_by(whole, bytes, bytes.size());
  if (bytes.size() > 10'000) return log;
  for (const std::size_t piece : {1, 2, 3, 7}) {
    WsReader reader(WsRole::server, limits, agreed);
    CHECK(read_by(reader, bytes, piece) == log);
  }
  return log;
}

std::string fault(CloseCode code, errc error) {
  return std::to_string(static_cast<int>(code)) + " " + std::to_string(static_cast<int>(error));
}

}  // namespace

TEST_CASE("RFC 7692 7.2.3: deflated messages are read beside others", "[protocol][ws][deflate]") {
  CHECK(read(deflated(hello) + frame(WsOpcode::text, "plain") + deflated(hello, WsPart::whole, WsOpcode::binary)) ==
        "text(Hello)text(plain)binary(Hello)");
  CHECK(read(deflated("\x00"sv) + deflated("") + deflated(hello)) == "text()text()text(Hello)");
}

TEST_CASE("RFC 7692 7.2.3.1: fragments are one message, with control frames between them", "[protocol][ws][deflate]") {
  CHECK(read(deflated(hello.substr(0, 3), WsPart::first) + frame(WsOpcode::ping, "p") +
             frame(WsOpcode::text, hello.substr(3, 0), WsPart::middle) +
             frame(WsOpcode::text, hello.substr(3), WsPart::last) + deflated(hello)) ==
        "control(p)text(Hello)text(Hello)");
}

TEST_CASE("RFC 7692 6: RSV1 stands on the first frame of a data message only, where it was agreed on",
          "[protocol][ws][deflate]") {
  const std::string malformed = fault(CloseCode::protocol_error, errc::malformed_frame);
  const std::string first = deflated(hello.substr(0, 3), WsPart::first);
  CHECK(read(deflated(hello), nullptr) == malformed);
  CHECK(read(first + frame(WsOpcode::text, hello.substr(3), WsPart::last, ws_deflated_bit)) == malformed);
  CHECK(read(frame(WsOpcode::text, "a", WsPart::first) + frame(WsOpcode::text, "b", WsPart::last, ws_deflated_bit)) ==
        malformed);
  for (const WsOpcode control : {WsOpcode::ping, WsOpcode::pong, WsOpcode::close}) {
    CHECK(read(frame(control, "", WsPart::whole, ws_deflated_bit)) == malformed);
  }
  for (const unsigned rsv : {0x20U, 0x10U, 0x60U, 0x50U, 0x70U}) {
    CHECK(read(frame(WsOpcode::text, hello, WsPart::whole, rsv)) == malformed);
  }
  CHECK(read(frame(static_cast<WsOpcode>(3), hello, WsPart::whole, ws_deflated_bit)) == malformed);
}

TEST_CASE("a message that cannot be inflated, and text that is none, close with 1007", "[protocol][ws][deflate]") {
  CHECK(read(deflated("garbage")) == fault(CloseCode::invalid_payload, errc::malformed_frame));
  CHECK(read(deflated(hello.substr(0, 5))) == fault(CloseCode::invalid_payload, errc::malformed_frame));
  CHECK(read(deflated(std::string(hello) + "\xff\xff")) == fault(CloseCode::invalid_payload, errc::malformed_frame));
  std::string not_text;
  codec(true)->deflate("\xff\xfe and so on", not_text);
  CHECK(read(deflated(not_text)) == fault(CloseCode::invalid_payload, errc::invalid_utf8));
  CHECK(read(deflated(not_text, WsPart::whole, WsOpcode::binary)) == "binary(\xff\xfe and so on)");
  // A character that is not whole at the end.
  std::string cut;
  codec(true)->deflate("Gr\xc3", cut);
  CHECK(read(deflated(cut)) == fault(CloseCode::invalid_payload, errc::invalid_utf8));
}

TEST_CASE("the bound of a message holds for what comes of it", "[protocol][ws][deflate]") {
  const std::string too_big = fault(CloseCode::message_too_big, errc::payload_too_large);
  std::string bomb;
  codec(true)->deflate(std::string(1024 * 1024 + 1, 'x'), bomb);
  CHECK(read(deflated(bomb)) == too_big);
  CHECK(read(deflated(hello), codec(), {4, 10}) == too_big);
  CHECK(read(deflated(hello), codec(), {5, 10}) == "text(Hello)");
  // What cannot be made shorter may come a little longer, and no more than that.
  CHECK(read(deflated("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"sv), codec(), {5, 10}) == "text(Hello)");
  const std::string many_blocks = [] {
    std::string blocks;
    for (int i = 0; i < 40; ++i) blocks += "\x00\x00\x00\xff\xff"sv;
    return blocks + std::string(hello);
  }();
  CHECK(read(deflated(many_blocks)) == "text(Hello)");
  CHECK(read(deflated(many_blocks), codec(), {5, 10}) == too_big);
  // Frames are counted as of any message.
  CHECK(read(deflated("", WsPart::first) + frame(WsOpcode::text, "", WsPart::middle) +
                 frame(WsOpcode::text, hello, WsPart::last),
             codec(), {5, 2}) == fault(CloseCode::policy_violation, errc::too_many_frames));
}

TEST_CASE("an idle reader holds no memory after a deflated message", "[protocol][ws][deflate]") {
  WsReader reader(WsRole::server, {}, codec());
  std::string large;
  codec(true)->deflate(std::string(1000 * 1000, 'x'), large);
  CHECK(read_by(reader, deflated(large), 100).size() == 1000 * 1000 + 6);
  CHECK(reader.held_memory() < 100);
  CHECK(reader.held_bytes() == 0);
  CHECK(read_by(reader, deflated("\x00"sv), 100) == "text()");
  CHECK(reader.held_memory() < 100);
  CHECK_FALSE(reader.unfinished());
}

TEST_CASE("a client's reader inflates what a server sends", "[protocol][ws][deflate]") {
  std::string bytes;
  append_ws_frame(bytes, WsOpcode::text, hello);
  mark_ws_deflated(bytes, 0);
  WsReader reader(WsRole::client, {}, codec());
  CHECK(read_by(reader, bytes, 4) == "text(Hello)");
}

TEST_CASE("messages may refer to those before them where that was agreed on", "[protocol][ws][deflate]") {
  const std::string second = deflated("\xf2\x00\x11\x00\x00"sv);
  WsReader reader(WsRole::server, {}, codec(true));
  CHECK(read_by(reader, deflated(hello) + frame(WsOpcode::text, "between") + second, 5) ==
        "text(Hello)text(between)text(Hello)");
  WsReader forgetful(WsRole::server, {}, codec(false));
  CHECK(read_by(forgetful, deflated(hello) + second, 5) ==
        "text(Hello)" + fault(CloseCode::invalid_payload, errc::malformed_frame));
}
