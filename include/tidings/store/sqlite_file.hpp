// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_SQLITE_FILE_HPP
#define TIDINGS_STORE_SQLITE_FILE_HPP

#include <tidings/error.hpp>
#include <tidings/store/impl/sqlite_database.hpp>
#include <tidings/store/sqlite_file_options.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// A file of SQLite, for as many stores and ledgers as like: one writer, one sync for all that waits.
///
/// Whatever has been queued while the last transaction was written is the next one; nobody waits for company. A piece of
/// work that fails takes nothing else with it.
///
/// Errors    errc::queue_full; errc::store_unavailable: the file cannot be written (disk, lock, schema); errc::closed.
/// Thread    any. One of its own, on which completions come.
/// Lifetime  a copy is the same file. With the last one what waits is still written, then the thread is joined; not inside
///           a completion of its own.
class SqliteFile {
 public:
  using Work = UniqueFunction<void(store::SqliteDatabase&)>;
  using Done = UniqueFunction<void(std::error_code)>;

  /// Opens the file, or makes it. Throws `std::system_error` with errc::store_unavailable where that cannot be.
  explicit SqliteFile(const std::string& path, SqliteFileOptions options = {})
      : writer_(std::make_shared<Writer>(path, options)) {}

  /// Runs `work` inside a transaction; `done` when it is as durable as the options say, or nothing of it has happened.
  void run(Work work, Done done) { writer_->add(std::move(work), std::move(done)); }

 private:
  struct Job {
    Work work;
    Done done;
    std::error_code ec{};
  };

  class Writer {
   public:
    Writer(const std::string& path, SqliteFileOptions options)
        : options_(options), database_(path, options), thread_([this] { loop(); }) {}
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() {
      {
        const std::lock_guard lock(mutex_);
        over_ = true;
        more_.notify_all();
      }
      thread_.join();
    }

    void add(Work work, Done done) {
      {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() < options_.max_waiting) {
          waiting_.push_back({std::move(work), std::move(done)});
          more_.notify_all();
          return;
        }
      }
      done(errc::queue_full);
    }

   private:
    void loop() {
      for (;;) {
        std::vector<Job> jobs;
        {
          std::unique_lock lock(mutex_);
          more_.wait(lock, [this] { return over_ || !waiting_.empty(); });
          if (waiting_.empty()) return;
          jobs.swap(waiting_);
        }
        write(jobs);
        for (Job& each : jobs) each.done(each.ec);
      }
    }
    void write(std::vector<Job>& jobs) {
      try {
        database_.execute("BEGIN IMMEDIATE");
        for (Job& each : jobs) each.ec = alone(each.work);
        database_.execute("COMMIT");
      } catch (const std::system_error& error) {
        database_.roll_back();
        for (Job& each : jobs) each.ec = error.code();
      }
    }
    std::error_code alone(Work& work) {
      database_.execute("SAVEPOINT work");
      std::error_code ec;
      try {
        work(database_);
      } catch (const std::system_error& error) {
        ec = error.code();
        database_.execute("ROLLBACK TO work");
      }
      database_.execute("RELEASE work");
      return ec;
    }

    SqliteFileOptions options_;
    store::SqliteDatabase database_;
    std::mutex mutex_;
    std::condition_variable more_;
    std::vector<Job> waiting_{};
    bool over_ = false;
    std::thread thread_;
  };

  std::shared_ptr<Writer> writer_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_SQLITE_FILE_HPP
