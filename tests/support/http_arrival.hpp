// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_HTTP_ARRIVAL_HPP
#define TIDINGS_TESTS_SUPPORT_HTTP_ARRIVAL_HPP

#include "support/raw_http.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// An HTTP answer as far as it has come, for clients that never wait. Behind a 101 everything is body.
class HttpArrival {
 public:
  void feed(std::string_view bytes) {
    rest_ += bytes;
    const std::size_t end = rest_.find("\r\n\r\n");
    if (head_ || end == std::string::npos) return;
    head_ = parse_head(rest_.substr(0, end + 4));
    rest_.erase(0, end + 4);
    if (head_->chunked()) return;
    if (head_->status == 204 || head_->status == 304) left_ = 0;
    if (head_->count("Content-Length") != 0) left_ = std::stoul(head_->value("Content-Length"));
  }
  const std::optional<RawHead>& head() const { return head_; }
  /// The body's next bytes, out of their chunks.
  std::string take() {
    if (!head_) return {};
    if (head_->chunked()) return take_chunks();
    std::string taken = rest_.substr(0, left_.value_or(rest_.size()));
    rest_.erase(0, taken.size());
    if (left_) *left_ -= taken.size();
    return taken;
  }
  /// Everything was taken, of a body that tells its end.
  bool complete() const { return head_ && left_ == 0U; }

 private:
  std::string take_chunks() {
    std::string body;
    while (left_ != 0U) {
      const std::size_t line = rest_.find("\r\n");
      if (line == std::string::npos) break;
      const std::size_t size = std::stoul(rest_, nullptr, 16);
      if (rest_.size() < line + 2 + size + 2) break;
      body += rest_.substr(line + 2, size);
      rest_.erase(0, line + 2 + size + 2);
      if (size == 0) left_ = 0;
    }
    return body;
  }

  std::string rest_;
  std::optional<RawHead> head_;
  // Bytes of the body that are still to come, where that is known.
  std::optional<std::size_t> left_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_HTTP_ARRIVAL_HPP
