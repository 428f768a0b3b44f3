// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_IMPL_SQLITE_PUBLICATIONS_HPP
#define TIDINGS_STORE_IMPL_SQLITE_PUBLICATIONS_HPP

#include <tidings/message_id.hpp>
#include <tidings/store/impl/sqlite_database.hpp>
#include <tidings/store_types.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace store {

/// The rows of publications and of what is proved, inside a transaction.
class SqlitePublications {
 public:
  explicit SqlitePublications(SqliteDatabase& db) : db_(db) {}

  void record(const PublicationRecord& record) {
    const std::string id = to_string(record.id);
    db_.statement("DELETE FROM publications WHERE id = ?").bind(id).step();
    db_.statement("INSERT INTO publications VALUES (?, ?, ?)").bind(id, record.time, record.event).step();
    std::int64_t nth = 0;
    for (const auto& [topic, position] : record.places) {
      db_.statement("INSERT INTO places VALUES (?, ?, ?, ?, ?)")
          .bind(id, nth++, topic, position.epoch, position.offset)
          .step();
    }
  }
  PublicationRecord find(MessageId id) {
    PublicationRecord record;
    {
      SqliteStatement row = db_.statement("SELECT time, event FROM publications WHERE id = ?");
      const std::string text = to_string(id);
      if (!row.bind(text).step()) return record;
      record = {id, row.time(), row.text(), {}};
    }
    fill(record);
    return record;
  }
  std::vector<PublicationRecord> recent(std::size_t limit) {
    std::vector<PublicationRecord> list;
    {
      // An id begins with its time.
      SqliteStatement row = db_.statement("SELECT id, time, event FROM publications ORDER BY id DESC LIMIT ?");
      row.bind(limit < 1'000'000'000 ? limit : 1'000'000'000);
      while (row.step()) {
        PublicationRecord record;
        parse_message_id(row.text(), record.id);
        record.time = row.time();
        record.event = row.text();
        list.push_back(std::move(record));
      }
    }
    for (PublicationRecord& each : list) fill(each);
    return list;
  }

  // Never back in an epoch.
  void prove(const std::vector<Acknowledgement>& list) {
    for (const Acknowledgement& each : list) {
      db_.statement(
             "INSERT INTO proofs VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch, "
             "offset = excluded.offset, evidence = excluded.evidence "
             "WHERE epoch <> excluded.epoch OR offset < excluded.offset")
          .bind(each.topic, each.user, each.position.epoch, each.position.offset, static_cast<int>(each.evidence))
          .step();
    }
  }
  std::vector<Acknowledgement> proofs(const std::string& topic) {
    std::vector<Acknowledgement> list;
    SqliteStatement row = db_.statement("SELECT user, epoch, offset, evidence FROM proofs WHERE topic = ?");
    row.bind(topic);
    while (row.step()) {
      Acknowledgement proof{row.text(), topic, {}, Evidence::ack};
      proof.position = position_of(row);
      proof.evidence = static_cast<Evidence>(row.number());
      list.push_back(std::move(proof));
    }
    return list;
  }

 private:
  static Position position_of(SqliteStatement& row) {
    Position position;
    position.epoch = static_cast<std::uint64_t>(row.number());
    position.offset = static_cast<std::uint64_t>(row.number());
    return position;
  }
  void fill(PublicationRecord& record) {
    SqliteStatement row = db_.statement("SELECT topic, epoch, offset FROM places WHERE publication = ? ORDER BY nth");
    const std::string id = to_string(record.id);
    row.bind(id);
    while (row.step()) {
      std::string topic = row.text();
      record.places.emplace_back(std::move(topic), position_of(row));
    }
  }

  SqliteDatabase& db_;
};

}  // namespace store

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_IMPL_SQLITE_PUBLICATIONS_HPP
