// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/sse/encoder.hpp>
#include <tidings/protocol/sse/parser.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace tidings::protocol;
using namespace std::string_literals;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

// What a parser showed, as one text: easy to compare and to read when it differs.
struct Reading {
  explicit Reading(std::size_t max_event_bytes = 1024) : parser(max_event_bytes) {}

  void feed(std::string_view bytes) {
    const std::error_code ec = parser.feed(
        bytes, [this](SseEvent&& event) { show(event); },
        [this](std::string_view comment) { text.append("#").append(comment).append("|"); });
    if (ec && !failed) text += "!" + ec.message() + "|";
    failed = static_cast<bool>(ec);
  }

  void show(const SseEvent& event) {
    text += event.event + "/" + event.id + (event.has_id ? "+" : "") + "/" + event.data;
    if (event.retry) text += "/retry=" + std::to_string(event.retry->count());
    for (const SseField& field : event.unknown) text += "/" + field.name + "=" + field.value;
    text += "|";
  }

  std::string result() const {
    const auto retry = parser.retry();
    return text + " last=" + parser.last_event_id() + (retry ? " retry=" + std::to_string(retry->count()) : "");
  }

  SseParser parser;
  std::string text;
  bool failed = false;
};

std::string read_whole(std::string_view stream, std::size_t max_event_bytes = 1024) {
  Reading reading(max_event_bytes);
  reading.feed(stream);
  return reading.result();
}

std::string read_bytewise(std::string_view stream, std::size_t max_event_bytes = 1024) {
  Reading reading(max_event_bytes);
  for (std::size_t at = 0; at < stream.size(); ++at) reading.feed(stream.substr(at, 1));
  return reading.result();
}

std::string read_split(std::string_view stream, std::minstd_rand& random, std::size_t max_event_bytes = 1024) {
  Reading reading(max_event_bytes);
  while (!stream.empty()) {
    const std::size_t size = std::min<std::size_t>(random() % 7, stream.size());
    reading.feed(stream.substr(0, size));
    stream.remove_prefix(size);
  }
  return reading.result();
}

}  // namespace

TEST_CASE("a stream is read by the rules of WHATWG however it is cut", "[protocol][sse]") {
  // stream, what is shown: event/id/data, `+` = the block had an id, `#` = comment.
  auto [stream, shown] = GENERATE(table<std::string, std::string>({
      // 9.2.6 the examples of the standard
      {"data: YHOO\ndata: +2\ndata: 10\n\n", "message//YHOO\n+2\n10| last="},
      {": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
       "# test stream|message/1+/first event|message/+/second event|message// third event| last="},
      {"data\n\ndata\ndata\n\ndata:", "message//|message//\n| last="},
      {"data:test\n\ndata: test\n\n", "message//test|message//test| last="},
      // 9.2.5 line ends: LF, CR, CRLF and mixtures
      {"data:a\r\rdata:b\r\r", "message//a|message//b| last="},
      {"data:a\r\n\r\ndata:b\r\n\r\n", "message//a|message//b| last="},
      {"data:a\n\rdata:b\r\n\n", "message//a|message//b| last="},
      {"data:a\r\ndata:b\r\rdata:c\n\n", "message//a\nb|message//c| last="},
      {"\n\n\r\r\r\n\r\n", " last="},
      // 9.2.5 one leading BOM is ignored, a later one is not
      {std::string(bom) + "data:a\n\n", "message//a| last="},
      {std::string(bom) + std::string(bom) + "data:a\n\n", " last="},
      {std::string(bom) + "\ndata:a\n\n", "message//a| last="},
      {"\n" + std::string(bom) + "data:a\n\n", " last="},
      {"data:" + std::string(bom) + "a\n\n", "message//" + std::string(bom) + "a| last="},
      {"\xEF\xBB"
       "data:a\n\n",
       " last="},
      // 9.2.6 fields
      {"event: created\ndata: x\n\ndata: y\n\n", "created//x|message//y| last="},
      {"event: a\nevent: b\ndata: x\n\n", "b//x| last="},
      {"event: a\nevent\ndata: x\n\n", "message//x| last="},
      {"event: created\n\ndata: y\n\n", "message//y| last="},
      {"Data: x\n\n", " last="},
      {" data: x\n\n", " last="},
      {"data : x\n\n", " last="},
      {"data:\tx\n\n", "message//\tx| last="},
      {"data: x: y\n\n", "message//x: y| last="},
      {"data:a\0b\n\n"s, "message//a\0b| last="s},
      {"data: x", " last="},
      {"data: x\n", " last="},
      {"data: x\nid: 1\n", " last="},
      {"data:\n\n", "message//| last="},
      {"data:\ndata:\n\n", "message//\n| last="},
      // 9.2.6 id
      {"id: 1\ndata: x\n\ndata: y\n\n", "message/1+/x|message/1/y| last=1"},
      {"id: 1\n\n", " last=1"},
      {"id: 1\n\nid\n\n", " last="},
      {"id: 1\ndata: x\n\nid: 2\n", "message/1+/x| last=1"},
      {"id: 1\nid: 2\ndata: x\n\n", "message/2+/x| last=2"},
      {"id: a\0b\ndata: x\n\n"s, "message//x| last="},
      {"id: 1\n\nid: \0\ndata: x\n\n"s, "message/1/x| last=1"},
      {"id:  spaced\ndata: x\n\n", "message/ spaced+/x| last= spaced"},
      // 9.2.6 retry: ASCII digits only; in force without an event
      {"retry: 2000\n\n", " last= retry=2000"},
      {"retry: 2000\ndata: x\n\n", "message//x/retry=2000| last= retry=2000"},
      {"retry: 2000", " last="},
      {"retry: 2000\nretry: x\ndata: x\n\n", "message//x/retry=2000| last= retry=2000"},
      {"retry: 1e3\n\n", " last="},
      {"retry: -1\n\n", " last="},
      {"retry: +1\n\n", " last="},
      {"retry: 1 \n\n", " last="},
      {"retry\n\n", " last="},
      {"retry: 0\n\n", " last= retry=0"},
      {"retry: 007\n\n", " last= retry=7"},
      {"retry: 99999999999999999999999\n\n", " last= retry=86400000"},
      {"retry: 86400001\n\n", " last= retry=86400000"},
      {"retry: 5\n\ndata: x\n\n", "message//x| last= retry=5"},
      // 9.2.6 comments and unknown fields
      {":\n\n", "#| last="},
      {":a\n:b\ndata: x\n:c\n\n", "#a|#b|#c|message//x| last="},
      {"enc: base64\ndata: AA==\n\n", "message//AA==/enc=base64| last="},
      {"enc: base64\n\ndata: x\n\n", "message//x| last="},
      {"foo\ndata: x\nbar:1\n\n", "message//x/foo=/bar=1| last="},
  }));
  CAPTURE(stream);
  REQUIRE(read_whole(stream) == shown);
  CHECK(read_bytewise(stream) == shown);
  std::minstd_rand random(7);
  for (int round = 0; round < 20; ++round) CHECK(read_split(stream, random) == shown);
}

TEST_CASE("an event or comment above the bound fails at every cut alike", "[protocol][sse]") {
  const std::string too_large = "!" + make_error_code(tidings::errc::payload_too_large).message() + "|";
  auto [stream, shown] = GENERATE_COPY(table<std::string, std::string>({
      {"data:67890123456\n\n", "message//67890123456| last="},
      {"data:678901234567\n\n", too_large + " last="},
      {"data:67890\ndata:x\n\n", "message//67890\nx| last="},
      {"data:67890\ndata:xy\n\n", too_large + " last="},
      {"data:1\n\ndata:678901234567", "message//1|" + too_large + " last="},
      {":23456789012345678", too_large + " last="},
      {":2345678\n:2345678\n:2345678\n\ndata:x\n\n", "#2345678|#2345678|#2345678|message//x| last="},
      {"x\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx", too_large + " last="},
  }));
  CAPTURE(stream);
  CHECK(read_whole(stream, 16) == shown);
  CHECK(read_bytewise(stream, 16) == shown);
}

TEST_CASE("a failed parser reads on only after a reset or a new stream", "[protocol][sse]") {
  Reading reading(8);
  reading.feed("id: 1\n\ndata: too long\n\n");
  CHECK(reading.failed);
  reading.feed("data:x\n\n");
  CHECK(reading.failed);
  reading.parser.end_of_stream();
  reading.feed("data:x\n\n");
  CHECK_FALSE(reading.failed);
  CHECK(reading.parser.last_event_id() == "1");
  reading.parser.reset();
  CHECK(reading.parser.last_event_id().empty());
}

TEST_CASE("an unfinished event ends with its stream, the id and retry stay", "[protocol][sse]") {
  Reading reading;
  reading.feed("id: 1\nretry: 5\ndata: a\n\nid: 2\ndata: half");
  reading.parser.end_of_stream();
  reading.feed(std::string(bom) + "data: b\n\n");
  CHECK(reading.result() == "message/1+/a/retry=5|message/1/b| last=1 retry=5");
}

TEST_CASE("unknown fields are bounded in number and the last of a name wins", "[protocol][sse]") {
  SseParser parser;
  std::string stream = "enc: one\nenc: two\ndata: x\n";
  for (int i = 0; i < 100; ++i) stream += "f" + std::to_string(i) + ": v\n";
  std::vector<SseEvent> events;
  CHECK_FALSE(parser.feed(stream + "\n", [&](SseEvent&& event) { events.push_back(std::move(event)); }));
  REQUIRE(events.size() == 1);
  CHECK(events[0].unknown.size() == SseParser::max_unknown_fields);
  CHECK(events[0].unknown_field("enc") == "two");
  CHECK(events[0].unknown_field("none").empty());
}

TEST_CASE("a callback that throws leaves a parser that can be reset", "[protocol][sse]") {
  SseParser parser;
  const auto boom = [](SseEvent&&) { throw std::runtime_error("boom"); };
  CHECK_FALSE(parser.feed("data: x\n", boom));
  CHECK_THROWS_AS(parser.feed("\ndata: y\n\n", boom), std::runtime_error);
  parser.reset();
  std::string seen;
  CHECK_FALSE(parser.feed("data: z\n\n", [&](SseEvent&& event) { seen += event.data; }));
  CHECK(seen == "z");
}

TEST_CASE("what the encoder writes the parser reads", "[protocol][sse]") {
  std::minstd_rand random(11);
  constexpr std::string_view alphabet("ab: \n\r\0\xC3\xA9", 9);
  for (int round = 0; round < 2000; ++round) {
    std::string data(random() % 12, 'x');
    for (char& c : data) c = alphabet[random() % alphabet.size()];
    std::string expected;
    for (std::size_t at = 0; at < data.size(); ++at) {
      if (data[at] == '\n' && at > 0 && data[at - 1] == '\r') continue;
      expected.push_back(data[at] == '\r' ? '\n' : data[at]);
    }
    std::string stream;
    encode_sse_retry(stream, 20ms);
    stream += sse_heartbeat;
    encode_sse_event(stream, "id", "name", data);
    CHECK(read_split(stream, random) == "#|name/id+/" + expected + "| last=id retry=20");
  }
}
