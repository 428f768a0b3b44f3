// SPDX-License-Identifier: BSL-1.0
//
// Messages that are read in parts. Numbers in names are sections of RFC 6455.

#include <tidings/protocol/ws/reader.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_literals;

namespace {

constexpr WsMask parts_mask{0x11, 0x80, 0, 0xFE};

std::string sent(WsOpcode opcode, std::string_view payload, WsPart part, WsRole reader) {
  std::string out;
  append_ws_frame(out, opcode, payload, part, reader == WsRole::server ? std::optional(parts_mask) : std::nullopt);
  return out;
}

/// What came of some bytes: messages as `text[...]`, with a `|` where the first part began and none where it has no end.
struct Heard {
  std::string log;
  std::size_t parts = 0;
  bool open = false;
  /// The bytes of all parts, and whether flags and kinds were right.
  bool in_order = true;

  void take(const WsEvent& event) {
    static const char* const names[] = {"more", "text", "binary", "ping", "pong", "close", "fault", "text", "binary"};
    const bool part = event.kind == WsEvent::Kind::text_part || event.kind == WsEvent::Kind::binary_part;
    const bool whole = event.kind == WsEvent::Kind::text || event.kind == WsEvent::Kind::binary;
    const bool first = whole || (part && event.part == WsPart::first);
    const bool last = whole || (part && event.part == WsPart::last);
    if (part || whole) {
      ++parts;
      in_order = in_order && open != first && (whole || event.part != WsPart::whole);
      if (first) log += names[static_cast<int>(event.kind)] + "["s;
      log += event.data;
      if (last) log += "]";
      open = !last;
      in_order = in_order && (!event.data.empty() || last);
      return;
    }
    log += std::string("<") + names[static_cast<int>(event.kind)];
    if (static_cast<int>(event.code) > 0 && event.code != CloseCode::no_status)
      log += " " + std::to_string(static_cast<int>(event.code));
    log += ":" + (event.kind == WsEvent::Kind::fault ? event.error.message().substr(0, 12) : std::string(event.data));
    log += ">";
  }
};

constexpr WsPartTerms both_kinds{};

Heard hear(std::string bytes, std::size_t piece, WsRole role = WsRole::server, const WsPartTerms& terms = both_kinds,
           WsLimits limits = {}) {
  WsReader reader(role, limits);
  reader.give_parts(terms);
  Heard heard;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<char> input = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
    for (WsEvent event = reader.read(input); event.kind != WsEvent::Kind::need_more; event = reader.read(input)) {
      heard.take(event);
      // Of a message in parts nothing is held.
      if (terms.text && terms.binary) CHECK(reader.held_bytes() == 0);
      if (event.kind == WsEvent::Kind::fault) return heard;
    }
    CHECK(input.empty());
    CHECK_FALSE(reader.has_more());
  }
  return heard;
}

// However it is cut; control frames stand where they stood in the message.
std::string hear_every_way(const std::string& bytes, WsRole role = WsRole::server,
                           const WsPartTerms& terms = both_kinds, WsLimits limits = {}) {
  const Heard whole = hear(bytes, bytes.size() + 1, role, terms, limits);
  CHECK(whole.in_order);
  for (const std::size_t piece : {1, 2, 3, 5, 7, 11, 13, 64}) {
    const Heard cut = hear(bytes, piece, role, terms, limits);
    CHECK(cut.in_order);
    CHECK(cut.log == whole.log);
  }
  return whole.log;
}

}  // namespace

TEST_CASE("parts are the message, however it was framed and cut", "[protocol][ws][parts]") {
  const auto role = GENERATE(WsRole::server, WsRole::client);
  const auto frame = [role](WsOpcode opcode, std::string_view payload, WsPart part) {
    return sent(opcode, payload, part, role);
  };
  std::string bytes = frame(WsOpcode::text, "one", WsPart::whole);
  bytes += frame(WsOpcode::binary, "", WsPart::whole);
  bytes += frame(WsOpcode::text, "", WsPart::first) + frame(WsOpcode::text, "", WsPart::last);
  bytes += frame(WsOpcode::binary, "a", WsPart::first) + frame(WsOpcode::binary, "", WsPart::middle) +
           frame(WsOpcode::binary, "bc", WsPart::middle) + frame(WsOpcode::binary, "", WsPart::last);
  bytes += frame(WsOpcode::text, std::string(300, 'x'), WsPart::whole);
  bytes += frame(WsOpcode::text, std::string(200, 'y'), WsPart::first) +
           frame(WsOpcode::text, std::string(130, 'z'), WsPart::last);
  CHECK(hear_every_way(bytes, role) == "text[one]binary[]text[]binary[abc]text[" + std::string(300, 'x') + "]text[" +
                                           std::string(200, 'y') + std::string(130, 'z') + "]");
}

TEST_CASE("5.4: control frames between the parts stand where the peer put them", "[protocol][ws][parts]") {
  const auto frame = [](WsOpcode opcode, std::string_view payload, WsPart part) {
    return sent(opcode, payload, part, WsRole::server);
  };
  const std::string begun = frame(WsOpcode::ping, "before", WsPart::whole) +
                            frame(WsOpcode::text, "ab", WsPart::first) + frame(WsOpcode::ping, "p", WsPart::whole) +
                            frame(WsOpcode::text, "c", WsPart::middle) + frame(WsOpcode::pong, "", WsPart::whole);
  CHECK(
      hear_every_way(begun + frame(WsOpcode::text, "d", WsPart::last) + frame(WsOpcode::binary, "e", WsPart::whole)) ==
      "<ping:before>text[ab<ping:p>c<pong:>d]binary[e]");
  CHECK(hear_every_way(begun + frame(WsOpcode::close, encode_close(CloseCode::going_away, "bye"), WsPart::whole)) ==
        "<ping:before>text[ab<ping:p>c<pong:><close 1001:bye>");
}

TEST_CASE("what one read found of small frames goes together, large ones go as they lie", "[protocol][ws][parts]") {
  std::string bytes = sent(WsOpcode::binary, "x", WsPart::first, WsRole::server);
  for (int i = 0; i < 1000; ++i) bytes += sent(WsOpcode::binary, "y", WsPart::middle, WsRole::server);
  CHECK(hear(bytes, bytes.size()).parts == 1);
  CHECK(hear(bytes, bytes.size()).log == "binary[x" + std::string(1000, 'y'));
  // A million frames are no more than one message.
  std::string large = sent(WsOpcode::binary, std::string(100'000, 'a'), WsPart::first, WsRole::server) +
                      sent(WsOpcode::binary, std::string(100'000, 'b'), WsPart::last, WsRole::server);
  WsReader reader(WsRole::server, {1000, 1});
  reader.give_parts(both_kinds);
  std::span<char> input(large);
  const WsEvent one = reader.read(input);
  CHECK(one.part == WsPart::first);
  CHECK(one.data.data() == large.data() + 14);
  CHECK(one.data.size() == 100'000);
  const WsEvent two = reader.read(input);
  CHECK(two.part == WsPart::last);
  CHECK(two.data.data() == large.data() + 100'028);
}

TEST_CASE("8.1: text is checked over its parts, and what is good of it comes before the fault",
          "[protocol][ws][parts]") {
  const auto frame = [](std::string_view payload, WsPart part) {
    return sent(WsOpcode::text, payload, part, WsRole::server);
  };
  // A character may be cut.
  CHECK(hear_every_way(frame("a\xE2\x82", WsPart::first) + frame("\xAC", WsPart::last)) == "text[a\xE2\x82\xAC]");
  CHECK(hear_every_way(frame("good \xE2\x82!bad", WsPart::whole)) == "text[good \xE2\x82<fault 1007:text is not >");
  CHECK(hear_every_way(frame(std::string(200, 'a') + "\xFF" + std::string(200, 'b'), WsPart::whole)) ==
        "text[" + std::string(200, 'a') + "<fault 1007:text is not >");
  CHECK(hear_every_way(frame("ab", WsPart::first) + frame("\xC0\x80", WsPart::last)) ==
        "text[ab<fault 1007:text is not >");
  CHECK(hear_every_way(frame("half \xE2\x82", WsPart::first) + frame("", WsPart::last)) ==
        "text[half \xE2\x82<fault 1007:text is not >");
  CHECK(hear_every_way(sent(WsOpcode::binary, "\xFF\xFE", WsPart::whole, WsRole::server)) == "binary[\xFF\xFE]");
}

TEST_CASE("a fault behind good frames leaves them what they are", "[protocol][ws][parts]") {
  const auto frame = [](WsOpcode opcode, std::string_view payload, WsPart part) {
    return sent(opcode, payload, part, WsRole::server);
  };
  const std::string begun = frame(WsOpcode::text, "begun", WsPart::first);
  // 5.4: another message within one; 5.1: no mask; 5.2: a reserved bit.
  CHECK(hear_every_way(begun + frame(WsOpcode::text, "x", WsPart::first)) == "text[begun<fault 1002:the bytes ar>");
  CHECK(hear_every_way(begun + sent(WsOpcode::text, "x", WsPart::last, WsRole::client)) ==
        "text[begun<fault 1002:the bytes ar>");
  CHECK(hear_every_way(begun + "\xC0\x80" + std::string(20, 'x')) == "text[begun<fault 1002:the bytes ar>");
}

TEST_CASE("a message in parts has a bound of its own", "[protocol][ws][parts]") {
  const auto frame = [](std::string_view payload, WsPart part) {
    return sent(WsOpcode::binary, payload, part, WsRole::server);
  };
  const WsPartTerms terms{.max_message_bytes = 300};
  const WsLimits small{10, 1};
  const std::string hundred(100, 'x');
  CHECK(hear_every_way(frame(std::string(300, 'x'), WsPart::whole), WsRole::server, terms, small) ==
        "binary[" + std::string(300, 'x') + "]");
  CHECK(hear_every_way(frame(hundred, WsPart::first) + frame(hundred, WsPart::middle) + frame(hundred, WsPart::last),
                       WsRole::server, terms, small) == "binary[" + std::string(300, 'x') + "]");
  // At the head that passes it.
  CHECK(hear_every_way(frame(std::string(301, 'x'), WsPart::whole), WsRole::server, terms, small) ==
        "<fault 1009:the payload >");
  CHECK(hear_every_way(frame(hundred, WsPart::first) + frame(std::string(201, 'x'), WsPart::last), WsRole::server,
                       terms, small) == "binary[" + hundred + "<fault 1009:the payload >");
  // The next message has it again; a short one has it too.
  CHECK(hear_every_way(frame(std::string(300, 'x'), WsPart::whole) + frame(std::string(300, 'x'), WsPart::whole),
                       WsRole::server, terms, small)
            .size() == 616);
  CHECK(hear_every_way(frame(hundred, WsPart::whole), WsRole::server, {.max_message_bytes = 99}) ==
        "<fault 1009:the payload >");
  CHECK(hear_every_way(frame("", WsPart::whole), WsRole::server, {.max_message_bytes = 0}) == "binary[]");
}

TEST_CASE("one kind may come in parts, and the other whole with its own bounds", "[protocol][ws][parts]") {
  const auto frame = [](WsOpcode opcode, std::string_view payload, WsPart part) {
    return sent(opcode, payload, part, WsRole::server);
  };
  const WsPartTerms binary_only{.text = false};
  const WsLimits limits{200, 2};
  const std::string text = frame(WsOpcode::text, "a", WsPart::first) + frame(WsOpcode::text, "b", WsPart::last);
  const std::string binary = frame(WsOpcode::binary, std::string(150, 'c'), WsPart::first) +
                             frame(WsOpcode::binary, std::string(150, 'd'), WsPart::middle) +
                             frame(WsOpcode::binary, "", WsPart::last);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{10}, std::size_t{1000}}) {
    const Heard heard = hear(text + binary + text, piece, WsRole::server, binary_only, limits);
    CHECK(heard.log == "text[ab]binary[" + std::string(150, 'c') + std::string(150, 'd') + "]text[ab]");
    CHECK(heard.in_order);
  }
  CHECK(hear_every_way(binary + frame(WsOpcode::text, std::string(201, 'x'), WsPart::whole), WsRole::server,
                       binary_only, limits)
            .ends_with("]<fault 1009:the payload >"));
  CHECK(hear_every_way(frame(WsOpcode::text, "a", WsPart::first) + frame(WsOpcode::text, "b", WsPart::middle) +
                           frame(WsOpcode::text, "c", WsPart::last),
                       WsRole::server, binary_only, limits) == "<fault 1008:a WebSocket >");
}

TEST_CASE("a refusal in the midst of a message lets go of everything", "[protocol][ws][parts]") {
  WsReader reader(WsRole::server);
  reader.give_parts(both_kinds);
  std::string bytes = sent(WsOpcode::binary, "abc", WsPart::first, WsRole::server);
  std::span<char> input(bytes);
  CHECK(reader.read(input).data == "abc");
  CHECK(reader.in_message());
  CHECK(reader.unfinished());
  const WsEvent fault = reader.refuse(CloseCode::policy_violation, errc::timeout);
  CHECK(fault.error == errc::timeout);
  CHECK_FALSE(reader.unfinished());
}
