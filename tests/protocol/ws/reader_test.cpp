// SPDX-License-Identifier: BSL-1.0
//
// Numbers in names and rows are sections of RFC 6455.

#include <tidings/protocol/ws/reader.hpp>

#include "support/found_event.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_literals;

namespace {

constexpr WsMask client_mask{0x37, 0xFA, 0x21, 0x3D};

/// Frames as a client sends them, or a server.
struct Sender {
  std::string frame(unsigned first, std::string_view payload) const {
    return raw(first,
               payload.size() < 126 ? std::string(1, static_cast<char>(payload.size())) : long_form(payload.size()),
               std::string(payload));
  }
  // `length` as on the wire, without the mask bit.
  std::string raw(unsigned first, std::string length, std::string payload) const {
    std::string out(1, static_cast<char>(first));
    if (masks) {
      length[0] = static_cast<char>(length[0] | '\x80');
      length.append(client_mask.begin(), client_mask.end());
      apply_ws_mask(payload, client_mask);
    }
    return out + length + payload;
  }
  static std::string long_form(std::size_t size) {
    const bool middle = size <= 0xFFFF;
    std::string out(1, middle ? 126 : 127);
    for (unsigned i = middle ? 2 : 8; i-- > 0;) out.push_back(static_cast<char>(size >> (8 * i)));
    return out;
  }

  bool masks;
};

constexpr unsigned fin_bit = 0x80;
constexpr unsigned text_op = 1;
constexpr unsigned binary_op = 2;
constexpr unsigned close_op = 8;
constexpr unsigned ping_op = 9;
constexpr unsigned pong_op = 10;

// What a reader found, as one text: easy to compare and to read when it differs.
template <class Event>
std::string shown_event(const Event& event) {
  static const char* const names[] = {"more", "text", "binary", "ping", "pong", "close", "fault"};
  std::string out = names[static_cast<int>(event.kind)];
  if (event.kind == WsEvent::Kind::close || event.kind == WsEvent::Kind::fault) {
    out += " " + std::to_string(static_cast<int>(event.code));
  }
  if (event.error) out += " "s + to_string(static_cast<errc>(event.error.value()));
  return out + "(" + std::string(event.data) + ")";
}

std::string read_in_pieces(std::string bytes, std::size_t piece, WsRole role = WsRole::server, WsLimits limits = {}) {
  WsReader reader(role, limits);
  std::string left;
  const auto look = [&](WsEvent::Kind kind, std::span<const char> rest) {
    if (kind == WsEvent::Kind::need_more && !rest.empty()) left += " left " + std::to_string(rest.size());
  };
  std::string found;
  for (const support::FoundEvent& each : support::read_in_pieces(reader, std::move(bytes), piece, look)) {
    found += shown_event(each);
  }
  return found + left;
}

// Read whole and byte by byte; both must find the same.
std::string read_both_ways(const std::string& bytes, WsRole role = WsRole::server, WsLimits limits = {}) {
  std::string whole = read_in_pieces(bytes, bytes.size() + 1, role, limits);
  const std::string cut = read_in_pieces(bytes, 1, role, limits);
  return whole == cut ? whole : "whole " + whole + ", cut " + cut;
}

std::string code_bytes(unsigned number) { return {static_cast<char>(number >> 8U), static_cast<char>(number & 0xFFU)}; }

}  // namespace

TEST_CASE("5.7: the examples of the standard", "[protocol][ws]") {
  const auto [role, bytes, expected] = GENERATE(table<WsRole, std::string, std::string>({
      {WsRole::client, "\x81\x05\x48\x65\x6c\x6c\x6f"s, "text(Hello)"},
      {WsRole::server, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s, "text(Hello)"},
      {WsRole::client, "\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f"s, "text(Hello)"},
      {WsRole::client, "\x89\x05\x48\x65\x6c\x6c\x6f"s, "ping(Hello)"},
      {WsRole::server, "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s, "pong(Hello)"},
      {WsRole::client, "\x82\x7E\x01\x00"s + std::string(256, 'x'), "binary(" + std::string(256, 'x') + ")"},
      {WsRole::client, "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s + std::string(65536, 'x'),
       "binary(" + std::string(65536, 'x') + ")"},
  }));
  CHECK(read_both_ways(bytes, role) == expected);
}

TEST_CASE("what is legal is read, whole and byte by byte, from both ends", "[protocol][ws]") {
  const auto role = GENERATE(WsRole::server, WsRole::client);
  const Sender peer{role == WsRole::server};
  const auto check = [&](const std::string& bytes, const std::string& expected) {
    CHECK(read_both_ways(bytes, role) == expected);
  };
  check(peer.frame(fin_bit | text_op, ""), "text()");
  check(peer.frame(fin_bit | binary_op, "\x00\xFF"s), "binary(\x00\xFF)"s);
  for (const std::size_t size : {1U, 124U, 125U, 126U, 127U, 65535U, 65536U, 65537U}) {
    check(peer.frame(fin_bit | text_op, std::string(size, 'a')), "text(" + std::string(size, 'a') + ")");
  }
  // 5.4: empty frames, control frames between the parts.
  check(peer.frame(text_op, "") + peer.frame(0, "") + peer.frame(fin_bit, ""), "text()");
  check(peer.frame(text_op, "a") + peer.frame(fin_bit | ping_op, "p") + peer.frame(0, "b") +
            peer.frame(fin_bit | pong_op, "") + peer.frame(fin_bit, "c"),
        "ping(p)pong()text(abc)");
  check(peer.frame(binary_op, "a") + peer.frame(fin_bit, "") + peer.frame(fin_bit | text_op, "next"),
        "binary(a)text(next)");
  check(peer.frame(fin_bit | text_op, "one") + peer.frame(fin_bit | text_op, "two") +
            peer.frame(fin_bit | binary_op, "three"),
        "text(one)text(two)binary(three)");
  check(peer.frame(fin_bit | ping_op, std::string(125, 'p')), "ping(" + std::string(125, 'p') + ")");
  // 8.1: a character may be cut by a frame's end.
  check(peer.frame(text_op, "\xE2\x82") + peer.frame(fin_bit | ping_op, "\xFF") + peer.frame(fin_bit, "\xAC"),
        "ping(\xFF)text(\xE2\x82\xAC)");
  check(peer.frame(text_op, "a\xF0") + peer.frame(0, "") + peer.frame(0, "\x9F\x98") + peer.frame(fin_bit, "\x80z"),
        "text(a\xF0\x9F\x98\x80z)");
}

TEST_CASE("5, 7.4, 8.1: each broken rule ends the reading with its close code", "[protocol][ws]") {
  const auto role = GENERATE(WsRole::server, WsRole::client);
  const Sender peer{role == WsRole::server};
  const Sender other{!peer.masks};
  const std::string malformed = "fault 1002 malformed_frame()";
  const std::string not_utf8 = "fault 1007 invalid_utf8()";
  const auto check = [&](const std::string& bytes, const std::string& expected) {
    CHECK(read_both_ways(bytes, role) == expected);
  };
  // 5.1: the mask belongs to the client.
  check(other.frame(fin_bit | text_op, "Hello!"), malformed);
  check(other.frame(fin_bit | ping_op, ""), malformed);
  // 5.2: reserved bits and opcodes.
  for (const unsigned bit : {0x10U, 0x20U, 0x40U}) {
    check(peer.frame(fin_bit | bit | text_op, "x"), malformed);
    check(peer.frame(text_op, "a") + peer.frame(fin_bit | bit, "b"), malformed);
    check(peer.frame(fin_bit | bit | ping_op, ""), malformed);
  }
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    check(peer.frame(fin_bit | opcode, ""), malformed);
  }
  // 5.2: the shortest length, and no 64th bit.
  check(peer.raw(fin_bit | text_op, "\x7E\x00\x7D"s, std::string(125, 'x')), malformed);
  check(peer.raw(fin_bit | text_op, "\x7F\x00\x00\x00\x00\x00\x00\x00\x7E"s, std::string(126, 'x')), malformed);
  check(peer.raw(fin_bit | text_op, "\x7F\x00\x00\x00\x00\x00\x00\xFF\xFF"s, std::string(65535, 'x')), malformed);
  check(peer.raw(fin_bit | text_op, "\x7F\x80\x00\x00\x00\x00\x00\x00\x00"s, ""), malformed);
  // 5.4: parts in their order.
  check(peer.frame(fin_bit, "x"), malformed);
  check(peer.frame(0, "x"), malformed);
  check(peer.frame(text_op, "a") + peer.frame(fin_bit | text_op, "b"), malformed);
  check(peer.frame(binary_op, "a") + peer.frame(binary_op, "b"), malformed);
  check(peer.frame(fin_bit | text_op, "a") + peer.frame(fin_bit, "b"), "text(a)" + malformed);
  // 5.5: control frames are short and whole.
  for (const unsigned opcode : {close_op, ping_op, pong_op}) {
    check(peer.frame(opcode, ""), malformed);
    check(peer.frame(fin_bit | opcode, std::string(126, 'x')), malformed);
  }
  // 5.5.1, 7.4: what a close may say.
  check(peer.frame(fin_bit | close_op, "x"), malformed);
  for (const unsigned number : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U}) {
    check(peer.frame(fin_bit | close_op, code_bytes(number)), malformed);
  }
  check(peer.frame(fin_bit | close_op, code_bytes(1000) + "\xC3"), not_utf8);
  // 8.1: text and nothing else, at the first byte that breaks it.
  for (const char* const bad : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90", "\xF5", "a\xFF", "\xE2\x28"}) {
    check(peer.frame(fin_bit | text_op, bad), not_utf8);
    check(peer.frame(text_op, bad), not_utf8);
  }
  check(peer.frame(fin_bit | text_op, "a\xE2\x82"), not_utf8);
  check(peer.frame(text_op, "\xE2\x82") + peer.frame(fin_bit, ""), not_utf8);
  check(peer.frame(text_op, "\xE2") + peer.frame(fin_bit, "\x28"), not_utf8);
}

TEST_CASE("7.4: every code that a close may carry is handed on", "[protocol][ws]") {
  const Sender peer{true};
  for (const unsigned number : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U, 1013U, 1014U,
                                3000U, 3999U, 4000U, 4401U, 4999U}) {
    CHECK(read_both_ways(peer.frame(fin_bit | close_op, code_bytes(number) + "why")) ==
          "close " + std::to_string(number) + "(why)");
  }
  CHECK(read_both_ways(peer.frame(fin_bit | close_op, "")) == "close 1005()");
  CHECK(read_both_ways(peer.frame(fin_bit | close_op, code_bytes(1000) + std::string(123, 'r'))) ==
        "close 1000(" + std::string(123, 'r') + ")");
}

TEST_CASE("5.5.1: what comes behind a close is passed over", "[protocol][ws]") {
  const Sender peer{true};
  CHECK(read_both_ways(peer.frame(fin_bit | close_op, code_bytes(1001)) + peer.frame(fin_bit | text_op, "late") +
                       "\xFF\xFF\xFF") == "close 1001()");
}

TEST_CASE("a fault is found at its first byte, and stays", "[protocol][ws]") {
  const auto [bytes, expected] = GENERATE(table<std::string, std::string>({
      {"\xC1"s, "fault 1002 malformed_frame()"},
      {"\x81\x05"s, "fault 1002 malformed_frame()"},
      {"\x89\xFE"s, "fault 1002 malformed_frame()"},
      {Sender{true}.frame(fin_bit | text_op, "ok\xFFlong behind it").substr(0, 2 + 4 + 3), "fault 1007 invalid_utf8()"},
  }));
  std::string copy = bytes;
  WsReader reader(WsRole::server);
  std::span<char> input(copy);
  CHECK(shown_event(reader.read(input)) == expected);
  CHECK(input.empty());
  std::string more = Sender{true}.frame(fin_bit | text_op, "x");
  input = more;
  CHECK(shown_event(reader.read(input)) == expected);
  CHECK(input.empty());
}

TEST_CASE("a message is refused as soon as it is announced too large", "[protocol][ws]") {
  const Sender peer{true};
  const WsLimits limits{.max_message_bytes = 100, .max_frames = 4};
  const std::string too_big = "fault 1009 payload_too_large()";
  CHECK(read_both_ways(peer.frame(fin_bit | binary_op, std::string(100, 'x')), WsRole::server, limits)
            .starts_with("binary("));
  CHECK(read_both_ways(peer.raw(fin_bit | binary_op, "\x65", ""), WsRole::server, limits) == too_big);
  CHECK(read_both_ways(peer.raw(fin_bit | binary_op, "\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", ""), WsRole::server,
                       limits) == too_big);
  CHECK(read_both_ways(peer.frame(binary_op, std::string(60, 'x')) + peer.raw(fin_bit, "\x29", ""), WsRole::server,
                       limits) == too_big);
  CHECK(read_both_ways(peer.frame(binary_op, std::string(60, 'x')) + peer.frame(fin_bit, std::string(40, 'y')),
                       WsRole::server, limits)
            .starts_with("binary("));
  // A control frame is none of the message.
  CHECK(read_both_ways(peer.frame(binary_op, std::string(60, 'x')) +
                           peer.frame(fin_bit | ping_op, std::string(125, 'p')) +
                           peer.frame(fin_bit, std::string(40, 'y')),
                       WsRole::server, limits)
            .ends_with("yyy)"));
}

TEST_CASE("a message has so many frames and no more, empty ones too", "[protocol][ws]") {
  const Sender peer{true};
  const WsLimits limits{.max_message_bytes = 100, .max_frames = 3};
  const std::string begin = peer.frame(text_op, "") + peer.frame(0, "");
  CHECK(read_both_ways(begin + peer.frame(fin_bit, "x"), WsRole::server, limits) == "text(x)");
  CHECK(read_both_ways(begin + peer.frame(0, "") + peer.frame(fin_bit, "x"), WsRole::server, limits) ==
        "fault 1008 too_many_frames()");
  // The count is the message's.
  const std::string three = begin + peer.frame(fin_bit, "");
  CHECK(read_both_ways(three + three + three, WsRole::server, limits) == "text()text()text()");
}

TEST_CASE("a message in one frame is handed out where it lies", "[protocol][ws]") {
  std::string bytes = Sender{true}.frame(fin_bit | text_op, "Hello") + Sender{true}.frame(fin_bit | ping_op, "p");
  WsReader reader(WsRole::server);
  std::span<char> input(bytes);
  const WsEvent message = reader.read(input);
  CHECK(message.data.data() == bytes.data() + 6);
  CHECK(reader.read(input).data.data() == bytes.data() + 6 + 5 + 6);
  CHECK(reader.held_bytes() == 0);
}

TEST_CASE("memory is held for what has arrived, and only until the message is handed out", "[protocol][ws]") {
  const Sender peer{true};
  WsReader reader(WsRole::server);
  std::string announced = peer.raw(fin_bit | binary_op, Sender::long_form(1'000'000), "abc");
  std::span<char> input(announced);
  CHECK(reader.read(input).kind == WsEvent::Kind::need_more);
  CHECK(reader.in_message());
  CHECK(reader.held_bytes() == 3);
  std::string rest(999'997, 'x');
  input = rest;
  CHECK(reader.read(input).data.size() == 1'000'000);
  CHECK_FALSE(reader.in_message());
  CHECK(reader.read(input).kind == WsEvent::Kind::need_more);
  CHECK(reader.held_bytes() == 0);
  CHECK(reader.held_memory() < 100);
}

TEST_CASE("whatever has begun is unfinished until its last byte", "[protocol][ws]") {
  const Sender peer{true};
  const auto [bytes, expected] = GENERATE_COPY(table<std::string, std::string>({
      {peer.frame(fin_bit | text_op, "ab"), "+++++++."},
      {peer.frame(fin_bit | ping_op, ""), "+++++."},
      {peer.frame(text_op, "") + peer.frame(fin_bit, ""), "+++++++++++."},
      {peer.frame(fin_bit | text_op, "") + peer.frame(fin_bit | pong_op, "p"), "+++++.++++++."},
      {peer.frame(text_op, "") + peer.frame(fin_bit | ping_op, "") + peer.frame(fin_bit, ""), "+++++++++++*+++++."},
      {peer.frame(text_op, "") + peer.frame(fin_bit | close_op, ""), "+++++++++++."},
      {"\xC1"s, "."},
  }));
  WsReader reader(WsRole::server);
  std::string copy = bytes;
  std::string found;
  for (char& byte : copy) {
    std::span<char> input(&byte, 1);
    const bool whole = reader.read(input).kind != WsEvent::Kind::need_more;
    if (whole) {
      found += reader.unfinished() ? '*' : '.';
    } else {
      found += reader.unfinished() ? '+' : '-';
    }
  }
  CHECK(found == expected);
}

TEST_CASE("a reader that was told to refuse lets go and reads no more", "[protocol][ws]") {
  WsReader reader(WsRole::server);
  std::string part = Sender{true}.frame(text_op, std::string(1000, 'x'));
  std::span<char> input(part);
  CHECK(reader.read(input).kind == WsEvent::Kind::need_more);
  CHECK(reader.held_bytes() == 1000);
  CHECK(reader.held_memory() >= 1000);
  const std::string refusal = "fault 1013 overloaded()";
  CHECK(shown_event(reader.refuse(CloseCode::try_again_later, errc::overloaded)) == refusal);
  CHECK(reader.held_bytes() == 0);
  CHECK(reader.held_memory() < 100);
  CHECK_FALSE(reader.unfinished());
  std::string more = Sender{true}.frame(fin_bit, "x");
  input = more;
  CHECK(shown_event(reader.read(input)) == refusal);
  CHECK(input.empty());
}

TEST_CASE("the cut of the bytes never changes what is read", "[protocol][ws]") {
  const auto seed = GENERATE(range(0U, 300U));
  std::mt19937 random(seed);
  const auto below = [&random](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
  const WsRole role = below(2) == 0 ? WsRole::server : WsRole::client;
  const Sender peer{role == WsRole::server};
  std::string bytes;
  std::string expected;
  const unsigned messages = 1 + below(5);
  for (unsigned message = 0; message < messages; ++message) {
    const unsigned kind = below(2) == 0 ? text_op : binary_op;
    const unsigned parts = 1 + below(4);
    std::string whole;
    for (unsigned part = 0; part < parts; ++part) {
      if (part > 0 && below(3) == 0) {
        bytes += peer.frame(fin_bit | pong_op, "z");
        expected += "pong(z)";
      }
      const std::string payload(below(3) == 0 ? below(70'000) : below(200), static_cast<char>('a' + part));
      whole += payload;
      bytes += peer.frame((part + 1 == parts ? fin_bit : 0) | (part == 0 ? kind : 0), payload);
    }
    expected += (kind == text_op ? "text(" : "binary(") + whole + ")";
  }
  WsReader reader(role);
  std::string found;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t piece = std::min<std::size_t>(1 + below(below(2) == 0 ? 5000 : 20), bytes.size() - at);
    std::span<char> input = std::span(bytes).subspan(at, piece);
    at += piece;
    for (WsEvent event = reader.read(input); event.kind != WsEvent::Kind::need_more; event = reader.read(input)) {
      found += shown_event(event);
    }
  }
  CHECK(found == expected);
}
