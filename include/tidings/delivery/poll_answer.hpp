// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_POLL_ANSWER_HPP
#define TIDINGS_DELIVERY_POLL_ANSWER_HPP

#include <tidings/protocol/cursor.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// What one poll gathered.
struct PollAnswer {
  /// Comma-separated JSON objects of `count` messages.
  std::string messages;
  std::size_t count = 0;
  /// Topics to be re-read.
  std::vector<std::string> gaps;
  protocol::Cursor cursor;
  /// More is waiting: ask again at once.
  bool more = false;
  /// Set when the poll was ended from outside (drain, store down, gone).
  std::error_code why;
  std::chrono::milliseconds retry{0};

  /// It ended before every topic had a position: the cursor would not hold what the client must come back with.
  bool incomplete = false;

  bool empty() const { return count == 0 && gaps.empty(); }
  /// To be answered as a temporary refusal; the client asks again with the cursor it has, and nothing is lost.
  bool refused() const { return incomplete || (why && empty()); }
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_POLL_ANSWER_HPP
