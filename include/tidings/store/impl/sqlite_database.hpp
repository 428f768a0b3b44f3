// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_IMPL_SQLITE_DATABASE_HPP
#define TIDINGS_STORE_IMPL_SQLITE_DATABASE_HPP

#include <tidings/error.hpp>
#include <tidings/store/sqlite_file_options.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace store {

/// A prepared statement while it is used; whatever goes wrong is thrown as errc::store_unavailable.
class SqliteStatement {
 public:
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;
  ~SqliteStatement() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  /// In their order. Texts live until the statement has gone.
  template <class... Values>
  SqliteStatement& bind(const Values&... values) {
    (put(values), ...);
    return *this;
  }
  /// True: there is a row.
  bool step() {
    const int result = sqlite3_step(statement_);
    column_ = 0;
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail();
    return result == SQLITE_ROW;
  }

  // The columns of a row, in their order.
  std::int64_t number() { return sqlite3_column_int64(statement_, column_++); }
  std::string text() {
    const int column = column_++;
    const unsigned char* const data = sqlite3_column_text(statement_, column);
    if (data == nullptr) return {};
    return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  wall_time time() { return {number()}; }
  std::optional<wall_time> maybe_time() {
    if (sqlite3_column_type(statement_, column_) != SQLITE_NULL) return time();
    ++column_;
    return std::nullopt;
  }

 private:
  [[noreturn]] static void fail() { throw std::system_error(make_error_code(errc::store_unavailable)); }
  static void check(int result) {
    if (result != SQLITE_OK) fail();
  }
  void put(std::string_view text) {
    // An empty view may have no address, which would be NULL.
    check(sqlite3_bind_text64(statement_, next_++, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                              SQLITE_UTF8));
  }
  void put(wall_time time) { put(time.ms); }
  void put(const std::optional<wall_time>& time) {
    if (time) return put(time->ms);
    check(sqlite3_bind_null(statement_, next_++));
  }
  template <std::integral Number>
  void put(Number number) {
    check(sqlite3_bind_int64(statement_, next_++, static_cast<sqlite3_int64>(number)));
  }

  sqlite3_stmt* statement_;
  int next_ = 1;
  int column_ = 0;
};

/// A connection to a file of SQLite, with the tables of ours.
///
/// Thread  one at a time.
class SqliteDatabase {
 public:
  SqliteDatabase(const std::string& path, const SqliteFileOptions& options) {
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int result = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    connection_.reset(opened);
    if (result != SQLITE_OK) fail("it cannot be opened");
    sqlite3_busy_timeout(opened, static_cast<int>(options.busy_timeout.count()));
    execute("PRAGMA journal_mode = WAL");
    execute(options.survives_power_loss ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    execute("PRAGMA foreign_keys = ON");
    bring_up();
  }

  /// Kept ready for the next time; `sql` is a literal.
  SqliteStatement statement(const char* sql) {
    Prepared& prepared = statements_[sql];
    if (!prepared) {
      sqlite3_stmt* made = nullptr;
      if (sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) != SQLITE_OK) {
        fail(sqlite3_errmsg(connection_.get()));
      }
      prepared.reset(made);
    }
    return SqliteStatement(prepared.get());
  }
  void execute(const char* sql) {
    if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
      fail(sqlite3_errmsg(connection_.get()));
    }
  }
  /// Whatever was begun; never fails.
  void roll_back() noexcept {
    if (sqlite3_get_autocommit(connection_.get()) == 0) {
      sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
  }
  std::uint64_t last_id() const { return static_cast<std::uint64_t>(sqlite3_last_insert_rowid(connection_.get())); }
  /// Rows that the last statement changed.
  int changed() const { return sqlite3_changes(connection_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

  [[noreturn]] static void fail(const char* what) {
    throw std::system_error(make_error_code(errc::store_unavailable), what);
  }
  void bring_up() {
    execute("BEGIN IMMEDIATE");
    std::int64_t version = 0;
    {
      SqliteStatement asked = statement("PRAGMA user_version");
      if (asked.step()) version = asked.number();
    }
    if (version > 1) {
      roll_back();
      fail("it is of a newer version");
    }
    if (version == 0) execute(schema);
    execute("COMMIT");
  }

  static constexpr const char* schema = R"(
    CREATE TABLE sends (
      id INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT NOT NULL, channel TEXT NOT NULL, account TEXT NOT NULL,
      user TEXT NOT NULL, address TEXT NOT NULL, together TEXT NOT NULL, body TEXT NOT NULL, owner TEXT NOT NULL,
      key TEXT NOT NULL, key_until INTEGER, deadline INTEGER, progress TEXT NOT NULL, created INTEGER NOT NULL,
      dead INTEGER NOT NULL DEFAULT 0, open INTEGER NOT NULL DEFAULT 1);
    CREATE INDEX sends_message ON sends (message);
    CREATE INDEX sends_user ON sends (user);
    CREATE INDEX sends_open ON sends (account, id) WHERE open = 1;
    CREATE INDEX sends_dead ON sends (id) WHERE dead = 1;
    CREATE TABLE attempts (
      id INTEGER PRIMARY KEY AUTOINCREMENT, send INTEGER NOT NULL REFERENCES sends (id) ON DELETE CASCADE,
      number INTEGER NOT NULL, state INTEGER NOT NULL, evidence INTEGER NOT NULL DEFAULT 0,
      code INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '', receipt_id TEXT NOT NULL DEFAULT '',
      due INTEGER NOT NULL, started INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX attempts_send ON attempts (send, id);
    CREATE INDEX attempts_receipt ON attempts (receipt_id) WHERE receipt_id <> '';
    CREATE INDEX attempts_started ON attempts (started);
    CREATE INDEX attempts_state ON attempts (state, id);
    CREATE TABLE leases (owner TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE tokens (
      key TEXT PRIMARY KEY, value TEXT NOT NULL DEFAULT '', expires_at INTEGER NOT NULL DEFAULT 0,
      generation INTEGER NOT NULL DEFAULT 0, owner TEXT NOT NULL DEFAULT '', until INTEGER NOT NULL DEFAULT 0)
      WITHOUT ROWID;
    CREATE TABLE publications (id TEXT PRIMARY KEY, time INTEGER NOT NULL, event TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE places (
      publication TEXT NOT NULL REFERENCES publications (id) ON DELETE CASCADE, nth INTEGER NOT NULL,
      topic TEXT NOT NULL, epoch INTEGER NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (publication, nth))
      WITHOUT ROWID;
    CREATE TABLE proofs (
      topic TEXT NOT NULL, user TEXT NOT NULL, epoch INTEGER NOT NULL, offset INTEGER NOT NULL,
      evidence INTEGER NOT NULL, PRIMARY KEY (topic, user)) WITHOUT ROWID;
    PRAGMA user_version = 1;
  )";

  std::unique_ptr<sqlite3, Close> connection_{};
  // By the address of the literal.
  std::unordered_map<const char*, Prepared> statements_{};
};

}  // namespace store

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_IMPL_SQLITE_DATABASE_HPP
