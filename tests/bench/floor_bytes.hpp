// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_FLOOR_BYTES_HPP
#define TIDINGS_TESTS_BENCH_FLOOR_BYTES_HPP

#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

/// What the bare servers write over HTTP: as many bytes as the listener does.
namespace bench {

inline std::string chunk(const std::string& text) {
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
  return size.data() + text + "\r\n";
}

/// The head of an event stream and its first chunk.
inline std::string stream_head(const std::string& id) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache, no-transform\r\n"
         "X-Accel-Buffering: no\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" +
         chunk("retry: 2000\n" + id + "\n");
}
inline std::string stream_event(const std::string& id, std::string_view payload) {
  return chunk(id + "data: " + std::string(payload) + "\n\n");
}

/// A cursor is as long as the listener's, and says how many publications there were.
inline std::string cursor_of(std::size_t published) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "1%024zu", published);
  return text.data();
}
/// The answer to a poll: one message.
inline std::string poll_answer(std::size_t published, std::string_view topic, std::string_view payload,
                               std::string_view poll_after) {
  const std::string cursor = cursor_of(published);
  const std::string body = "{\"cursor\":\"" + cursor + "\",\"messages\":[{\"at\":\"" + cursor.substr(1) +
                           "\",\"topic\":\"" + std::string(topic) + "\",\"data\":\"" + std::string(payload) +
                           "\"}],\"poll_after_ms\":" + std::string(poll_after) + "}";
  return "HTTP/1.1 200 OK\r\nETag: \"" + cursor +
         "\"\r\nCache-Control: private, no-cache\r\nVary: Authorization, Cookie\r\nTidings-Poll-After: " +
         std::string(poll_after) +
         "\r\nContent-Type: application/json\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_FLOOR_BYTES_HPP
