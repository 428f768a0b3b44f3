// SPDX-License-Identifier: BSL-1.0
//
// RFC 6455 8.1: text is UTF-8 (RFC 3629), and fails in the first byte that is not.

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

const std::string& greek() {
  static const std::string word = "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5";
  return word;
}

std::vector<std::string> good_texts() {
  return {
      greek(),
      "\x7F",
      "\xC2\x80",          // the first of two bytes
      "\xDF\xBF",          // the last
      "\xE0\xA0\x80",      // the first of three
      "\xED\x9F\xBF",      // before the surrogates
      "\xEE\x80\x80",      // behind them
      "\xEF\xBF\xBD",      // the replacement character
      "\xEF\xBF\xBE",      // U+FFFE
      "\xEF\xBF\xBF",      // U+FFFF
      "\xF0\x90\x80\x80",  // the first of four
      "\xF0\x9F\xBF\xBF",  // a noncharacter
      "\xF4\x8F\xBF\xBF",  // the last of all
      "\xEF\xBB\xBFx",     // a byte order mark
  };
}

// Each ends with the first byte that no valid text can have there.
std::vector<std::string> broken_texts() {
  return {
      "\x80",
      "\xBF",
      "\xC0",
      "\xC1",
      "\xC2 ",
      "\xC2\xC2",
      "\xDF\x7F",
      "\xE0\x80",
      "\xE0\x9F",
      "\xE1\x80\xC0",
      "\xE1 ",
      "\xED\xA0",
      "\xED\xBF",
      "\xEF\xBF\x7F",
      "\xF0\x80",
      "\xF0\x8F",
      "\xF0\x90\x80\x7F",
      "\xF1\x80\xC0",
      "\xF4\x90",
      "\xF4\xBF",
      "\xF5",
      "\xF8",
      "\xFC",
      "\xFE",
      "\xFF",
      "\xCE\xBA\x80",
      "\xEF\xBF\xBF\xFF",
  };
}

// Each is good as far as it goes.
std::vector<std::string> cut_texts() {
  return {"\xC2", "\xE0\xA0", "\xE1\x80", "\xF0\x90", "\xF4\x8F\xBF", "x\xEF\xBF"};
}

std::string shown_bytes(const std::string& text) {
  std::string out;
  for (const char each : text) out += std::to_string(static_cast<int>(static_cast<unsigned char>(each))) + " ";
  return out;
}

}  // namespace

TEST_CASE("8.1: what is UTF-8 is taken, however it is cut", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  const Peer peer = way.peer();
  std::vector<Rule> rules;
  for (const std::string& text : good_texts()) {
    rules.push_back({shown_bytes(text), peer.text(text), "text(" + text + ") "});
    std::string parts = peer.frame(text_op);
    for (const char each : text) parts += peer.frame(continuation_op, std::string(1, each));
    rules.push_back(
        {"in parts: " + shown_bytes(text), parts + peer.frame(fin_bit | continuation_op), "text(" + text + ") "});
  }
  for (std::size_t cut = 0; cut <= greek().size(); ++cut) {
    rules.push_back({"cut at " + std::to_string(cut),
                     peer.frame(text_op, greek().substr(0, cut)) + peer.ping() +
                         peer.frame(fin_bit | continuation_op, greek().substr(cut)),
                     "pong() text(" + greek() + ") "});
  }
  rules.push_back({"any bytes in a binary", peer.frame(fin_bit | binary_op, "\xFF\xC0\x80"), "binary(\xFF\xC0\x80) "});
  way.check(rules);
}

TEST_CASE("8.1: the first byte that breaks UTF-8 fails the connection", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  const Peer peer = way.peer();
  // Glued, other bytes follow at once; what they are must not matter.
  std::vector<Rule> rules;
  for (const std::string& text : broken_texts()) {
    rules.push_back({"whole: " + shown_bytes(text), peer.text(text), "", Then::fails, 1007});
    rules.push_back({"unfinished frame: " + shown_bytes(text), peer.head(fin_bit | text_op, 1000) + peer.body(text), "",
                     Then::fails, 1007});
    std::string parts = peer.frame(text_op, greek());
    for (const char each : text) parts += peer.frame(continuation_op, std::string(1, each));
    rules.push_back({"unfinished message: " + shown_bytes(text), parts, "", Then::fails, 1007});
  }
  way.check(rules);
}

TEST_CASE("8.1: a text that ends inside of a character fails the connection", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  const Peer peer = way.peer();
  std::vector<Rule> rules;
  for (const std::string& text : cut_texts()) {
    rules.push_back({"whole: " + shown_bytes(text), peer.text(text), "", Then::fails, 1007});
    rules.push_back({"empty last part: " + shown_bytes(text),
                     peer.frame(text_op, text) + peer.frame(fin_bit | continuation_op), "", Then::fails, 1007});
    rules.push_back({"of a close: " + shown_bytes(text), peer.close(1000, text), "", Then::fails, 1007});
  }
  for (const std::string& text : broken_texts()) {
    rules.push_back({"of a close: " + shown_bytes(text), peer.close(1000, text), "", Then::fails, 1007});
  }
  rules.push_back({"good reason", peer.close(1000, greek()), "", Then::closes, 1000, greek()});
  way.check(rules);
}
