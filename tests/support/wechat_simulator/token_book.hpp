// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_TOKEN_BOOK_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_TOKEN_BOOK_HPP

#include "support/wechat_simulator/json.hpp"
#include "support/wechat_simulator/random.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

namespace wechat_simulator {

struct Token {
  std::string value{};
  /// Of the account, in the configuration's order.
  std::size_t account = 0;
  /// "plain", "stable", or the agentid of an application: in each of them one token is the latest.
  std::string space{};
  /// Counts in its space, from 1.
  std::uint64_t generation = 0;
  std::int64_t born = 0;
  std::int64_t expires = 0;
  /// From then on it is not the latest any more.
  std::int64_t good_until = 0;
  /// Who asked: an address, or the name of a fault.
  std::string by{};
};

/// All tokens that were ever given out.
class TokenBook {
 public:
  enum class Verdict { good, unknown, expired, superseded };

  struct Order {
    std::size_t account = 0;
    std::string space{};
    std::int64_t now = 0;
    std::int64_t life_ms = 0;
    /// The one before lives on for so long at most.
    std::int64_t overlap_ms = 0;
    std::string by{};
  };

  Token& mint(const Order& order, Random& random);
  /// The latest one that is still good, or none.
  Token* current(std::size_t account, const std::string& space, std::int64_t now);
  Token* find(const std::string& value);

  static Verdict judge(const Token& token, std::int64_t now);

  /// All, or those of an account; the oldest first.
  Json report(std::int64_t now) const;

 private:
  std::deque<Token> tokens_{};
  std::unordered_map<std::string, std::size_t> by_value_{};
  std::map<std::pair<std::size_t, std::string>, std::size_t> latest_{};
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_TOKEN_BOOK_HPP
