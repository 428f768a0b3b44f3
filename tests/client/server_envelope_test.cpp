// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/server_envelope.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

namespace {

const std::string orders_token = "JQv66VC-Eh-uuS3BAAAAAAAB";

ServerEnvelope parsed_envelope(std::string_view text) {
  ServerEnvelope envelope;
  REQUIRE_FALSE(parse_server_envelope(text, envelope));
  return envelope;
}
bool envelope_refused(std::string_view text) {
  ServerEnvelope envelope;
  envelope.code = "untouched";
  return parse_server_envelope(text, envelope) == errc::invalid_envelope && envelope.code == "untouched";
}

}  // namespace

TEST_CASE("a message of the server has its payload as it was published", "[client][envelope]") {
  ServerEnvelope text =
      parsed_envelope(R"({"at":")" + orders_token + R"(","topic":"orders","event":"created","data":"{\"n\":1}"})");
  CHECK(text.kind == ServerEnvelope::Kind::message);
  CHECK(text.received.topic == "orders");
  CHECK(text.received.event == "created");
  CHECK(text.received.data == R"({"n":1})");
  CHECK(text.received.at == orders_token);
  CHECK(text.token.position.offset == 1);
  CHECK_FALSE(text.received.json);
  const ServerEnvelope json = parsed_envelope(R"({"at":")" + orders_token + R"(","data":{"n":1}})");
  CHECK(json.received.json);
  CHECK(json.received.data == R"({"n":1})");
  CHECK(json.received.event == "message");
  const ServerEnvelope bytes = parsed_envelope(R"({"at":")" + orders_token + R"(","data":"AP8=","enc":"base64"})");
  CHECK(bytes.received.payload == PayloadKind::binary);
  CHECK(bytes.received.data == std::string("\0\xFF", 2));
}

TEST_CASE("hello, gap, state, answers, renew and bye are read", "[client][envelope]") {
  const ServerEnvelope hello = parsed_envelope(R"({"hello":{"session":"02ab","at":{"orders":")" + orders_token +
                                               R"("},"heartbeat_ms":45000,"unread":3}})");
  CHECK(hello.kind == ServerEnvelope::Kind::hello);
  CHECK(hello.session == "02ab");
  REQUIRE(hello.at.size() == 1);
  CHECK(hello.at[0].topic == "orders");
  CHECK(hello.heartbeat == 45s);
  CHECK(hello.unread == 3U);
  CHECK(parsed_envelope(R"({"gap":{"topics":["orders"],"at":{"orders":")" + orders_token + R"("}}})").at.size() == 1);
  CHECK(parsed_envelope(R"({"state":{"unread":0}})").unread == 0U);
  const ServerEnvelope reply = parsed_envelope(R"({"reply":{"ref":"7","event":"said","data":[1]}})");
  CHECK(reply.kind == ServerEnvelope::Kind::reply);
  CHECK(reply.ref == "7");
  CHECK(reply.reply.data == "[1]");
  CHECK(reply.reply.json);
  CHECK(parsed_envelope(R"({"done":{"ref":"7","unread":2}})").kind == ServerEnvelope::Kind::done);
  const ServerEnvelope error = parsed_envelope(R"({"error":{"ref":"7","code":"topic_not_allowed","message":"no"}})");
  CHECK(error.code == "topic_not_allowed");
  CHECK(error.text == "no");
  CHECK(parsed_envelope(R"({"renew":{"in_ms":30000}})").kind == ServerEnvelope::Kind::renew);
  const ServerEnvelope bye = parsed_envelope(R"({"bye":{"code":"draining","retry_ms":1743}})");
  CHECK(bye.code == "draining");
  CHECK(bye.retry == 1743ms);
  CHECK(parsed_envelope("{}").kind == ServerEnvelope::Kind::empty);
  CHECK(parsed_envelope(R"({"news":1})").kind == ServerEnvelope::Kind::unknown);
}

TEST_CASE("what is no envelope of a server is refused", "[client][envelope]") {
  for (const char* bad : {"", "x", "[]", "1", "null", R"({"at":"short","data":"x"})", R"({"at":7})", R"({"hello":1})",
                          R"({"hello":{"at":[]}})", R"({"hello":{"at":{"orders":"x"}}})",
                          R"({"at":"JQv66VC-Eh-uuS3BAAAAAAAB","data":"###","enc":"base64"})", "{}{}"}) {
    INFO(bad);
    CHECK(envelope_refused(bad));
  }
  // Writing it anew would recurse as deep.
  CHECK(envelope_refused(R"({"at":")" + orders_token + R"(","data":)" + std::string(100'000, '[') +
                         std::string(100'000, ']') + "}"));
  // A number that no clock holds.
  CHECK(parsed_envelope(R"({"bye":{"retry_ms":18446744073709551615}})").retry == std::chrono::hours(24));
}
