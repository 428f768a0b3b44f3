// SPDX-License-Identifier: BSL-1.0
//
// A token store that writes whatever is stored: nobody would know that a newer token was there.
//
// error: s\.write\(
// error: TokenStore

#include <tidings/wechat/token_store.hpp>

struct Mine {
  void read(std::string key, tidings::Completion<tidings::wechat::TokenRecord> done);
  void claim(tidings::wechat::TokenClaim claim, tidings::Completion<bool> done);
#ifdef GOOD
  void write(std::string key, std::uint64_t expected, tidings::wechat::TokenRecord record,
             tidings::Completion<bool> done);
#else
  void write(std::string key, tidings::wechat::TokenRecord record, tidings::Completion<> done);
#endif
  void release(std::string key, std::string owner, tidings::Completion<> done);
};

template <tidings::wechat::TokenStore S>
void take(S store);
void use(Mine store) { take(store); }
