// SPDX-License-Identifier: BSL-1.0

// A text is a token or cursor exactly when its form says so; what is read and written again reads the same; what is
// refused leaves no trace. The input is one cursor, or two on lines of their own: the second is the older one.

#include <tidings/protocol/cursor.hpp>
#include <tidings/protocol/http/etag.hpp>
#include <tidings/protocol/position_token.hpp>

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace tidings;
using fuzz::require;
using protocol::Cursor;
using protocol::PositionToken;
using protocol::token_size;

bool is_base64url(std::string_view text) {
  return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
         std::string_view::npos;
}

void check_token(std::string_view text) {
  const PositionToken before{1, {2, 3}};
  PositionToken token = before;
  const bool good = !protocol::parse_token(text, token);
  require(good == (text.size() == token_size && is_base64url(text)));
  if (!good) {
    require(token == before);
    return;
  }
  require(token.tag < 1ULL << 36U && token.position.epoch < 1ULL << 60U && token.position.offset < 1ULL << 48U);
  require(protocol::to_token(token.tag, token.position) == text);
}

// What the last token with this tag says, read without the parser.
std::optional<std::string_view> last_with_tag(std::string_view tokens, std::string_view tag) {
  std::optional<std::string_view> last;
  for (std::size_t at = 0; at < tokens.size(); at += token_size) {
    if (tokens.substr(at, tag.size()) == tag) last = tokens.substr(at, token_size);
  }
  return last;
}

void check_accepted(std::string_view text, const Cursor& cursor) {
  require(cursor.size() <= defaults::max_topics_per_session);
  const std::string written = cursor.text();
  require(written.size() <= text.size());
  for (std::size_t at = 1; at < written.size(); at += token_size) {
    const std::string_view token = std::string_view(written).substr(at, token_size);
    const std::string_view tag = token.substr(0, protocol::token_tag_size);
    require(last_with_tag(text.substr(1), tag) == token);
    // One token for each tag.
    require(last_with_tag(std::string_view(written).substr(1), tag) == token);
  }
  for (std::size_t at = 1; at < text.size(); at += token_size) {
    PositionToken token;
    require(protocol::read_token(text.substr(at, token_size), token) && cursor.find(token.tag));
  }
  Cursor again;
  require(!Cursor::parse(written, again) && again == cursor);
  const std::string tag = protocol::encode_etag(written);
  require(protocol::if_none_match_cursor(tag) == written);
}

std::optional<Cursor> check_cursor(std::string_view text) {
  Cursor before;
  before.set(7, {8, 9});
  Cursor cursor = before;
  const bool good = !Cursor::parse(text, cursor);
  require(good == (text.starts_with('1') && text.size() % token_size == 1 && is_base64url(text) &&
                   text.size() / token_size <= defaults::max_topics_per_session));
  if (!good) {
    require(cursor == before);
    return std::nullopt;
  }
  check_accepted(text, cursor);
  return cursor;
}

void check_merge(const Cursor& newer, const Cursor& older) {
  Cursor both = newer;
  both.merge_over(older);
  std::size_t added = 0;
  for (const PositionToken& each : newer.tokens()) require(both.find(each.tag) == each.position);
  for (const PositionToken& each : older.tokens()) {
    const std::optional<Position> own = newer.find(each.tag);
    require(both.find(each.tag) == own.value_or(each.position));
    added += own ? 0U : 1U;
  }
  require(both.size() == newer.size() + added);
  Cursor again = both;
  again.merge_over(older);
  require(again == both);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string_view rest = text.substr(std::min(line + 1, text.size()));
  check_token(text.substr(0, line));
  if (const auto tag = protocol::if_none_match_cursor(text)) check_cursor(*tag);
  const std::optional<Cursor> newer = check_cursor(text.substr(0, line));
  const std::optional<Cursor> older = check_cursor(rest);
  if (newer && older) check_merge(*newer, *older);
  return 0;
}
