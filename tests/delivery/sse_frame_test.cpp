// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/sse_frame.hpp>
#include <tidings/protocol/sse/parser.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstddef>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace tidings;
using namespace tidings::delivery;

namespace {

constexpr std::uint64_t topic_tag = 0x250BFAE95U;
constexpr Position place{77, 42};

StoredMessage stored(std::string event, std::string data) {
  StoredMessage stored;
  stored.position = place;
  stored.message.topic = "orders";
  stored.message.event = std::move(event);
  stored.message.data = std::move(data);
  return stored;
}

// The straightforward way: RFC 9112 7.1, size in hexadecimal digits, CRLF, data, CRLF.
std::string chunk(const std::string& data) {
  std::ostringstream out;
  out << std::hex << data.size() << "\r\n" << data << "\r\n";
  return out.str();
}

std::vector<protocol::SseEvent> events_of(const std::string& stream) {
  std::vector<protocol::SseEvent> events;
  protocol::SseParser parser;
  CHECK_FALSE(parser.feed(stream, [&](protocol::SseEvent&& event) { events.push_back(std::move(event)); }));
  return events;
}

}  // namespace

TEST_CASE("the size of a chunk is hexadecimal digits without zeros in front", "[delivery][frame]") {
  auto [size, text] = GENERATE(table<std::size_t, std::string>({
      {0, "0\r\n"},
      {1, "1\r\n"},
      {15, "f\r\n"},
      {16, "10\r\n"},
      {255, "ff\r\n"},
      {4096, "1000\r\n"},
      {0xFFFFFFFF, "ffffffff\r\n"},
      {0xFEDCBA9876543210, "fedcba9876543210\r\n"},
  }));
  char room[18];
  char* const begin = put_chunk_header(room + sizeof room, size);
  CHECK(std::string(begin, room + sizeof room) == text);
}

// Golden: the wire format of DESIGN 10.
TEST_CASE("a frame is an event with its own token", "[delivery][frame]") {
  const std::string id = "id: JQv66VAAAAAAAABNAAAAAAAq\n";
  auto [event, data, body] = GENERATE(table<std::string, std::string, std::string>({
      {"created", "hi", "event: created\ndata: hi\n\n"},
      {"", "hi", "data: hi\n\n"},
      {"message", "hi", "data: hi\n\n"},
      {"", "", "data: \n\n"},
      {"", "a\nb", "data: a\ndata: b\n\n"},
      {"", "\n", "data: \ndata: \n\n"},
      {"", " a", "data:  a\n\n"},
      {"e", "\xFF", "event: e\nenc: base64\ndata: /w==\n\n"},
  }));
  SseFrame frame;
  CHECK(frame.empty());
  frame.encode({}, topic_tag, stored(event, data));
  CHECK_FALSE(frame.empty());
  CHECK(frame.plain() == id + body);
  CHECK(frame.body() == body);
  CHECK(frame.chunked() == chunk(id + body));
  CHECK(*frame.shared() == id + body);
  CHECK(frame.token() == "JQv66VAAAAAAAABNAAAAAAAq");
}

TEST_CASE("the prefix makes the id a cursor of one topic", "[delivery][frame]") {
  SseFrame frame;
  frame.encode("1", topic_tag, stored("", "x"));
  CHECK(frame.plain() == "id: 1JQv66VAAAAAAAABNAAAAAAAq\ndata: x\n\n");
  CHECK(frame.body() == "data: x\n\n");
  CHECK(frame.token() == "JQv66VAAAAAAAABNAAAAAAAq");
}

TEST_CASE("chunks of every size are framed", "[delivery][frame]") {
  const std::size_t size = GENERATE(0U, 1U, 200U, 215U, 216U, 217U, 4000U, 65'000U, 1'000'000U, 17'000'000U);
  const std::string data(size, 'x');
  SseFrame frame;
  frame.encode("1", topic_tag, stored("e", data));
  const std::string plain(frame.plain());
  CHECK((frame.chunked() == chunk(plain)));
  CHECK((plain == "id: 1JQv66VAAAAAAAABNAAAAAAAq\nevent: e\ndata: " + data + "\n\n"));
}

TEST_CASE("a session's own line before the body is a whole event", "[delivery][frame]") {
  SseFrame frame;
  frame.encode("1", topic_tag, stored("e", "one\ntwo"));
  const std::vector<protocol::SseEvent> events = events_of("id: 1other\n" + std::string(frame.body()));
  REQUIRE(events.size() == 1);
  CHECK(events[0].id == "1other");
  CHECK(events[0].event == "e");
  CHECK(events[0].data == "one\ntwo");
}

TEST_CASE("what a frame says is what a parser reads", "[delivery][frame]") {
  const std::string data = GENERATE(values<std::string>(
      {"", "x", "a\n\nb\n", ": no comment", "data: x", "id: 1\n\n", "\xFF\xFE", std::string(100'000, '\n')}));
  SseFrame frame;
  frame.encode({}, topic_tag, stored("e", data));
  const std::vector<protocol::SseEvent> events = events_of(std::string(frame.plain()));
  REQUIRE(events.size() == 1);
  CHECK(events[0].id == protocol::to_token(topic_tag, place));
  const bool encoded = events[0].unknown_field("enc") == "base64";
  CHECK((encoded ? protocol::decode_base64(events[0].data) : events[0].data) == data);
}

TEST_CASE("what leaves the loop is made once and outlives the frame", "[delivery][frame]") {
  SharedBytes bytes;
  {
    SseFrame frame;
    frame.encode({}, topic_tag, stored("", "x"));
    bytes = frame.shared();
    CHECK(frame.shared() == bytes);
  }
  CHECK(bytes->ends_with("data: x\n\n"));
}
