// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/sse/encoder.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <tuple>

using namespace tidings::protocol;
using namespace std::string_literals;
using namespace std::chrono_literals;

TEST_CASE("an event becomes the block that WHATWG describes", "[protocol][sse]") {
  auto [id, event, data, block] = GENERATE(table<std::string, std::string, std::string, std::string>({
      {"", "", "x", "data: x\n\n"},
      {"7", "", "x", "id: 7\ndata: x\n\n"},
      {"7", "created", "x", "id: 7\nevent: created\ndata: x\n\n"},
      {"", "message", "x", "data: x\n\n"},
      {"", "messages", "x", "event: messages\ndata: x\n\n"},
      {"", "", "", "data: \n\n"},
      {"", "", "a\nb", "data: a\ndata: b\n\n"},
      {"", "", "a\rb", "data: a\ndata: b\n\n"},
      {"", "", "a\r\nb", "data: a\ndata: b\n\n"},
      {"", "", "a\n\rb", "data: a\ndata: \ndata: b\n\n"},
      {"", "", "a\r\r\nb", "data: a\ndata: \ndata: b\n\n"},
      {"", "", "a\n", "data: a\ndata: \n\n"},
      {"", "", "a\r\n", "data: a\ndata: \n\n"},
      {"", "", "a\r", "data: a\ndata: \n\n"},
      {"", "", "\n", "data: \ndata: \n\n"},
      {"", "", "\n\n", "data: \ndata: \ndata: \n\n"},
      {"", "", " indented", "data:  indented\n\n"},
      {"", "", "event: forged\n\nid: 9", "data: event: forged\ndata: \ndata: id: 9\n\n"},
      {"", "", "a\0b"s, "data: a\0b\n\n"s},
      {"", "", "\xE8\xA8\x82", "data: \xE8\xA8\x82\n\n"},
  }));
  std::string out = "before|";
  encode_sse_event(out, id, event, data);
  CHECK(out == "before|" + block);
}

TEST_CASE("an id line in front of a body is the whole event", "[protocol][sse]") {
  std::string body;
  encode_sse_body(body, "created", "a\nb");
  std::string whole;
  encode_sse_event(whole, "7", "created", "a\nb");
  CHECK("id: 7\n" + body == whole);
}

TEST_CASE("a body says its encoding in a line of its own", "[protocol][sse]") {
  std::string out;
  encode_sse_body(out, "x", "AAE=", "base64");
  CHECK(out == "event: x\nenc: base64\ndata: AAE=\n\n");
}

TEST_CASE("a reconnection time is a block of its own", "[protocol][sse]") {
  auto [retry, block] = GENERATE(table<std::chrono::milliseconds, std::string>({
      {0ms, "retry: 0\n\n"},
      {-5ms, "retry: 0\n\n"},
      {2000ms, "retry: 2000\n\n"},
      {std::chrono::milliseconds::max(), "retry: 9223372036854775807\n\n"},
  }));
  std::string out;
  encode_sse_retry(out, retry);
  CHECK(out == block);
}

TEST_CASE("event names that would break the stream or pose as ours are refused", "[protocol][sse]") {
  auto [name, good] = GENERATE(table<std::string, bool>({
      {"", true},
      {"created", true},
      {"order.created", true},
      {"tidings", true},
      {"tidingsx.y", true},
      {"with space", true},
      {"\xE8\xA8\x82", true},
      {std::string(256, 'a'), true},
      {std::string(257, 'a'), false},
      {"a\nb", false},
      {"a\rb", false},
      {"a\0b"s, false},
      {"tidings.gap", false},
      {"tidings.", false},
      {"\xFF", false},
  }));
  CAPTURE(name);
  const std::error_code ec = check_event_name(name);
  CHECK(ec == (good ? std::error_code{} : make_error_code(tidings::errc::invalid_event_name)));
}

TEST_CASE("event ids that would break the stream are refused", "[protocol][sse]") {
  auto [id, good] = GENERATE(table<std::string, bool>({
      {"", true},
      {"1AAAA", true},
      {"a b", true},
      {"a\nb", false},
      {"a\rb", false},
      {"a\0b"s, false},
  }));
  CHECK(!check_event_id(id) == good);
}

TEST_CASE("a large payload with one kind of line break is encoded in linear work", "[protocol][sse]") {
  // 1 MiB of line breaks: searching for the other kind at every line would be 10^12 steps.
  const std::string data(1024 * 1024, '\n');
  std::string out;
  encode_sse_body(out, "", data);
  CHECK(out.size() == (data.size() + 1) * 7 + 1);
}
