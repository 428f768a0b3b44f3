// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/json_text.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdio>
#include <random>
#include <string>
#include <tuple>

using namespace tidings::protocol;
using namespace std::string_literals;

namespace {

// RFC 8259 7, one character at a time.
std::string slow_json_string(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    const std::string::size_type short_form = "\"\\\b\f\n\r\t"s.find(c);
    if (short_form != std::string::npos) {
      out += {'\\', "\"\\bfnrt"[short_form]};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

TEST_CASE("a JSON string is quoted and escaped", "[protocol][json]") {
  auto [text, json] = GENERATE(table<std::string, std::string>({
      {"", "\"\""},
      {"abc", "\"abc\""},
      {"a\"b", "\"a\\\"b\""},
      {"a\\b", "\"a\\\\b\""},
      {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
      {"\0"s, "\"\\u0000\""},
      {"\x1F\x7F", "\"\\u001f\x7F\""},
      {"\xE8\xA8\x82", "\"\xE8\xA8\x82\""},
      {"12345678\"", "\"12345678\\\"\""},
      {"</script>", "\"</script>\""},
  }));
  std::string out = "x";
  append_json_string(out, text);
  CHECK(out == "x" + json);
}

TEST_CASE("the fast path escapes what the rule says, at every place of eight", "[protocol][json]") {
  std::minstd_rand random(3);
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t place = 0; place < 20; ++place) {
      std::string text(20, static_cast<char>(random() % 2 == 0 ? 0xC3 : '!'));
      text[place] = static_cast<char>(byte);
      if (place > 0) text[place - 1] = static_cast<char>(random() % 256);
      std::string out;
      append_json_string(out, text);
      if (out != slow_json_string(text)) FAIL_CHECK("byte " << byte << " at " << place);
    }
  }
}
