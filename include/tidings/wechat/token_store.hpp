// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TOKEN_STORE_HPP
#define TIDINGS_WECHAT_TOKEN_STORE_HPP

#include <tidings/completion.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/token_claim.hpp>
#include <tidings/wechat/token_record.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Keeps access tokens, for all who send from the same accounts. Every callback is called exactly once, from any thread,
/// also inline; never with a lock of the store held.
/// | s.read(key, done)                    | TokenRecord; generation 0 = nothing stored |
/// | s.claim(claim, done)                 | bool: nobody else has claimed the key until a time after `now`, and now its
///                                          owner has it until `until`; once more by the same owner prolongs it |
/// | s.write(key, expected, record, done) | bool: the stored generation was `expected`, and `record` is stored now |
/// | s.release(key, owner, done)          | the key is nobody's if it was the owner's; else nothing happens |
template <class S>
concept TokenStore = requires(S& s, std::string key, TokenClaim claim, std::uint64_t expected, TokenRecord record,
                              Completion<TokenRecord> read, Completion<bool> yes, Completion<> done) {
  { s.read(key, std::move(read)) } -> std::same_as<void>;
  { s.claim(std::move(claim), std::move(yes)) } -> std::same_as<void>;
  { s.write(key, expected, std::move(record), std::move(yes)) } -> std::same_as<void>;
  { s.release(key, key, std::move(done)) } -> std::same_as<void>;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_TOKEN_STORE_HPP
