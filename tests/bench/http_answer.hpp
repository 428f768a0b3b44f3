// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_HTTP_ANSWER_HPP
#define TIDINGS_TESTS_BENCH_HTTP_ANSWER_HPP

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

/// An answer with a Content-Length, or without a body. It shares no code with the library.
struct HttpAnswer {
  /// With the line end of its last line.
  std::string_view head;
  std::string_view body;

  bool succeeded() const { return head.starts_with("HTTP/1.1 2"); }
  std::size_t size() const { return head.size() + 2 + body.size(); }
  /// Empty = it is not there.
  std::string_view header(std::string_view name) const {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const std::size_t at = head.find(start);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = head.substr(at + start.size());
    return rest.substr(0, rest.find("\r\n"));
  }
};

/// The answer that begins here; none = it is not whole.
inline std::optional<HttpAnswer> parse_answer(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  HttpAnswer answer{bytes.substr(0, end + 2), {}};
  const std::string_view length = answer.header("Content-Length");
  std::size_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  if (bytes.size() < end + 4 + size) return std::nullopt;
  answer.body = bytes.substr(end + 4, size);
  return answer;
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_HTTP_ANSWER_HPP
