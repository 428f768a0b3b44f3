// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/poll/message_json.hpp>
#include <tidings/protocol/topic_name.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <nlohmann/json.hpp>

#include <random>
#include <string>
#include <tuple>
#include <utility>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_literals;
using nlohmann::json;

namespace {

Message text_message(std::string event, std::string data) {
  Message message;
  message.topic = "orders";
  message.event = std::move(event);
  message.data = std::move(data);
  return message;
}

Message json_message(std::string data) {
  Message message = text_message("", std::move(data));
  message.json = true;
  return message;
}

Message keyed_message() {
  Message message = text_message("", "x");
  message.key = "k";
  message.idempotency_key = "secret";
  return message;
}

StoredMessage stored(Message message) {
  StoredMessage stored;
  stored.position = {77, 42};
  stored.message = std::move(message);
  return stored;
}

std::string text_of(const Message& message) {
  std::string out;
  append_message_json(out, topic_tag(message.topic), stored(message));
  return out;
}

}  // namespace

// Golden: the wire format of DESIGN 10.
TEST_CASE("a message is one JSON object with its members in order", "[protocol][poll]") {
  const std::string at = "\"at\":\"" + to_token(topic_tag("orders"), {77, 42}) + "\",\"topic\":\"orders\"";
  auto [message, text] = GENERATE_COPY(table<Message, std::string>({
      {text_message("created", "hi"), "{" + at + R"(,"event":"created","data":"hi"})"},
      {text_message("", "hi"), "{" + at + R"(,"data":"hi"})"},
      {text_message("", ""), "{" + at + R"(,"data":""})"},
      {json_message(R"({"a": [1, 2]})"), "{" + at + R"(,"data":{"a": [1, 2]}})"},
      {json_message("null"), "{" + at + R"(,"data":null})"},
      {text_message("", "null"), "{" + at + R"(,"data":"null"})"},
      {text_message("", "\xFF"), "{" + at + R"(,"data":"/w==","enc":"base64"})"},
      {text_message("", "a\n\"\\\t\x01"), "{" + at + R"(,"data":"a\n\"\\\t\u0001"})"},
      {keyed_message(), "{" + at + R"(,"data":"x"})"},
  }));
  CHECK(text_of(message) == text);
}

TEST_CASE("whatever the payload, the object can be parsed and the payload comes back", "[protocol][poll]") {
  const std::string data = GENERATE(values<std::string>({
      "",
      "plain",
      "\0"s,
      "a\0b"s,
      "\x01\x02\x1F\x7F",
      "\"}{\\",
      "</script>",
      "line\nline\r\nline\rline",
      "\xE2\x80\xA8\xE2\x80\xA9",
      "\xF0\x9F\x8E\x89",
      "\xEF\xBF\xBF",
      "eight___8\"",
      "\xC0\xAF",
      "\xED\xA0\x80",
      "\xF4\x90\x80\x80",
      "cut \xE8\xAE",
      std::string(100'000, 'x'),
      std::string(1000, '"'),
  }));
  Message message = text_message("e\"v\\", data);
  message.topic = "a \"b\" \\ c";
  const json parsed = json::parse(text_of(message));
  CHECK(parsed.at("topic").get<std::string>() == "a \"b\" \\ c");
  CHECK(parsed.at("event").get<std::string>() == "e\"v\\");
  CHECK(parsed.contains("enc") == !is_valid_utf8(data));
  const auto said = parsed.at("data").get<std::string>();
  CHECK((parsed.contains("enc") ? decode_base64(said) : said) == data);
}

TEST_CASE("random bytes come back", "[protocol][poll]") {
  std::mt19937 random(29);
  for (int round = 0; round < 1000; ++round) {
    std::string data(random() % 30, ' ');
    const unsigned width = round % 2 == 0 ? 128 : 256;
    for (char& c : data) c = static_cast<char>(random() % width);
    const json parsed = json::parse(text_of(text_message("", data)));
    const auto said = parsed.at("data").get<std::string>();
    CHECK((parsed.contains("enc") ? decode_base64(said) : said) == data);
  }
}

TEST_CASE("the members stand without braces, so that others may follow", "[protocol][poll]") {
  std::string out = "{";
  append_message_members(out, topic_tag("orders"), stored(text_message("", "x")));
  out += ",\"seen\":false}";
  const json parsed = json::parse(out);
  CHECK(parsed.size() == 4);
  CHECK(parsed.at("seen") == false);
  PositionToken token;
  REQUIRE(read_token(parsed.at("at").get<std::string>(), token));
  CHECK(token == PositionToken{topic_tag("orders"), {77, 42}});
}
