// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/envelope.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <tuple>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_literals;

namespace {

// What an envelope asks, as one line; "invalid" when it cannot be read.
std::string reading(const std::string& body) {
  Upward upward;
  upward.ack = "untouched";
  if (const std::error_code ec = parse_upward(body, upward)) {
    CHECK(ec == errc::invalid_envelope);
    CHECK(upward.ack == "untouched");
    return "invalid";
  }
  std::string line;
  if (upward.ack) line += "ack=" + *upward.ack + ";";
  for (const std::string& token : upward.seen) line += "seen=" + token + ";";
  if (upward.seen_all) line += "seen all;";
  if (upward.send) {
    const UpwardSend& send = *upward.send;
    line += "send=" + send.ref + "/" + send.event + "/" + (send.json ? "json:" : "") + send.data + ";";
  }
  return line;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("an upward envelope is read or refused as a whole", "[protocol][envelope]") {
  auto [body, read] = GENERATE(table<std::string, std::string>({
      {R"({"ack":"1abc"})", "ack=1abc;"},
      {R"( {"ack" : "1abc"} )", "ack=1abc;"},
      {R"({"ack":""})", "ack=;"},
      {R"({"seen":["a","b"]})", "seen=a;seen=b;"},
      {R"({"seen":[]})", ""},
      {R"({"seen":"all"})", "seen all;"},
      {R"({"send":{"ref":"1","event":"x","data":"d"}})", "send=1/x/d;"},
      {R"({"send":{"event":"x","data":{"a":[1,2]}}})", R"(send=/x/json:{"a":[1,2]};)"},
      {R"({"send":{"event":"x","data":null}})", "send=/x/json:null;"},
      {R"({"send":{}})", "send=//;"},
      {R"({"ack":"c","seen":["a"],"send":{"data":"d"}})", "ack=c;seen=a;send=//d;"},
      {R"({"ack":"c","later":{"x":1}})", "ack=c;"},
      {R"({"ack":"\u00e9\n"})", "ack=\xC3\xA9\n;"},
      {"", "invalid"},
      {"{}", "invalid"},
      {"[]", "invalid"},
      {"null", "invalid"},
      {R"("ack")", "invalid"},
      {R"({"later":1})", "invalid"},
      {R"({"ack":1})", "invalid"},
      {R"({"ack":null})", "invalid"},
      {R"({"ack":["c"]})", "invalid"},
      {R"({"seen":"none"})", "invalid"},
      {R"({"seen":true})", "invalid"},
      {R"({"seen":{"0":"a"}})", "invalid"},
      {R"({"seen":["a",1]})", "invalid"},
      {R"({"send":"x"})", "invalid"},
      {R"({"send":{"ref":1}})", "invalid"},
      {R"({"send":{"event":"tidings.gap"}})", "invalid"},
      {R"({"send":{"event":"a\nb"}})", "invalid"},
      {R"({"ack":"c"}x)", "invalid"},
      {R"({"ack":"c"}{"ack":"d"})", "invalid"},
      {R"({"ack":"c",})", "invalid"},
      {R"({'ack':'c'})", "invalid"},
      {R"({"ack":"c"} // no)", "invalid"},
      {R"({"ack":"c"})" + "\0"s, "invalid"},
      {"\xEF\xBB\xBF"
       R"({"ack":"c"})",
       "invalid"},
      {"{\"ack\":\"\xFF\"}", "invalid"},
      {"{\"ack\":\"a\nb\"}", "invalid"},
      {R"({"ack":"\ud800"})", "invalid"},
      {R"({"ack":"c","x":1e999})", "invalid"},
  }));
  CAPTURE(body);
  CHECK(reading(body) == read);
}

TEST_CASE("an envelope is bounded in depth, counts and sizes", "[protocol][envelope]") {
  CHECK(reading(R"({"ack":"c","x":)" + nested(31) + "}") == "ack=c;");
  CHECK(reading(R"({"ack":"c","x":)" + nested(32) + "}") == "invalid");
  CHECK(reading(R"({"ack":"c","x":)" + nested(100'000) + "}") == "invalid");

  const auto tokens = [](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += i == 0 ? "\"a\"" : ",\"a\"";
    return "{\"seen\":[" + list + "]}";
  };
  CHECK(reading(tokens(1000)).size() == 7000);
  CHECK(reading(tokens(1001)) == "invalid");

  CHECK(reading("{\"ack\":\"" + std::string(4096, 'a') + "\"}") != "invalid");
  CHECK(reading("{\"ack\":\"" + std::string(4097, 'a') + "\"}") == "invalid");
  CHECK(reading("{\"seen\":[\"" + std::string(65, 'a') + "\"]}") == "invalid");
  CHECK(reading("{\"send\":{\"ref\":\"" + std::string(65, 'a') + "\"}}") == "invalid");

  std::string many = "0";
  for (int i = 0; i < 10'000; ++i) many += ",0";
  CHECK(reading(R"({"ack":"c","x":[)" + many + "]}") == "invalid");
  CHECK(reading(R"({"ack":"c","x":")" + std::string(1024 * 1024, 'a') + "\"}") == "invalid");
}

TEST_CASE("text to be embedded is exactly one JSON value", "[protocol][envelope]") {
  auto [text, good] = GENERATE(table<std::string, bool>({
      {"{}", true},
      {" [1, 2.5e3, \"x\", null, true] ", true},
      {"1", true},
      {"-0", true},
      {"\"text\"", true},
      {"{\"a\":{\"b\":[]}}", true},
      {nested(32), true},
      {nested(33), false},
      {"", false},
      {" ", false},
      {"1 2", false},
      {"{}{}", false},
      {"{},", false},
      {"01", false},
      {"+1", false},
      {".5", false},
      {"NaN", false},
      {"nul", false},
      {"[1,]", false},
      {"\"open", false},
      {"\"a\nb\"", false},
      {"{}\0"s, false},
      {"{}\0garbage"s, false},
      {"\xEF\xBB\xBF{}", false},
      {"\"\xED\xA0\x80\"", false},
      {"/* no */ {}", false},
  }));
  CAPTURE(text);
  CHECK(check_json(text) == (good ? std::error_code{} : make_error_code(errc::invalid_json)));
}
