// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_CURSOR_HPP
#define TIDINGS_PROTOCOL_CURSOR_HPP

#include <tidings/defaults.hpp>
#include <tidings/error.hpp>
#include <tidings/position.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Where a client stands in all its topics: at most one position for each topic tag, in the order of first mention.
///
/// As text `1` and the position tokens behind each other, so that a client may keep it up to date by replacing the
/// token with the same first 6 characters.
class Cursor {
 public:
  /// Reads a cursor. A tag that comes twice counts as its last token says: that is what a client has that appends
  /// instead of replacing.
  ///
  /// @param text  `1` and 0 .. defaults::max_topics_per_session tokens.
  /// @param out   Filled on success, untouched otherwise.
  /// Errors      errc::invalid_cursor: another first character, a length that is no multiple, a foreign character, or
  ///             too many tokens.
  static std::error_code parse(std::string_view text, Cursor& out) {
    constexpr std::size_t most = 1 + token_size * defaults::max_topics_per_session;
    if (!text.starts_with('1') || text.size() % token_size != 1 || text.size() > most) {
      return make_error_code(errc::invalid_cursor);
    }
    Cursor read;
    for (std::size_t at = 1; at < text.size(); at += token_size) {
      PositionToken token;
      if (!read_token(text.substr(at, token_size), token)) return make_error_code(errc::invalid_cursor);
      read.set(token.tag, token.position);
    }
    out = std::move(read);
    return {};
  }

  std::optional<Position> find(std::uint64_t tag) const {
    for (const PositionToken& each : tokens_) {
      if (each.tag == tag) return each.position;
    }
    return std::nullopt;
  }

  void set(std::uint64_t tag, Position position) {
    for (PositionToken& each : tokens_) {
      if (each.tag == tag) {
        each.position = position;
        return;
      }
    }
    tokens_.push_back({tag, position});
  }

  void erase(std::uint64_t tag) {
    std::erase_if(tokens_, [tag](const PositionToken& each) { return each.tag == tag; });
  }

  /// Takes over what `older` says of topics that this cursor does not name.
  void merge_over(const Cursor& older) {
    for (const PositionToken& each : older.tokens_) {
      if (!find(each.tag)) tokens_.push_back(each);
    }
  }

  std::string text() const {
    std::string out(1 + token_size * tokens_.size(), '1');
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      encode_token(out.data() + 1 + i * token_size, tokens_[i].tag, tokens_[i].position);
    }
    return out;
  }

  std::size_t size() const { return tokens_.size(); }
  bool empty() const { return tokens_.empty(); }
  const std::vector<PositionToken>& tokens() const { return tokens_; }

  friend bool operator==(const Cursor&, const Cursor&) = default;

 private:
  std::vector<PositionToken> tokens_;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_CURSOR_HPP
