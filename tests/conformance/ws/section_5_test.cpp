// SPDX-License-Identifier: BSL-1.0
//
// RFC 6455 5: frames, fragmentation, control frames, data.

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "conformance/ws/rule.hpp"

#include <string>
#include <vector>

using namespace conformance;
using namespace std::string_literals;
using Then = Rule::Then;

namespace {

std::string with_number(const char* what, std::uint64_t number) { return what + (" " + std::to_string(number)); }

std::vector<Rule> reserved_bits(const Peer& peer) {
  std::vector<Rule> rules;
  for (const unsigned bit : {0x40U, 0x20U, 0x10U, 0x70U}) {
    const std::string name = with_number("reserved bits", bit);
    rules.push_back({name + " of a text", peer.frame(fin_bit | bit | text_op, "x"), "", Then::fails, 1002});
    rules.push_back({name + " of an empty binary", peer.frame(fin_bit | bit | binary_op), "", Then::fails, 1002});
    rules.push_back({name + " of a ping", peer.frame(fin_bit | bit | ping_op, "x"), "", Then::fails, 1002});
    rules.push_back({name + " of a close", peer.frame(fin_bit | bit | close_op, "\x03\xE8"), "", Then::fails, 1002});
    rules.push_back({name + " of a continuation",
                     peer.frame(text_op, "x") + peer.frame(fin_bit | bit | continuation_op, "y"), "", Then::fails,
                     1002});
  }
  return rules;
}

std::vector<Rule> opcodes(const Peer& peer) {
  std::vector<Rule> rules;
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    rules.push_back({with_number("opcode", opcode), peer.frame(fin_bit | opcode, "x"), "", Then::fails, 1002});
    rules.push_back({with_number("unfinished opcode", opcode), peer.frame(opcode), "", Then::fails, 1002});
    rules.push_back({with_number("inside a message, opcode", opcode),
                     peer.frame(text_op, "x") + peer.frame(fin_bit | opcode, "y"), "", Then::fails, 1002});
  }
  return rules;
}

std::vector<Rule> lengths(const Peer& peer) {
  std::vector<Rule> rules;
  for (const std::size_t size : {0U, 1U, 124U, 125U, 126U, 127U, 128U, 255U, 256U, 65534U, 65535U, 65536U, 65537U}) {
    const std::string payload(size, 'x');
    rules.push_back({with_number("length", size), peer.text(payload), shown_message(text_op, payload)});
  }
  const auto long_form = [&](std::uint64_t length, LengthForm form) {
    return peer.head(fin_bit | binary_op, length, form) + peer.body(std::string(length, 'x'));
  };
  for (const std::uint64_t length : {0U, 1U, 125U}) {
    rules.push_back(
        {with_number("two bytes for a length of", length), long_form(length, LengthForm::two), "", Then::fails, 1002});
  }
  for (const std::uint64_t length : {0U, 125U, 126U, 65535U}) {
    rules.push_back({with_number("eight bytes for a length of", length), long_form(length, LengthForm::eight), "",
                     Then::fails, 1002});
  }
  // The head alone decides.
  for (const std::uint64_t length : {std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
    rules.push_back({with_number("length", length), peer.head(fin_bit | binary_op, length), "", Then::fails, 1002});
  }
  for (const std::uint64_t length :
       {(std::uint64_t{1} << 63U) - 1, std::uint64_t{1} << 32U, std::uint64_t{1'048'577}}) {
    rules.push_back({with_number("length", length), peer.head(fin_bit | binary_op, length), "", Then::fails, 1009});
  }
  return rules;
}

// 5.1: whatever it is, and however long.
std::vector<Rule> masks(const Peer& peer) {
  const Peer wrong{!peer.masks};
  return {
      {"mask bit of a text", wrong.text("x"), "", Then::fails, 1002},
      {"mask bit of an empty text", wrong.text(""), "", Then::fails, 1002},
      {"mask bit of a long binary", wrong.frame(fin_bit | binary_op, std::string(70'000, 'x')), "", Then::fails, 1002},
      {"mask bit of a ping", wrong.ping("x"), "", Then::fails, 1002},
      {"mask bit of a pong", wrong.pong(), "", Then::fails, 1002},
      {"mask bit of a close", wrong.close(1000), "", Then::fails, 1002},
      {"mask bit of a continuation", peer.frame(text_op, "x") + wrong.frame(fin_bit | continuation_op, "y"), "",
       Then::fails, 1002},
  };
}

std::vector<Rule> fragments(const Peer& peer) {
  const auto first = [&](std::string_view part) { return peer.frame(text_op, part); };
  const auto more = [&](std::string_view part) { return peer.frame(continuation_op, part); };
  const auto last = [&](std::string_view part) { return peer.frame(fin_bit | continuation_op, part); };
  std::string single = first("0");
  for (int i = 1; i < 9; ++i) single += more(std::to_string(i));
  const std::string large(40'000, 'x');
  return {
      {"two parts", first("He") + last("llo"), "text(Hello) "},
      {"three parts", first("H") + more("el") + last("lo"), "text(Hello) "},
      {"a part a character", single + last("9"), "text(0123456789) "},
      {"binary in parts", peer.frame(binary_op, "\0\xFF"s) + more("\x80") + last("\xFE"), "binary(\0\xFF\x80\xFE) "s},
      {"large parts", first(large) + more(large) + last(large), shown_message(text_op, large + large + large)},
      {"empty first part", first("") + last("x"), "text(x) "},
      {"empty middle part", first("x") + more("") + last("y"), "text(xy) "},
      {"empty last part", first("x") + last(""), "text(x) "},
      {"empty parts only", first("") + more("") + more("") + last(""), "text() "},
      {"two messages in parts", first("a") + last("b") + first("c") + last("d"), "text(ab) text(cd) "},
      {"ping between", first("a") + peer.ping("p") + last("b"), "pong(p) text(ab) "},
      {"pings between all", first("a") + peer.ping("1") + more("b") + peer.ping("2") + last("c") + peer.ping("3"),
       "pong(1) pong(2) text(abc) pong(3) "},
      {"pong between", first("a") + peer.pong("p") + last("b"), "text(ab) "},
      {"long ping between", first("a") + peer.ping(std::string(125, 'p')) + last("b"),
       "pong(" + std::string(125, 'p') + ") text(ab) "},
      {"close between", first("a") + peer.close(1001, "bye"), "", Then::closes, 1001, "bye"},
      {"continuation without a beginning", last("x"), "", Then::fails, 1002},
      {"unfinished continuation without a beginning", more("x"), "", Then::fails, 1002},
      {"empty continuation without a beginning", last(""), "", Then::fails, 1002},
      {"continuation behind a whole message", peer.text("a") + last("b"), "text(a) ", Then::fails, 1002},
      {"continuation behind a last part", first("a") + last("b") + last("c"), "text(ab) ", Then::fails, 1002},
      {"continuation behind a ping", peer.ping("p") + last("b"), "pong(p) ", Then::fails, 1002},
      {"text inside a message", first("a") + peer.text("b"), "", Then::fails, 1002},
      {"unfinished text inside a message", first("a") + more("b") + first("c"), "", Then::fails, 1002},
      {"binary inside a text", first("a") + peer.frame(fin_bit | binary_op, "b"), "", Then::fails, 1002},
      {"text inside a binary", peer.frame(binary_op, "a") + peer.text("b"), "", Then::fails, 1002},
  };
}

std::vector<Rule> control_frames(const Peer& peer) {
  const std::string longest(125, 'p');
  const auto control = [&](unsigned opcode, std::size_t size) {
    return peer.frame(fin_bit | opcode,
                      opcode == close_op ? "\x03\xE8" + std::string(size - 2, 'x') : std::string(size, 'x'));
  };
  std::vector<Rule> rules{
      {"empty ping", peer.ping(), "pong() "},
      {"ping of one byte", peer.ping("p"), "pong(p) "},
      {"longest ping", peer.ping(longest), "pong(" + longest + ") "},
      {"binary ping", peer.ping("\0\xFF\xFE\x80"s), "pong(\0\xFF\xFE\x80) "s},
      {"pings in order", peer.ping("1") + peer.ping("2") + peer.ping("3"), "pong(1) pong(2) pong(3) "},
      {"pong that nobody asked for", peer.pong("p"), ""},
      {"empty pong", peer.pong(), ""},
      {"longest pong", peer.pong(longest), ""},
      {"close of one byte", peer.frame(fin_bit | close_op, "\x03"), "", Then::fails, 1002},
      {"empty close", peer.frame(fin_bit | close_op), "", Then::closes, 0},
      {"longest close", peer.close(1000, std::string(123, 'x')), "", Then::closes, 1000, std::string(123, 'x')},
  };
  for (const unsigned opcode : {close_op, ping_op, pong_op}) {
    rules.push_back({with_number("126 bytes of control", opcode), control(opcode, 126), "", Then::fails, 1002});
    rules.push_back({with_number("70,000 bytes of control", opcode), control(opcode, 70'000), "", Then::fails, 1002});
    // Fails already at the second byte.
    rules.push_back({with_number("two length bytes of control", opcode),
                     peer.head(fin_bit | opcode, 5, LengthForm::two).substr(0, 2), "", Then::fails, 1002});
    rules.push_back({with_number("unfinished control", opcode), peer.frame(opcode, "\x03\xE8"), "", Then::fails, 1002});
    rules.push_back({with_number("inside a message, unfinished control", opcode),
                     peer.frame(text_op, "a") + peer.frame(opcode), "", Then::fails, 1002});
  }
  return rules;
}

std::vector<Rule> data_frames(const Peer& peer) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  return {
      {"empty text", peer.text(""), "text() "},
      {"empty binary", peer.frame(fin_bit | binary_op), "binary() "},
      {"text with NUL", peer.text("a\0b"s), "text(a\0b) "s},
      {"every byte", peer.frame(fin_bit | binary_op, all), shown_message(binary_op, all)},
      {"text beyond ASCII", peer.text("Hello-\xC2\xB5@\xC3\x9F"), "text(Hello-\xC2\xB5@\xC3\x9F) "},
      {"several", peer.text("1") + peer.frame(fin_bit | binary_op, "2") + peer.text("3"), "text(1) binary(2) text(3) "},
  };
}

std::string empty_parts(const Peer& peer, int count) {
  const std::string part = peer.frame(continuation_op);
  std::string all;
  for (int i = 0; i < count; ++i) all += part;
  return all;
}

}  // namespace

TEST_CASE("5.1: a client's frames are masked, a server's are not", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  way.check(masks(way.peer()));
}

TEST_CASE("5.2: reserved bits and unknown opcodes fail the connection", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  way.check(reserved_bits(way.peer()));
  way.check(opcodes(way.peer()));
}

TEST_CASE("5.2: lengths have their shortest form, and 63 bits", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  way.check(lengths(way.peer()));
}

TEST_CASE("5.3: each frame of a client has a mask of its own", "[ws]") {
  Connection connection = connect(Role::client);
  connection.raw.send(connection.peer.text("a") + connection.peer.text("a") + connection.peer.ping("a"));
  for (int i = 0; i < 3; ++i) connection.next();
  CHECK(connection.masks[0] != connection.masks[1]);
  CHECK(connection.masks[1] != connection.masks[2]);
}

TEST_CASE("5.3: any mask will do", "[ws]") {
  for (const std::string& mask : {"\0\0\0\0"s, "\xFF\xFF\xFF\xFF"s, "\0\xFF\0\xFF"s}) {
    Connection connection = connect(Role::server);
    std::string payload = "mask";
    for (std::size_t i = 0; i < 4; ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i]);
    connection.raw.send("\x81\x84" + mask + payload);
    CHECK(connection.next() == "text(mask) ");
  }
}

TEST_CASE("5.4: messages come in parts, with control frames between", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  way.check(fragments(way.peer()));
}

TEST_CASE("5.4: parts are counted, empty ones too", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  const Peer peer = way.peer();
  way.check(
      {
          {"at the bound", peer.frame(text_op) + empty_parts(peer, 8) + peer.frame(fin_bit | continuation_op),
           "text() "},
          {"beyond the bound", peer.frame(text_op) + empty_parts(peer, 10), "", Then::fails, 1008},
          {"bytes at the bound",
           peer.frame(text_op, std::string(600, 'x')) + peer.frame(fin_bit | continuation_op, std::string(400, 'x')),
           shown_message(text_op, std::string(1000, 'x'))},
          {"bytes beyond the bound",
           peer.frame(text_op, std::string(600, 'x')) + peer.head(fin_bit | continuation_op, 401), "", Then::fails,
           1009},
      },
      {.max_message_bytes = 1000, .max_frames = 10});
}

TEST_CASE("5.4: a million empty parts are refused at the bound", "[ws]") {
  const Role role = GENERATE(Role::server, Role::client);
  Connection connection = connect(role);
  connection.raw.send(connection.peer.frame(text_op));
  const std::string parts = empty_parts(connection.peer, 10'000);
  for (int i = 0; i < 100; ++i) connection.raw.send(parts);
  CHECK(connection.until_close().starts_with("close(1008 "));
  CHECK(connection.ends());
}

TEST_CASE("5.5: control frames are short and whole, and pings are answered", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  way.check(control_frames(way.peer()));
}

TEST_CASE("5.6: text and binary carry anything, also nothing", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  way.check(data_frames(way.peer()));
}
