// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_SQLITE_LEDGER_HPP
#define TIDINGS_STORE_SQLITE_LEDGER_HPP

#include <tidings/completion.hpp>
#include <tidings/delivery/attempt_ledger.hpp>
#include <tidings/delivery/missed.hpp>
#include <tidings/error.hpp>
#include <tidings/store/impl/sqlite_attempts.hpp>
#include <tidings/store/impl/sqlite_publications.hpp>
#include <tidings/store/sqlite_file.hpp>
#include <tidings/store_types.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/receipt_ledger.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// A ledger of publications and attempts in a file: what was acknowledged is found after a restart.
///
/// Models AttemptLedger, wechat::ReceiptLedger and Ledger. Nothing is removed but by `forget`.
/// Errors    as SqliteFile; errc::unknown_message.
/// Thread    any; completions come on the file's thread. Lifetime  a copy is the same ledger.
class SqliteLedger {
 public:
  using Lines = Completion<std::vector<AttemptLine>>;

  explicit SqliteLedger(SqliteFile file) : file_(std::move(file)), watch_(std::make_shared<Watch>()) {}

  void observe(OnTransition told) {
    const std::lock_guard lock(watch_->mutex);
    watch_->told = std::make_shared<OnTransition>(std::move(told));
  }

  // ---- attempts ----

  void open(std::vector<SendRecord> sends, AttemptState first, Lines done) {
    run([sends = std::move(sends), first](store::SqliteAttempts& rows) { return rows.open(sends, first); },
        std::move(done));
  }
  void begin(std::vector<std::uint64_t> attempts, std::string owner, wall_time now,
             Completion<std::vector<bool>> done) {
    run([attempts = std::move(attempts), owner = std::move(owner),
         now](store::SqliteAttempts& rows) { return rows.begin(attempts, owner, now); },
        std::move(done));
  }
  void end(std::vector<AttemptEnd> ends, Lines done) {
    run([ends = std::move(ends)](store::SqliteAttempts& rows) { return rows.end(ends); }, std::move(done));
  }
  void renew(std::string owner, wall_time until, Completion<> done) {
    file_.run(
        [owner = std::move(owner), until](store::SqliteDatabase& db) {
          db.statement("INSERT INTO leases VALUES (?, ?) ON CONFLICT DO UPDATE SET until = excluded.until")
              .bind(owner, until)
              .step();
        },
        [done = std::move(done)](std::error_code ec) mutable { done(ec); });
  }
  void adopt(std::string account, std::string owner, wall_time now, std::size_t limit, Lines done) {
    run([account = std::move(account), owner = std::move(owner), now,
         limit](store::SqliteAttempts& rows) { return rows.adopt(account, owner, now, limit); },
        std::move(done));
  }
  void awaited(std::string account, std::uint64_t after, std::size_t limit, Lines done) {
    run([account = std::move(account), after,
         limit](store::SqliteAttempts& rows) { return rows.awaited(account, after, limit); },
        std::move(done));
  }
  void find(std::string account, std::string receipt_id, Completion<std::optional<AttemptLine>> done) {
    run([account = std::move(account),
         receipt_id = std::move(receipt_id)](store::SqliteAttempts& rows) { return rows.find(account, receipt_id); },
        std::move(done));
  }
  void attempts(MessageId message, std::string user, Lines done) {
    run([message, user = std::move(user)](store::SqliteAttempts& rows) { return rows.of_message(message, user); },
        std::move(done));
  }
  void history(std::string user, std::size_t limit, Lines done) {
    run([user = std::move(user), limit](store::SqliteAttempts& rows) { return rows.of_user(user, limit); },
        std::move(done));
  }
  void missed(MessageId message, Completion<std::vector<MissedRecipient>> done) {
    run([message](store::SqliteAttempts& rows) { return delivery::missed_of(rows.of_message(message, {})); },
        std::move(done));
  }
  void dead_letters(std::string account, std::size_t limit, Lines done) {
    run([account = std::move(account), limit](store::SqliteAttempts& rows) { return rows.dead(account, limit); },
        std::move(done));
  }
  void requeue(std::uint64_t send, wall_time now, Completion<bool> done) {
    run([send, now](store::SqliteAttempts& rows) { return rows.requeue(send, now); }, std::move(done));
  }
  void calls(std::string account, std::string channel, wall_time since, Completion<std::size_t> done) {
    run([account = std::move(account), channel = std::move(channel),
         since](store::SqliteAttempts& rows) { return rows.calls(account, channel, since); },
        std::move(done));
  }
  /// Removes the sends that were made before then, where nothing more is to follow.
  ///
  /// @param done  How many.
  void forget(wall_time before, Completion<std::size_t> done) {
    run([before](store::SqliteAttempts& rows) { return rows.forget(before); }, std::move(done));
  }

  // ---- publications ----

  void record(PublicationRecord record, Completion<> done) {
    file_.run([record = std::move(record)](store::SqliteDatabase& db) { store::SqlitePublications(db).record(record); },
              [done = std::move(done)](std::error_code ec) mutable { done(ec); });
  }
  void find(MessageId id, Completion<PublicationRecord> done) {
    publications(
        [id](store::SqlitePublications& rows) { return rows.find(id); },
        Completion<PublicationRecord>([done = std::move(done)](std::error_code ec, PublicationRecord record) mutable {
          if (!ec && !record.id) ec = errc::unknown_message;
          done(ec, std::move(record));
        }));
  }
  /// Newest first.
  void recent(std::size_t limit, Completion<std::vector<PublicationRecord>> done) {
    publications([limit](store::SqlitePublications& rows) { return rows.recent(limit); }, std::move(done));
  }
  void prove(std::vector<Acknowledgement> list, Completion<> done) {
    file_.run([list = std::move(list)](store::SqliteDatabase& db) { store::SqlitePublications(db).prove(list); },
              [done = std::move(done)](std::error_code ec) mutable { done(ec); });
  }
  void proofs(std::string topic, Completion<std::vector<Acknowledgement>> done) {
    publications([topic = std::move(topic)](store::SqlitePublications& rows) { return rows.proofs(topic); },
                 std::move(done));
  }

  // ---- receipts ----

  void find_attempt(std::string account, std::string msgid, wechat::ReceiptAttemptFound done) {
    run(
        [account = std::move(account), msgid = std::move(msgid)](store::SqliteAttempts& rows) {
          const std::optional<AttemptLine> line = rows.find(account, msgid);
          return line ? std::optional(wechat::ReceiptAttempt{line->attempt.id, line->attempt.state}) : std::nullopt;
        },
        std::move(done));
  }
  void find_unknown(std::string account, std::string address, wechat::ReceiptAttemptFound done) {
    run(
        [account = std::move(account), address = std::move(address)](store::SqliteAttempts& rows) {
          const std::vector<AttemptLine> found = rows.unknown(account, address);
          return found.size() == 1 ? std::optional(wechat::ReceiptAttempt{found[0].attempt.id, found[0].attempt.state})
                                   : std::nullopt;
        },
        std::move(done));
  }
  void move_attempt(std::uint64_t id, AttemptState from, AttemptState to, std::string reason, Completion<bool> done) {
    run([id, from, to,
         reason = std::move(reason)](store::SqliteAttempts& rows) { return rows.move(id, from, to, reason); },
        std::move(done));
  }

 private:
  struct Watch {
    std::mutex mutex;
    std::shared_ptr<OnTransition> told{};
  };

  // Runs f(rows) in a transaction; tells what it has changed, and its result, when it is written.
  template <class F, class Result>
  void run(F f, Completion<Result> done) {
    struct Box {
      Result result{};
      store::SqliteAttempts::Changes changes{};
    };
    auto box = std::make_shared<Box>();
    file_.run(
        [f = std::move(f), box](store::SqliteDatabase& db) mutable {
          store::SqliteAttempts rows(db, box->changes);
          box->result = f(rows);
        },
        [box, watch = watch_, done = std::move(done)](std::error_code ec) mutable {
          if (ec) return done.fail(ec);
          std::shared_ptr<OnTransition> told;
          {
            const std::lock_guard lock(watch->mutex);
            told = watch->told;
          }
          if (told && *told) {
            for (const auto& [line, from] : box->changes) (*told)(line, from);
          }
          done(ec, std::move(box->result));
        });
  }

  template <class F, class Result>
  void publications(F f, Completion<Result> done) {
    auto result = std::make_shared<Result>();
    file_.run(
        [f = std::move(f), result](store::SqliteDatabase& db) mutable {
          store::SqlitePublications rows(db);
          *result = f(rows);
        },
        [result, done = std::move(done)](std::error_code ec) mutable {
          if (ec) return done.fail(ec);
          done(ec, std::move(*result));
        });
  }

  SqliteFile file_;
  std::shared_ptr<Watch> watch_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_SQLITE_LEDGER_HPP
