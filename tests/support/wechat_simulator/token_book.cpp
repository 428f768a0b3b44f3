// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/token_book.hpp"

#include <algorithm>

namespace wechat_simulator {

Token& TokenBook::mint(const Order& order, Random& random) {
  const auto [latest, is_first] = latest_.try_emplace({order.account, order.space}, tokens_.size());
  std::uint64_t generation = 1;
  if (!is_first) {
    Token& before = tokens_[latest->second];
    before.good_until = std::min(before.good_until, order.now + order.overlap_ms);
    generation = before.generation + 1;
    latest->second = tokens_.size();
  }
  // As long as the vendor's.
  tokens_.push_back({.value = std::to_string(90 + tokens_.size() % 10) + "_" + random.word(133),
                     .account = order.account,
                     .space = order.space,
                     .generation = generation,
                     .born = order.now,
                     .expires = order.now + order.life_ms,
                     .good_until = order.now + order.life_ms,
                     .by = order.by});
  by_value_[tokens_.back().value] = tokens_.size() - 1;
  return tokens_.back();
}

Token* TokenBook::current(std::size_t account, const std::string& space, std::int64_t now) {
  const auto found = latest_.find({account, space});
  if (found == latest_.end()) return nullptr;
  Token& token = tokens_[found->second];
  return judge(token, now) == Verdict::good ? &token : nullptr;
}

Token* TokenBook::find(const std::string& value) {
  const auto found = by_value_.find(value);
  return found == by_value_.end() ? nullptr : &tokens_[found->second];
}

TokenBook::Verdict TokenBook::judge(const Token& token, std::int64_t now) {
  if (now >= token.expires) return Verdict::expired;
  return now >= token.good_until ? Verdict::superseded : Verdict::good;
}

Json TokenBook::report(std::int64_t now) const {
  Json all = Json::array();
  for (const Token& each : tokens_) {
    const Verdict verdict = judge(each, now);
    all.push_back({{"access_token", each.value},
                   {"account", each.account},
                   {"space", each.space},
                   {"generation", each.generation},
                   {"born", each.born},
                   {"expires", each.expires},
                   {"good_until", each.good_until},
                   {"by", each.by},
                   {"state", verdict == Verdict::good      ? "good"
                             : verdict == Verdict::expired ? "expired"
                                                           : "superseded"}});
  }
  return all;
}

}  // namespace wechat_simulator
