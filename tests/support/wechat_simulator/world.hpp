// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_WORLD_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_WORLD_HPP

#include "support/wechat_simulator/account.hpp"
#include "support/wechat_simulator/callback_desk.hpp"
#include "support/wechat_simulator/fault_rules.hpp"
#include "support/wechat_simulator/journal.hpp"
#include "support/wechat_simulator/json.hpp"
#include "support/wechat_simulator/random.hpp"
#include "support/wechat_simulator/token_book.hpp"
#include "support/wechat_simulator/virtual_clock.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wechat_simulator {

/// How answers look.
struct AnswerOptions {
  std::string content_type = "application/json; encoding=utf-8";
  /// Errors name their request, as the vendor's do.
  bool rid = true;
  /// Successes say neither errcode nor errmsg.
  bool omit_errcode = false;
  /// Real milliseconds.
  std::int64_t latency_ms = 0;
};

/// Everything there is.
struct World {
  /// Throws `std::invalid_argument`.
  explicit World(const Json& config);

  /// Who called with a wrong secret, and until when it is not listened to.
  struct Caller {
    std::deque<std::int64_t> wrong_secrets{};
    std::int64_t banned_until = 0;
  };

  VirtualClock clock{};
  Random random{};
  AnswerOptions answers{};
  std::deque<Account> accounts{};
  TokenBook tokens{};
  FaultRules faults{};
  Journal journal{};
  CallbackDesk callbacks{};
  std::map<std::string, Caller> callers{};
  /// What users have got, and what was accepted and thrown away.
  std::vector<Json> delivered{};
  std::vector<Json> dropped{};
  std::int64_t last_msgid = 3'557'254'367'693'750'277;

  Account* account_of(const std::string& id);
  std::size_t index_of(const Account& account) const;
  /// Beyond 2^53.
  std::int64_t next_msgid() { return last_msgid += 1'000'003; }
  void deliver(const Account& account, const std::string& user, const std::string& kind, const std::string& msgid,
               const Json& message);

  /// Tells the account's server; `delay` is drawn as the options say.
  ///
  /// @param behind  Not before this exchange is over.
  std::uint64_t tell(const Account& account, CallbackEvent event, std::shared_ptr<const CallbackOptions> options,
                     std::optional<std::uint64_t> behind);
  /// Asks whether the callback URL is the account's.
  std::uint64_t ask_url(const Account& account);
  /// An event of an Official Account or a mini-program, up to the member Event.
  CallbackEvent event_from(const Account& account, const std::string& user, const std::string& name) const;
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_WORLD_HPP
