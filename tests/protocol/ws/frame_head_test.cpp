// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/utf8.hpp>
#include <tidings/protocol/ws/frame_head.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <string>
#include <tuple>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_literals;

namespace {

constexpr WsMask example_mask{0x37, 0xFA, 0x21, 0x3D};

}  // namespace

TEST_CASE("RFC 6455 5.7: frames are written as the standard shows them", "[protocol][ws]") {
  std::string out;
  append_ws_frame(out, WsOpcode::text, "Hello");
  CHECK(out == "\x81\x05Hello");
  out.clear();
  append_ws_frame(out, WsOpcode::text, "Hello", WsPart::whole, example_mask);
  CHECK(out == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  out.clear();
  append_ws_frame(out, WsOpcode::text, "Hel", WsPart::first);
  append_ws_frame(out, WsOpcode::text, "l", WsPart::middle);
  append_ws_frame(out, WsOpcode::text, "o", WsPart::last);
  CHECK(out == "\x01\x03Hel\x00\x01l\x80\x01o"s);
}

TEST_CASE("RFC 6455 5.2: a length takes its shortest form", "[protocol][ws]") {
  const auto [length, expected] = GENERATE(table<std::uint64_t, std::string>({
      {0, "\x82\x00"s},
      {125, "\x82\x7D"s},
      {126, "\x82\x7E\x00\x7E"s},
      {65535, "\x82\x7E\xFF\xFF"s},
      {65536, "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s},
      {0x7FFFFFFFFFFFFFFF, "\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s},
  }));
  CHECK(encode_ws_head(WsOpcode::binary, length).text() == expected);
  const WsFrameHead masked = encode_ws_head(WsOpcode::binary, length, WsPart::whole, example_mask);
  CHECK(masked.size == expected.size() + 4);
  CHECK(masked.text().ends_with("\x37\xFA\x21\x3D"));
  CHECK((static_cast<unsigned char>(masked.bytes[1]) & 0x80U) != 0);
}

TEST_CASE("a close frame's reason fits, and is cut between characters", "[protocol][ws]") {
  CHECK(encode_close(CloseCode::no_status, "unheard").empty());
  CHECK(encode_close(CloseCode::normal, "bye") ==
        "\x03\xE8"
        "bye");
  CHECK(encode_close(CloseCode::credentials_expired, "") == "\x11\x31");
  CHECK(encode_close(CloseCode::normal, std::string(123, 'r')).size() == 125);
  CHECK(encode_close(CloseCode::normal, std::string(124, 'r')).size() == 125);
  for (std::size_t before = 118; before < 124; ++before) {
    std::string reason(before, 'r');
    for (int i = 0; i < 3; ++i) reason += "\xF0\x9F\x98\x80";
    const std::string payload = encode_close(CloseCode::normal, reason);
    CHECK(payload.size() <= 125);
    CHECK(payload.size() > 121);
    CHECK(is_valid_utf8(std::string_view(payload).substr(2)));
  }
}
