// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/server_envelope.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

namespace {

using Kind = ServerEnvelope::Kind;
const std::string orders = "JQv66VC-Eh-uuS3BAAAAAAAB";

ServerEnvelope parsed(std::string_view text) {
  ServerEnvelope envelope;
  REQUIRE_FALSE(parse_server_envelope(text, envelope));
  return envelope;
}
bool refused(std::string_view text) {
  ServerEnvelope envelope;
  envelope.code = "untouched";
  return parse_server_envelope(text, envelope) == errc::invalid_envelope && envelope.code == "untouched";
}

}  // namespace

TEST_CASE("a message of the server has its payload as it was published", "[client][envelope]") {
  ServerEnvelope text = parsed(R"({"at":")" + orders + R"(","topic":"orders","event":"created","data":"{\"n\":1}"})");
  CHECK(text.kind == Kind::message);
  CHECK(text.received.topic == "orders");
  CHECK(text.received.event == "created");
  CHECK(text.received.data == R"({"n":1})");
  CHECK(text.received.at == orders);
  CHECK(text.token.position.offset == 1);
  CHECK_FALSE(text.received.json);
  const ServerEnvelope json = parsed(R"({"at":")" + orders + R"(","data":{"n":1}})");
  CHECK(json.received.json);
  CHECK(json.received.data == R"({"n":1})");
  CHECK(json.received.event == "message");
  const ServerEnvelope bytes = parsed(R"({"at":")" + orders + R"(","data":"AP8=","enc":"base64"})");
  CHECK(bytes.received.payload == PayloadKind::binary);
  CHECK(bytes.received.data == std::string("\0\xFF", 2));
}

TEST_CASE("hello, gap, state, answers, renew and bye are read", "[client][envelope]") {
  const ServerEnvelope hello =
      parsed(R"({"hello":{"session":"02ab","at":{"orders":")" + orders + R"("},"heartbeat_ms":45000,"unread":3}})");
  CHECK(hello.kind == Kind::hello);
  CHECK(hello.session == "02ab");
  REQUIRE(hello.at.size() == 1);
  CHECK(hello.at[0].topic == "orders");
  CHECK(hello.heartbeat == 45s);
  CHECK(hello.unread == 3U);
  CHECK(parsed(R"({"gap":{"topics":["orders"],"at":{"orders":")" + orders + R"("}}})").at.size() == 1);
  CHECK(parsed(R"({"state":{"unread":0}})").unread == 0U);
  const ServerEnvelope reply = parsed(R"({"reply":{"ref":"7","event":"said","data":[1]}})");
  CHECK(reply.kind == Kind::reply);
  CHECK(reply.ref == "7");
  CHECK(reply.reply.data == "[1]");
  CHECK(reply.reply.json);
  CHECK(parsed(R"({"done":{"ref":"7","unread":2}})").kind == Kind::done);
  const ServerEnvelope error = parsed(R"({"error":{"ref":"7","code":"topic_not_allowed","message":"no"}})");
  CHECK(error.code == "topic_not_allowed");
  CHECK(error.text == "no");
  CHECK(parsed(R"({"renew":{"in_ms":30000}})").kind == Kind::renew);
  const ServerEnvelope bye = parsed(R"({"bye":{"code":"draining","retry_ms":1743}})");
  CHECK(bye.code == "draining");
  CHECK(bye.retry == 1743ms);
  CHECK(parsed("{}").kind == Kind::empty);
  CHECK(parsed(R"({"news":1})").kind == Kind::unknown);
}

TEST_CASE("what is no envelope of a server is refused", "[client][envelope]") {
  for (const char* bad : {"", "x", "[]", "1", "null", R"({"at":"short","data":"x"})", R"({"at":7})", R"({"hello":1})",
                          R"({"hello":{"at":[]}})", R"({"hello":{"at":{"orders":"x"}}})",
                          R"({"at":"JQv66VC-Eh-uuS3BAAAAAAAB","data":"###","enc":"base64"})", "{}{}"}) {
    INFO(bad);
    CHECK(refused(bad));
  }
  // Writing it anew would recurse as deep.
  CHECK(refused(R"({"at":")" + orders + R"(","data":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}"));
  // A number that no clock holds.
  CHECK(parsed(R"({"bye":{"retry_ms":18446744073709551615}})").retry == std::chrono::hours(24));
}
