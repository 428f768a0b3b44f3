// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/cursor.hpp>
#include <tidings/protocol/topic_name.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_literals;

namespace {

std::string token_of(std::uint64_t tag, std::uint64_t offset) { return to_token(tag, {77, offset}); }

std::string cursor_of(std::uint64_t topics) {
  std::string text = "1";
  for (std::uint64_t tag = 1; tag <= topics; ++tag) text += token_of(tag, 100 + tag);
  return text;
}

// Nothing if the text cannot be read; then also checks that the cursor stayed as it was.
std::optional<Cursor> read(const std::string& text) {
  Cursor cursor;
  cursor.set(99, {1, 2});
  const Cursor before = cursor;
  const std::error_code ec = Cursor::parse(text, cursor);
  if (!ec) return cursor;
  CHECK(ec == errc::invalid_cursor);
  CHECK(cursor == before);
  return std::nullopt;
}

// What a client does that knows nothing of cursors: replaces the token with the same first six characters.
std::string replaced_by_hand(std::string cursor, const std::string& token) {
  for (std::size_t at = 1; at < cursor.size(); at += token_size) {
    if (cursor.compare(at, token_tag_size, token, 0, token_tag_size) == 0) return cursor.replace(at, token_size, token);
  }
  return cursor + token;
}

}  // namespace

TEST_CASE("a cursor of up to 64 topics comes back as it was written", "[protocol][cursor]") {
  const std::uint64_t topics = GENERATE(0, 1, 2, 8, 63, 64);
  const std::string text = cursor_of(topics);
  const std::optional<Cursor> cursor = read(text);
  REQUIRE(cursor);
  CHECK(cursor->size() == topics);
  CHECK(cursor->empty() == (topics == 0));
  CHECK(cursor->text() == text);
  for (std::uint64_t tag = 1; tag <= topics; ++tag) CHECK(cursor->find(tag) == Position{77, 100 + tag});
  CHECK(cursor->find(0) == std::nullopt);
  CHECK(cursor->find(topics + 1) == std::nullopt);
}

TEST_CASE("a cursor of 65 topics is refused, whether or not they repeat", "[protocol][cursor]") {
  CHECK_FALSE(read(cursor_of(65)));
  std::string repeated = "1";
  for (int i = 0; i < 65; ++i) repeated += token_of(1, 5);
  CHECK_FALSE(read(repeated));
  CHECK_FALSE(read(cursor_of(100'000)));
}

TEST_CASE("whatever is not a cursor is refused as a whole", "[protocol][cursor]") {
  const std::string good = cursor_of(2);
  const std::string text = GENERATE_COPY(values<std::string>({
      "",
      "0",
      "2",
      "11",
      " 1",
      "1 ",
      "1\n",
      "\"1\"",
      "W/\"1\"",
      "null",
      "undefined",
      good.substr(0, good.size() - 1),
      good + "A",
      good.substr(1),
      "2" + good.substr(1),
      "0" + good.substr(1),
      "A" + good.substr(1),
      " " + good.substr(1),
      good.substr(0, 48) + "+",
      good.substr(0, 48) + "=",
      good.substr(0, 24) + "/" + good.substr(25),
      good.substr(0, 30) + "\0"s + good.substr(31),
      good.substr(0, 30) + " " + good.substr(31),
      good.substr(0, 30) + "%" + good.substr(31),
      good.substr(0, 30) + "\xE8" + good.substr(31),
  }));
  CAPTURE(text);
  CHECK_FALSE(read(text));
}

TEST_CASE("a good cursor with one character lost, doubled or made foreign is refused", "[protocol][cursor]") {
  const std::string good = cursor_of(3);
  for (std::size_t at = 0; at < good.size(); ++at) {
    CAPTURE(at);
    CHECK_FALSE(read(std::string(good).erase(at, 1)));
    CHECK_FALSE(read(std::string(good).insert(at, 1, good[at])));
    CHECK_FALSE(read(std::string(good).replace(at, 1, ".")));
    CHECK((read(good.substr(0, at)).has_value()) == (at % token_size == 1));
  }
}

// A cursor of one topic that lost a character must not be read as a token of another topic.
TEST_CASE("a bare token is no cursor", "[protocol][cursor]") {
  const std::string text =
      GENERATE(values<std::string>({token_of(5, 9), "1" + std::string(23, 'A'), std::string(24, '_')}));
  CHECK_FALSE(read(text));
}

TEST_CASE("a forged cursor is read like any other: a claim, not an authority", "[protocol][cursor]") {
  const std::optional<Cursor> cursor = read("1" + std::string(24 * 3, '_'));
  REQUIRE(cursor);
  CHECK(cursor->size() == 1);
  const PositionToken claimed = cursor->tokens()[0];
  CHECK(claimed.position.offset == (std::uint64_t{1} << 48U) - 1);
}

TEST_CASE("a tag that comes twice counts as its last token says, at its first place", "[protocol][cursor]") {
  const std::optional<Cursor> cursor = read("1" + token_of(1, 10) + token_of(2, 20) + token_of(1, 11) + token_of(1, 9));
  REQUIRE(cursor);
  CHECK(cursor->size() == 2);
  CHECK(cursor->find(1) == Position{77, 9});
  CHECK(cursor->text() == "1" + token_of(1, 9) + token_of(2, 20));
}

TEST_CASE("merging takes over only what the newer cursor does not say", "[protocol][cursor]") {
  Cursor newer = *read("1" + token_of(1, 10) + token_of(2, 20));
  const Cursor older = *read("1" + token_of(3, 3) + token_of(2, 99) + token_of(4, 4));
  newer.merge_over(older);
  CHECK(newer.text() == "1" + token_of(1, 10) + token_of(2, 20) + token_of(3, 3) + token_of(4, 4));
  const Cursor before = newer;
  newer.merge_over(before);
  newer.merge_over(Cursor());
  CHECK(newer == before);
  Cursor none;
  none.merge_over(older);
  CHECK(none == older);
}

TEST_CASE("setting a position touches its topic only", "[protocol][cursor]") {
  Cursor cursor = *read(cursor_of(3));
  cursor.set(2, {78, 0});
  CHECK(cursor.text() == "1" + token_of(1, 101) + to_token(2, {78, 0}) + token_of(3, 103));
  cursor.set(4, {1, 1});
  CHECK(cursor.size() == 4);
}

TEST_CASE("a client that replaces tokens by hand keeps a valid cursor", "[protocol][cursor]") {
  std::mt19937_64 random(17);
  const std::string names[] = {"orders", "@alice", "news", "a b", "\xE8\xAE\xA2\xE5\x8D\x95"};
  std::map<std::uint64_t, Position> model;
  std::string text = "1";
  for (int round = 0; round < 500; ++round) {
    const std::uint64_t tag = topic_tag(names[random() % 5]);
    const Position position{random() >> 4U, random() >> 16U};
    model[tag] = position;
    text = replaced_by_hand(text, to_token(tag, position));
    const std::optional<Cursor> cursor = read(text);
    REQUIRE(cursor);
    CHECK(cursor->text() == text);
    CHECK(cursor->size() == model.size());
    for (const auto& [each, wanted] : model) CHECK(cursor->find(each) == wanted);
  }
}

TEST_CASE("random bytes are a cursor or are refused, and never anything between", "[protocol][cursor]") {
  std::mt19937 random(23);
  constexpr char letters[] = "1A_-z09=+ \n";
  for (int round = 0; round < 5000; ++round) {
    std::string text(random() % 80, ' ');
    for (char& c : text) c = letters[random() % (sizeof letters - 1)];
    if (random() % 2 == 0 && !text.empty()) text[0] = '1';
    const std::optional<Cursor> cursor = read(text);
    if (!cursor) continue;
    CHECK(read(cursor->text()) == cursor);
  }
}
