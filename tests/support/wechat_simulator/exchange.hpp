// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_EXCHANGE_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_EXCHANGE_HPP

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace wechat_simulator {

/// What came.
struct ApiRequest {
  std::string method{};
  std::string path{};
  /// Decoded.
  std::map<std::string, std::string> query{};
  std::string body{};
  std::string ip = "127.0.0.1";
  /// Its connection has carried one before.
  bool reused = false;
};

struct Answer {
  int status = 200;
  std::string content_type{};
  /// Of a redirect.
  std::string location{};
  std::string body{};
};

/// What is done with the answer on its way. Times are real milliseconds.
struct WirePlan {
  enum class Act {
    answer,
    /// Nothing is sent, and the connection stays open for `hold_ms`, or until the client has had enough.
    silence,
    /// The head and half the body, and a reset.
    reset_after_headers,
    /// Nothing is sent but the end of our side.
    half_close,
    /// Half of the body that the head announces, and an ordinary end.
    truncate,
    /// One byte each `drip_ms`.
    drip,
    /// The connection ends.
    close,
    /// ... with a reset.
    reset,
  };

  Act act = Act::answer;
  std::int64_t delay_ms = 0;
  std::int64_t drip_ms = 0;
  /// 0 = as long as the client does.
  std::int64_t hold_ms = 0;
  /// So long nobody can connect.
  std::int64_t refuse_ms = 0;
};

/// One request with its answer.
struct Exchange {
  std::uint64_t id = 0;
  Answer answer{};
  WirePlan plan{};
  /// The answer leaves behind the first attempt at this callback.
  std::optional<std::uint64_t> behind_callback{};
};

/// The errcode that a call is refused with, thrown by whatever check finds it.
struct Refusal {
  int code = 0;
  /// Empty = the usual one.
  std::string text{};
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_EXCHANGE_HPP
