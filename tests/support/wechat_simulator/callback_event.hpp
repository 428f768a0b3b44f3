// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_EVENT_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_EVENT_HPP

#include "support/wechat_simulator/callback_options.hpp"
#include "support/wechat_simulator/random.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace wechat_simulator {

/// Something that WeChat tells an account's server.
struct CallbackEvent {
  /// Of the account, in the configuration's order.
  std::size_t account = 0;
  std::string receiver{};
  bool wecom = false;
  std::int64_t agentid = 0;
  std::string user{};
  std::string name{};
  std::string msgid{};
  /// Not an event, but the question whether the URL is the account's: what must come back.
  std::string echo{};
  /// Its members in the order in which they are written.
  nlohmann::ordered_json body{};
};

/// One HTTP request that tells it.
struct CallbackPost {
  std::uint64_t id = 0;
  std::size_t attempt = 0;
  std::string url{};
  /// GET asks whether the URL is the account's.
  std::string method = "POST";
  std::string query{};
  std::string content_type{};
  std::string body{};
  /// Real milliseconds.
  std::int64_t timeout_ms = 5000;
};

/// The event as XML or JSON, signed and encrypted as the options say.
CallbackPost make_post(const CallbackEvent& event, const CallbackOptions& options, std::int64_t now, Random& random);

/// The question whether the URL is the account's.
CallbackPost make_url_check(const CallbackEvent& event, const CallbackOptions& options, std::int64_t now,
                            Random& random);

std::string xml_of(const nlohmann::ordered_json& body);

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_EVENT_HPP
