// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_MEMORY_TOKEN_STORE_HPP
#define TIDINGS_STORE_MEMORY_TOKEN_STORE_HPP

#include <tidings/completion.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/token_claim.hpp>
#include <tidings/wechat/token_record.hpp>
#include <tidings/wechat/token_store.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// Access tokens in memory: for one process, and gone with it. A `wechat::TokenStore`.
///
/// Holds one record for each account that is ever used.
/// Thread  any; callbacks are called inline, with no lock held.
class MemoryTokenStore {
 public:
  void read(const std::string& key, Completion<wechat::TokenRecord> done) {
    done({}, [&] {
      const std::lock_guard lock(mutex_);
      return entries_[key].record;
    }());
  }

  void claim(wechat::TokenClaim claim, Completion<bool> done) {
    done({}, [&] {
      const std::lock_guard lock(mutex_);
      Entry& entry = entries_[claim.key];
      if (entry.owner != claim.owner && claim.now < entry.until) return false;
      entry.owner = std::move(claim.owner);
      entry.until = claim.until;
      return true;
    }());
  }

  void write(const std::string& key, std::uint64_t expected, wechat::TokenRecord record, Completion<bool> done) {
    done({}, [&] {
      const std::lock_guard lock(mutex_);
      Entry& entry = entries_[key];
      if (entry.record.generation != expected) return false;
      entry.record = std::move(record);
      return true;
    }());
  }

  void release(const std::string& key, const std::string& owner, Completion<> done) {
    {
      const std::lock_guard lock(mutex_);
      Entry& entry = entries_[key];
      if (entry.owner == owner) entry.until = {};
    }
    done({});
  }

 private:
  struct Entry {
    wechat::TokenRecord record;
    std::string owner;
    wall_time until{};
  };

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_MEMORY_TOKEN_STORE_HPP
