// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_IMPL_SQLITE_ATTEMPTS_HPP
#define TIDINGS_STORE_IMPL_SQLITE_ATTEMPTS_HPP

#include <tidings/delivery/attempt_end.hpp>
#include <tidings/delivery/attempt_line.hpp>
#include <tidings/delivery/attempt_state.hpp>
#include <tidings/message_id.hpp>
#include <tidings/store/impl/sqlite_database.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// A line of the ledger; each statement is one literal, so that it is prepared once.
#define TIDINGS_SQLITE_LINE                                                                                            \
  "SELECT s.id, s.message, s.channel, s.account, s.user, s.address, s.together, s.body, s.owner, s.key, s.key_until, " \
  "s.deadline, s.progress, s.created, s.dead, a.id, a.number, a.state, a.evidence, a.code, a.reason, a.receipt_id, "   \
  "a.due, a.started, a.ended FROM attempts a JOIN sends s ON s.id = a.send WHERE "

TIDINGS_NAMESPACE_BEGIN

namespace store {

/// The rows of sends and attempts, inside a transaction. What is thrown undoes all of it.
class SqliteAttempts {
 public:
  /// Attempts that changed, with the state before.
  using Changes = std::vector<std::pair<AttemptLine, AttemptState>>;

  SqliteAttempts(SqliteDatabase& db, Changes& changes) : db_(db), changes_(changes) {}

  std::vector<AttemptLine> open(const std::vector<SendRecord>& sends, AttemptState first) {
    std::vector<AttemptLine> lines;
    for (const SendRecord& each : sends) {
      db_.statement(
             "INSERT INTO sends (message, channel, account, user, address, together, body, owner, key, key_until, "
             "deadline, progress, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
          .bind(to_string(each.message), each.channel, each.account, each.user, each.address, each.group, each.body,
                each.owner, each.key, each.key_until, each.deadline, each.progress, each.created)
          .step();
      lines.push_back({each, add(db_.last_id(), 1, first, each.created)});
      lines.back().send.id = lines.back().attempt.send;
      changes_.emplace_back(lines.back(), first);
    }
    return lines;
  }

  std::vector<bool> begin(const std::vector<std::uint64_t>& attempts, const std::string& owner, wall_time now) {
    std::vector<bool> begun;
    for (const std::uint64_t id : attempts) {
      db_.statement(
             "UPDATE attempts SET state = ?, started = ? WHERE id = ? AND state = ? AND "
             "(SELECT owner FROM sends WHERE id = send) = ?")
          .bind(number_of(AttemptState::sending), now, id, number_of(AttemptState::queued), owner)
          .step();
      begun.push_back(db_.changed() > 0);
      if (begun.back()) note(id, AttemptState::queued);
    }
    return begun;
  }

  std::vector<AttemptLine> end(const std::vector<AttemptEnd>& ends) {
    std::vector<AttemptLine> lines;
    for (const AttemptEnd& each : ends) lines.push_back(end(each));
    return lines;
  }

  std::vector<AttemptLine> adopt(const std::string& account, const std::string& owner, wall_time now,
                                 std::size_t limit) {
    db_.statement("DELETE FROM leases WHERE until <= ? AND owner <> ?").bind(now, owner).step();
    std::vector<AttemptLine> lines;
    {
      SqliteStatement rows = db_.statement(
          TIDINGS_SQLITE_LINE
          "s.account = ? AND s.open = 1 AND s.dead = 0 AND s.owner <> ? AND s.owner NOT IN (SELECT owner FROM leases) "
          "AND a.id = (SELECT max(id) FROM attempts WHERE send = s.id) ORDER BY s.id");
      rows.bind(account, owner);
      while (rows.step()) {
        AttemptLine line = read(rows);
        const bool same = !lines.empty() && !line.send.group.empty() && lines.back().send.group == line.send.group;
        if (lines.size() >= limit && !same) break;
        lines.push_back(std::move(line));
      }
    }
    for (AttemptLine& each : lines) {
      db_.statement("UPDATE sends SET owner = ? WHERE id = ?").bind(owner, each.send.id).step();
      each.send.owner = owner;
    }
    return lines;
  }

  std::vector<AttemptLine> awaited(const std::string& account, std::uint64_t after, std::size_t limit) {
    return all(db_.statement(TIDINGS_SQLITE_LINE "a.state = ? AND a.id > ? AND s.account = ? ORDER BY a.id LIMIT ?")
                   .bind(number_of(AttemptState::accepted), after, account, bound(limit)));
  }
  std::optional<AttemptLine> find(const std::string& account, const std::string& receipt_id) {
    std::vector<AttemptLine> found =
        all(db_.statement(TIDINGS_SQLITE_LINE
                          "a.receipt_id = ? AND a.receipt_id <> '' AND s.account = ? ORDER BY a.id LIMIT 1")
                .bind(receipt_id, account));
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
  }
  std::vector<AttemptLine> of_message(MessageId message, const std::string& user) {
    return all(db_.statement(TIDINGS_SQLITE_LINE "s.message = ? AND (? = '' OR s.user = ?) ORDER BY a.id")
                   .bind(to_string(message), user, user));
  }
  std::vector<AttemptLine> of_user(const std::string& user, std::size_t limit) {
    return all(db_.statement(TIDINGS_SQLITE_LINE "s.user = ? ORDER BY a.id DESC LIMIT ?").bind(user, bound(limit)));
  }
  std::vector<AttemptLine> dead(const std::string& account, std::size_t limit) {
    return all(db_.statement(TIDINGS_SQLITE_LINE
                             "s.dead = 1 AND (? = '' OR s.account = ?) AND "
                             "a.id = (SELECT max(id) FROM attempts WHERE send = s.id) ORDER BY a.id DESC LIMIT ?")
                   .bind(account, account, bound(limit)));
  }
  std::vector<AttemptLine> unknown(const std::string& account, const std::string& address) {
    return all(db_.statement(TIDINGS_SQLITE_LINE "a.state = ? AND s.account = ? AND s.address = ? LIMIT 2")
                   .bind(number_of(AttemptState::unknown), account, address));
  }

  bool requeue(std::uint64_t send, wall_time now) {
    std::vector<std::uint64_t> dead;
    {
      SqliteStatement rows = db_.statement(
          "SELECT s.id FROM sends s JOIN sends this ON this.id = ? WHERE this.dead = 1 AND s.dead = 1 AND "
          "(s.id = this.id OR (s.together <> '' AND s.together = this.together)) ORDER BY s.id");
      rows.bind(send);
      while (rows.step()) dead.push_back(static_cast<std::uint64_t>(rows.number()));
    }
    for (const std::uint64_t each : dead) {
      db_.statement("UPDATE sends SET dead = 0, owner = '', progress = '', open = 1 WHERE id = ?").bind(each).step();
      note(again(each, now).id, AttemptState::queued);
    }
    return !dead.empty();
  }
  std::size_t calls(const std::string& account, const std::string& channel, wall_time since) {
    SqliteStatement row = db_.statement(
        "SELECT count(*) FROM attempts a JOIN sends s ON s.id = a.send "
        "WHERE a.started >= ? AND s.account = ? AND s.channel = ?");
    return row.bind(since, account, channel).step() ? static_cast<std::size_t>(row.number()) : 0;
  }
  bool move(std::uint64_t id, AttemptState from, AttemptState to, const std::string& reason) {
    if (!delivery::may_follow(from, to)) return false;
    const Evidence evidence = to == AttemptState::delivered ? Evidence::receipt : Evidence::none;
    db_.statement("UPDATE attempts SET state = ?, reason = ?, evidence = max(evidence, ?) WHERE id = ? AND state = ?")
        .bind(number_of(to), reason, static_cast<int>(evidence), id, number_of(from))
        .step();
    if (db_.changed() == 0) return false;
    const AttemptRecord moved = note(id, from).attempt;
    if (is_newest(moved)) {
      db_.statement("UPDATE sends SET open = ? WHERE id = ?").bind(is_open(to) ? 1 : 0, moved.send).step();
    }
    if (has_arrived(to)) db_.statement("UPDATE sends SET dead = 0 WHERE id = ?").bind(moved.send).step();
    return true;
  }
  std::size_t forget(wall_time before) {
    db_.statement("DELETE FROM sends WHERE created < ? AND open = 0").bind(before).step();
    return static_cast<std::size_t>(db_.changed());
  }

 private:
  static int number_of(AttemptState state) { return static_cast<int>(state); }
  static std::int64_t bound(std::size_t limit) {
    return static_cast<std::int64_t>(std::min<std::size_t>(limit, 1'000'000'000));
  }
  // Whatever came of later attempts, there is nothing left to be looked at.
  static bool has_arrived(AttemptState state) {
    return state == AttemptState::delivered || state == AttemptState::seen;
  }
  static bool is_open(AttemptState state) { return state == AttemptState::queued || state == AttemptState::sending; }

  AttemptRecord add(std::uint64_t send, std::int64_t number, AttemptState state, wall_time due) {
    AttemptRecord record;
    record.send = send;
    record.number = static_cast<std::uint32_t>(number);
    record.state = state;
    record.due = due;
    if (state == AttemptState::sending) record.started = due;
    db_.statement("INSERT INTO attempts (send, number, state, due, started) VALUES (?, ?, ?, ?, ?)")
        .bind(send, number, number_of(state), due, record.started)
        .step();
    record.id = db_.last_id();
    return record;
  }
  AttemptRecord again(std::uint64_t send, wall_time due) {
    std::int64_t number = 1;
    {
      SqliteStatement row = db_.statement("SELECT 1 + max(number) FROM attempts WHERE send = ?");
      if (row.bind(send).step()) number = row.number();
    }
    return add(send, number, AttemptState::queued, due);
  }

  AttemptLine end(const AttemptEnd& each) {
    const std::optional<AttemptLine> line = by_id(each.attempt);
    if (!line || line->send.owner != each.owner || !delivery::may_follow(line->attempt.state, each.state)) return {};
    db_.statement("UPDATE attempts SET state = ?, code = ?, reason = ?, receipt_id = ?, ended = ? WHERE id = ?")
        .bind(number_of(each.state), each.code, each.reason, each.receipt_id, each.now, each.attempt)
        .step();
    if (!is_newest(line->attempt)) return note(each.attempt, line->attempt.state);
    db_.statement("UPDATE sends SET progress = ?, dead = ?, open = ? WHERE id = ?")
        .bind(each.progress, each.dead ? 1 : 0, each.again || is_open(each.state) ? 1 : 0, line->send.id)
        .step();
    AttemptLine ended = note(each.attempt, line->attempt.state);
    return each.again ? note(again(line->send.id, *each.again).id, AttemptState::queued) : ended;
  }
  bool is_newest(const AttemptRecord& attempt) {
    SqliteStatement row = db_.statement("SELECT max(id) FROM attempts WHERE send = ?");
    return row.bind(attempt.send).step() && row.number() == static_cast<std::int64_t>(attempt.id);
  }

  AttemptLine note(std::uint64_t attempt, AttemptState from) {
    changes_.emplace_back(by_id(attempt).value_or(AttemptLine{}), from);
    return changes_.back().first;
  }
  std::optional<AttemptLine> by_id(std::uint64_t attempt) {
    std::vector<AttemptLine> found = all(db_.statement(TIDINGS_SQLITE_LINE "a.id = ?").bind(attempt));
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
  }
  static std::vector<AttemptLine> all(SqliteStatement& rows) {
    std::vector<AttemptLine> lines;
    while (rows.step()) lines.push_back(read(rows));
    return lines;
  }
  static AttemptLine read(SqliteStatement& row) {
    AttemptLine line;
    SendRecord& send = line.send;
    send.id = static_cast<std::uint64_t>(row.number());
    parse_message_id(row.text(), send.message);
    send.channel = row.text();
    send.account = row.text();
    send.user = row.text();
    send.address = row.text();
    send.group = row.text();
    send.body = row.text();
    send.owner = row.text();
    send.key = row.text();
    send.key_until = row.maybe_time();
    send.deadline = row.maybe_time();
    send.progress = row.text();
    send.created = row.time();
    send.dead = row.number() != 0;
    AttemptRecord& attempt = line.attempt;
    attempt.send = send.id;
    attempt.id = static_cast<std::uint64_t>(row.number());
    attempt.number = static_cast<std::uint32_t>(row.number());
    attempt.state = static_cast<AttemptState>(row.number());
    attempt.evidence = static_cast<Evidence>(row.number());
    attempt.code = static_cast<std::int32_t>(row.number());
    attempt.reason = row.text();
    attempt.receipt_id = row.text();
    attempt.due = row.time();
    attempt.started = row.time();
    attempt.ended = row.time();
    return line;
  }

  SqliteDatabase& db_;
  Changes& changes_;
};

}  // namespace store

TIDINGS_NAMESPACE_END

#undef TIDINGS_SQLITE_LINE

#endif  // TIDINGS_STORE_IMPL_SQLITE_ATTEMPTS_HPP
