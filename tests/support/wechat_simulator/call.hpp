// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALL_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALL_HPP

#include "support/wechat_simulator/exchange.hpp"
#include "support/wechat_simulator/world.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace wechat_simulator {

/// One API call on its way through the checks. Each check throws a `Refusal`.
struct Call {
  const ApiRequest& request;
  World& world;
  std::uint64_t exchange = 0;
  std::int64_t now = 0;
  /// Whence it comes; a fault may say otherwise.
  std::string ip{};
  /// Discarded where it is no JSON.
  Json body{};
  /// Of the token, once `check_token` has passed; of the call for a token, once the appid is known.
  Account* account = nullptr;
  Token* token = nullptr;
  /// Calls of the account to this path that were not answered when it came.
  std::int64_t parallel = 0;
  /// The answer waits for this callback.
  std::optional<std::uint64_t> behind_callback{};
  /// What a refusal says besides its code.
  Json refusal_members = Json::object();

  std::string query(const std::string& name) const;
  bool is_post() const { return request.method == "POST"; }

  /// 41001, 40014, 42001, 40001.
  void check_token(bool wecom);
  /// 48001: the path is one of another kind of account.
  void check_kind(Kind kind) const;
  /// 43002.
  void check_post() const;
  /// 44002, 47001, 40033.
  void check_json() const;
  /// 40164, for WeCom 60020.
  void check_ip() const;
  /// 45011, then 45009; counts the call.
  void check_quota() const;
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALL_HPP
