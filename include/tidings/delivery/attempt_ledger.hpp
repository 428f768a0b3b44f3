// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ATTEMPT_LEDGER_HPP
#define TIDINGS_DELIVERY_ATTEMPT_LEDGER_HPP

#include <tidings/completion.hpp>
#include <tidings/delivery/attempt_end.hpp>
#include <tidings/delivery/attempt_line.hpp>
#include <tidings/delivery/missed_recipient.hpp>
#include <tidings/version.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// Told of each change of an attempt when it is written; `from` is the state before, the same as the present one for an
/// attempt that is new. From any thread, with no lock of the ledger held; must not block or throw.
using OnTransition = std::function<void(const AttemptLine& line, AttemptState from)>;

/// Keeps what third parties were asked to deliver, each row before its call. Every callback is called exactly once, from
/// any thread, also inline, when the change is as durable as the ledger makes it; never with a lock of the ledger held.
/// | l.observe(told)                       | told of transitions from now on; a second one takes the first one's place |
/// | l.open(sends, state, done)            | vector<AttemptLine>, in the order of `sends`: each is kept with its first attempt, `queued` (due = created) or `sending`. All or none |
/// | l.begin(attempts, owner, now, done)   | vector<bool>: it was `queued` and its owner's, and is `sending` now |
/// | l.end(ends, done)                     | vector<AttemptLine>: what follows where `again` is said, else the attempt that ended; id 0 = nothing was changed: the transition is none (`may_follow`), or the owner another. Of an attempt that is not the send's newest only the attempt changes: no `progress`, `dead`, `again` |
/// | l.renew(owner, until, done)           | the owner's lease lasts until then; a time that has passed gives everything up |
/// | l.adopt(account, owner, now, limit, done) | vector<AttemptLine>, at most so many sends, by their numbers, groups whole: the newest attempts of sends of the account, not dead, that are `queued` or `sending` (now the owner's; their owner had no lease any more, or was nobody) |
/// | l.awaited(account, after, limit, done) | vector<AttemptLine> whose attempt is `accepted`, by attempt id, ids above `after` |
/// | l.find(account, receipt_id, done)     | optional<AttemptLine> |
/// | l.attempts(message, user, done)       | vector<AttemptLine> by id; user empty = all |
/// | l.history(user, limit, done)          | vector<AttemptLine>, newest first |
/// | l.missed(message, done)               | vector<MissedRecipient>, by user: not delivered, not seen |
/// | l.dead_letters(account, limit, done)  | vector<AttemptLine>: newest attempts of dead sends, newest first; account empty = all |
/// | l.requeue(send, now, done)            | bool: it was dead; of it and the dead of its group a new attempt is queued for `now`, progress and owner are empty, so that whoever adopts next tries them |
/// | l.calls(account, channel, since, done) | size_t: attempts that were started since |
/// A send of which an attempt has become `delivered` or `seen` is not dead any more. A row of a send is never removed while its newest attempt is `queued` or `sending`.
template <class L>
concept AttemptLedger = requires(L& l, OnTransition told, std::vector<SendRecord> sends, AttemptState state,
                                 Completion<std::vector<AttemptLine>> lines, std::vector<std::uint64_t> ids,
                                 std::string text, wall_time time, Completion<std::vector<bool>> begun,
                                 std::vector<AttemptEnd> ends, Completion<> done, std::size_t limit, std::uint64_t id,
                                 Completion<std::optional<AttemptLine>> found, MessageId message,
                                 Completion<std::vector<MissedRecipient>> missed, Completion<bool> yes,
                                 Completion<std::size_t> number) {
  { l.observe(std::move(told)) } -> std::same_as<void>;
  { l.open(std::move(sends), state, std::move(lines)) } -> std::same_as<void>;
  { l.begin(std::move(ids), text, time, std::move(begun)) } -> std::same_as<void>;
  { l.end(std::move(ends), std::move(lines)) } -> std::same_as<void>;
  { l.renew(text, time, std::move(done)) } -> std::same_as<void>;
  { l.adopt(text, text, time, limit, std::move(lines)) } -> std::same_as<void>;
  { l.awaited(text, id, limit, std::move(lines)) } -> std::same_as<void>;
  { l.find(text, text, std::move(found)) } -> std::same_as<void>;
  { l.attempts(message, text, std::move(lines)) } -> std::same_as<void>;
  { l.history(text, limit, std::move(lines)) } -> std::same_as<void>;
  { l.missed(message, std::move(missed)) } -> std::same_as<void>;
  { l.dead_letters(text, limit, std::move(lines)) } -> std::same_as<void>;
  { l.requeue(id, time, std::move(yes)) } -> std::same_as<void>;
  { l.calls(text, text, time, std::move(number)) } -> std::same_as<void>;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ATTEMPT_LEDGER_HPP
