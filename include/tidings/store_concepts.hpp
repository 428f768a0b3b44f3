// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_CONCEPTS_HPP
#define TIDINGS_STORE_CONCEPTS_HPP

#include <tidings/store_types.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// Keeps topics' logs, members, acknowledged offsets and seen marks. Every callback is called exactly once, from any
/// thread, also inline; never with a lock of the store held.
/// | s.attach(announce, done)                  | announce(message) for every append from now on; called first |
/// | s.detach(done)                            | no call back after done; called last |
/// | s.append(request, done)                   | Appended. One step: dedupe, epoch, offset, append, trim, announce |
/// | s.read(topic, after, limit, done)         | ReadResult; limit 0 = state only. Makes the topic's metadata |
/// | s.trim(topic, keep, done)                 | removes all but the newest `keep` messages |
/// | s.add_member(topic, user, done)           | member from the topic's top on; being one already is success |
/// | s.remove_member(topic, user, done)        | member no longer |
/// | s.positions(user, topics, done)           | vector<MemberPosition>, one per topic; an inbox's owner is a member |
/// | s.acknowledge(list, done)                 | moves acknowledged offsets by the acknowledgement law |
/// | s.except(list, done)                      | writes exception ranges |
/// | s.standings(topic, position, done)        | StandingsResult |
/// | s.mark_seen(request, done)                | the number of unread messages afterwards |
/// | s.unread(user, done)                      | the number of inbox messages that are retained and not seen |
/// | s.inbox(user, before, limit, done)        | InboxPage: offsets below `before` (0 = from the top), newest first |
/// | S::lossy_announcements                    | bool: announcements may be lost, late or reordered |
/// Announcements of one topic come in the order of their offsets unless they are lossy; announce() may be called while
/// the store holds its topic, so that the order is kept.
template <class S>
concept Store = requires(S& s, Announce announce, Completion<> done, AppendRequest request,
                         Completion<Appended> appended, std::string text, std::uint64_t offset, std::size_t count,
                         Completion<ReadResult> read, std::vector<std::string> topics,
                         Completion<std::vector<MemberPosition>> positions,
                         std::vector<Acknowledgement> acknowledgements, std::vector<ExceptionEntry> exceptions,
                         Position position, Completion<StandingsResult> standings, SeenRequest seen,
                         Completion<std::size_t> number, Completion<InboxPage> page) {
  { s.attach(std::move(announce), std::move(done)) } -> std::same_as<void>;
  { s.detach(std::move(done)) } -> std::same_as<void>;
  { s.append(std::move(request), std::move(appended)) } -> std::same_as<void>;
  { s.read(text, offset, count, std::move(read)) } -> std::same_as<void>;
  { s.trim(text, count, std::move(done)) } -> std::same_as<void>;
  { s.add_member(text, text, std::move(done)) } -> std::same_as<void>;
  { s.remove_member(text, text, std::move(done)) } -> std::same_as<void>;
  { s.positions(text, std::move(topics), std::move(positions)) } -> std::same_as<void>;
  { s.acknowledge(std::move(acknowledgements), std::move(done)) } -> std::same_as<void>;
  { s.except(std::move(exceptions), std::move(done)) } -> std::same_as<void>;
  { s.standings(text, position, std::move(standings)) } -> std::same_as<void>;
  { s.mark_seen(std::move(seen), std::move(number)) } -> std::same_as<void>;
  { s.unread(text, std::move(number)) } -> std::same_as<void>;
  { s.inbox(text, offset, count, std::move(page)) } -> std::same_as<void>;
  { S::lossy_announcements } -> std::convertible_to<bool>;
};

/// Keeps what happened to each message: where each publication went, and what is proved beside acknowledgements. Who got
/// it is computed from both and from the store's acknowledged offsets and exception ranges.
/// | l.record(publication, done) | the publication is known by its id |
/// | l.find(id, done)            | PublicationRecord, or errc::unknown_message |
/// | l.recent(limit, done)       | vector<PublicationRecord>, newest first |
/// | l.prove(list, done)         | each user has everything of the topic up to the position; never moves back in an epoch |
/// | l.proofs(topic, done)       | vector<Acknowledgement>, one per user of whom something is proved |
template <class L>
concept Ledger = requires(L& l, PublicationRecord record, Completion<> done, MessageId id,
                          Completion<PublicationRecord> found, std::size_t limit,
                          Completion<std::vector<PublicationRecord>> list, std::vector<Acknowledgement> proved,
                          std::string topic, Completion<std::vector<Acknowledgement>> proofs) {
  { l.record(std::move(record), std::move(done)) } -> std::same_as<void>;
  { l.find(id, std::move(found)) } -> std::same_as<void>;
  { l.recent(limit, std::move(list)) } -> std::same_as<void>;
  { l.prove(std::move(proved), std::move(done)) } -> std::same_as<void>;
  { l.proofs(std::move(topic), std::move(proofs)) } -> std::same_as<void>;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_CONCEPTS_HPP
