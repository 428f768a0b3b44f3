// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_SQLITE_TOKEN_STORE_HPP
#define TIDINGS_STORE_SQLITE_TOKEN_STORE_HPP

#include <tidings/completion.hpp>
#include <tidings/store/sqlite_file.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/token_claim.hpp>
#include <tidings/wechat/token_record.hpp>
#include <tidings/wechat/token_store.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// Access tokens in a file, for all processes that have it. A `wechat::TokenStore`.
///
/// Errors  as SqliteFile.
/// Thread  any. Lifetime  a copy is the same store.
class SqliteTokenStore {
 public:
  explicit SqliteTokenStore(SqliteFile file) : file_(std::move(file)) {}

  void read(std::string key, Completion<wechat::TokenRecord> done) {
    auto record = std::make_shared<wechat::TokenRecord>();
    file_.run(
        [key = std::move(key), record](store::SqliteDatabase& db) {
          store::SqliteStatement row = db.statement("SELECT value, expires_at, generation FROM tokens WHERE key = ?");
          if (!row.bind(key).step()) return;
          record->value = row.text();
          record->expires_at = row.time();
          record->generation = static_cast<std::uint64_t>(row.number());
        },
        [record, done = std::move(done)](std::error_code ec) mutable { done(ec, std::move(*record)); });
  }
  void claim(wechat::TokenClaim claim, Completion<bool> done) {
    change(
        [claim = std::move(claim)](store::SqliteDatabase& db) {
          db.statement("INSERT OR IGNORE INTO tokens (key) VALUES (?)").bind(claim.key).step();
          db.statement("UPDATE tokens SET owner = ?, until = ? WHERE key = ? AND (owner = ? OR until <= ?)")
              .bind(claim.owner, claim.until, claim.key, claim.owner, claim.now)
              .step();
        },
        std::move(done));
  }
  void write(std::string key, std::uint64_t expected, wechat::TokenRecord record, Completion<bool> done) {
    change(
        [key = std::move(key), expected, record = std::move(record)](store::SqliteDatabase& db) {
          db.statement("INSERT OR IGNORE INTO tokens (key) VALUES (?)").bind(key).step();
          db.statement("UPDATE tokens SET value = ?, expires_at = ?, generation = ? WHERE key = ? AND generation = ?")
              .bind(record.value, record.expires_at, record.generation, key, expected)
              .step();
        },
        std::move(done));
  }
  void release(std::string key, std::string owner, Completion<> done) {
    file_.run(
        [key = std::move(key), owner = std::move(owner)](store::SqliteDatabase& db) {
          db.statement("UPDATE tokens SET owner = '', until = 0 WHERE key = ? AND owner = ?").bind(key, owner).step();
        },
        [done = std::move(done)](std::error_code ec) mutable { done(ec); });
  }

 private:
  template <class F>
  void change(F f, Completion<bool> done) {
    auto changed = std::make_shared<bool>(false);
    file_.run(
        [f = std::move(f), changed](store::SqliteDatabase& db) {
          f(db);
          *changed = db.changed() > 0;
        },
        [changed, done = std::move(done)](std::error_code ec) mutable { done(ec, !ec && *changed); });
  }

  SqliteFile file_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_SQLITE_TOKEN_STORE_HPP
