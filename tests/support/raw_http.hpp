// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_RAW_HTTP_HPP
#define TIDINGS_TESTS_SUPPORT_RAW_HTTP_HPP

#include <tidings/http_types.hpp>

#include "support/raw_client.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP/1.x as a client reads it, by a few lines of its own: the library's parsers are what is being tested.
namespace support {

inline std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// `GET target`, with more header lines that end in CRLF each.
inline std::string get(const std::string& target, const std::string& headers = {}, const std::string& version = "1.1") {
  return "GET " + target + " HTTP/" + version + "\r\nHost: localhost\r\n" + headers + "\r\n";
}

/// Status line and headers of an answer.
struct RawHead {
  std::string text;
  std::string version;
  int status = 0;
  std::vector<tidings::Header> headers;

  std::size_t count(const std::string& name) const {
    return static_cast<std::size_t>(std::count_if(
        headers.begin(), headers.end(), [&](const tidings::Header& each) { return lower(each.name) == lower(name); }));
  }
  /// Empty if there is none.
  std::string value(const std::string& name) const {
    for (const tidings::Header& each : headers) {
      if (lower(each.name) == lower(name)) return each.value;
    }
    return {};
  }
  bool chunked() const { return lower(value("Transfer-Encoding")) == "chunked"; }
  bool says_close() const { return lower(value("Connection")) == "close"; }
};

inline RawHead parse_head(std::string text) {
  RawHead head;
  head.text = std::move(text);
  std::string_view rest = head.text;
  const auto line = [&rest] {
    const std::string_view found = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), found.size() + 2));
    return found;
  };
  const std::string status = std::string(line());
  if (!status.starts_with("HTTP/1.") || status.size() < 12) throw std::runtime_error("no status line: " + head.text);
  head.version = status.substr(5, 3);
  head.status = std::stoi(status.substr(9, 3));
  for (std::string_view each = line(); !each.empty(); each = line()) {
    const std::size_t colon = each.find(':');
    if (colon == std::string_view::npos) throw std::runtime_error("no header line: " + std::string(each));
    std::string_view value = each.substr(colon + 1);
    value.remove_prefix(std::min(value.size(), value.find_first_not_of(' ')));
    head.headers.push_back({std::string(each.substr(0, colon)), std::string(value)});
  }
  return head;
}

inline RawHead read_head(RawClient& client) { return parse_head(client.read_until("\r\n\r\n")); }

/// The data of the next chunk; none when it was the last one.
inline std::optional<std::string> read_chunk(RawClient& client) {
  const std::size_t size = std::stoul(client.read_until("\r\n"), nullptr, 16);
  std::string data = client.read_exactly(size + 2);
  if (!data.ends_with("\r\n")) throw std::runtime_error("no line end behind a chunk: " + data.substr(0, 200));
  data.resize(size);
  return size == 0 ? std::nullopt : std::optional(std::move(data));
}

struct RawAnswer {
  RawHead head;
  std::string body;
};

/// What is behind the head, in whatever form the head announces.
inline std::string read_body(RawClient& client, const RawHead& head) {
  std::string body;
  if (head.chunked()) {
    while (std::optional<std::string> chunk = read_chunk(client)) body += *chunk;
    return body;
  }
  if (head.count("Content-Length") != 0) return client.read_exactly(std::stoul(head.value("Content-Length")));
  if (head.status == 204 || head.status == 304) return {};
  return client.read_to_end();
}

inline RawAnswer read_answer(RawClient& client) {
  RawAnswer answer;
  answer.head = read_head(client);
  answer.body = read_body(client, answer.head);
  return answer;
}

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_RAW_HTTP_HPP
