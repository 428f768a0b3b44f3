// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_MEMORY_ATTEMPTS_HPP
#define TIDINGS_STORE_MEMORY_ATTEMPTS_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/attempt_ledger.hpp>
#include <tidings/delivery/missed.hpp>
#include <tidings/error.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/receipt_ledger.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// Attempts in this process: gone with it. For tests, and for those who keep nothing.
///
/// Models AttemptLedger and wechat::ReceiptLedger.
/// Errors    errc::queue_full: as many sends as may be remembered are under way.
/// Thread    any. Lifetime  a copy is the same ledger.
class MemoryAttempts {
 public:
  using Lines = Completion<std::vector<AttemptLine>>;

  /// @param max_sends  Remembered; of those that are settled the oldest go first. >= 1
  explicit MemoryAttempts(std::size_t max_sends = defaults::ledger_max_sends) : state_(std::make_shared<State>()) {
    state_->most = std::max<std::size_t>(1, max_sends);
  }

  void observe(OnTransition told) {
    const std::lock_guard lock(state_->mutex);
    state_->told = std::make_shared<OnTransition>(std::move(told));
  }

  void open(std::vector<SendRecord> sends, AttemptState first, Lines done) {
    Changes changes(*state_);
    std::vector<AttemptLine> lines;
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->make_room(sends.size())) {
        for (SendRecord& each : sends) {
          const wall_time created = each.created;
          Kept& kept = state_->add(std::move(each));
          kept.attempts.push_back(state_->attempt(kept, created));
          AttemptRecord& attempt = kept.attempts.back();
          attempt.state = first;
          if (first == AttemptState::sending) attempt.started = created;
          lines.push_back(changes.note(kept, attempt, first));
        }
      }
    }
    changes.tell();
    if (lines.empty() && !sends.empty()) return done.fail(errc::queue_full);
    done({}, std::move(lines));
  }

  void begin(const std::vector<std::uint64_t>& attempts, const std::string& owner, wall_time now,
             Completion<std::vector<bool>> done) {
    Changes changes(*state_);
    std::vector<bool> begun;
    {
      const std::lock_guard lock(state_->mutex);
      for (const std::uint64_t id : attempts) {
        const auto [kept, attempt] = state_->find(id);
        const bool may = attempt && kept->send.owner == owner && attempt->state == AttemptState::queued;
        begun.push_back(may);
        if (!may) continue;
        attempt->state = AttemptState::sending;
        attempt->started = now;
        changes.note(*kept, *attempt, AttemptState::queued);
      }
    }
    changes.tell();
    done({}, std::move(begun));
  }

  void end(std::vector<AttemptEnd> ends, Lines done) {
    Changes changes(*state_);
    std::vector<AttemptLine> lines;
    {
      const std::lock_guard lock(state_->mutex);
      for (AttemptEnd& each : ends) lines.push_back(state_->end(std::move(each), changes));
    }
    changes.tell();
    done({}, std::move(lines));
  }

  void renew(const std::string& owner, wall_time until, Completion<> done) {
    {
      const std::lock_guard lock(state_->mutex);
      state_->leases[owner] = until;
    }
    done({});
  }

  void adopt(const std::string& account, const std::string& owner, wall_time now, std::size_t limit, Lines done) {
    std::vector<AttemptLine> lines;
    {
      const std::lock_guard lock(state_->mutex);
      std::erase_if(state_->leases, [&](const auto& each) { return each.second <= now && each.first != owner; });
      for (auto& [id, kept] : state_->sends) {
        if (kept.send.account != account || kept.send.dead || !kept.is_open()) continue;
        if (kept.send.owner == owner || state_->leases.contains(kept.send.owner)) continue;
        const bool same_group =
            !lines.empty() && !kept.send.group.empty() && lines.back().send.group == kept.send.group;
        if (lines.size() >= limit && !same_group) break;
        kept.send.owner = owner;
        lines.push_back({kept.send, kept.attempts.back()});
      }
    }
    done({}, std::move(lines));
  }

  void awaited(const std::string& account, std::uint64_t after, std::size_t limit, Lines done) const {
    done({}, select(limit, false, [&](const SendRecord& send, const AttemptRecord& attempt) {
           return send.account == account && attempt.id > after && attempt.state == AttemptState::accepted;
         }));
  }
  void find(const std::string& account, const std::string& receipt_id,
            Completion<std::optional<AttemptLine>> done) const {
    std::vector<AttemptLine> found = select(1, false, [&](const SendRecord& send, const AttemptRecord& attempt) {
      return send.account == account && !receipt_id.empty() && attempt.receipt_id == receipt_id;
    });
    done({}, found.empty() ? std::nullopt : std::optional(std::move(found.front())));
  }
  void attempts(MessageId message, const std::string& user, Lines done) const {
    done({}, select(all, false, [&](const SendRecord& send, const AttemptRecord&) {
           return send.message == message && (user.empty() || send.user == user);
         }));
  }
  void history(const std::string& user, std::size_t limit, Lines done) const {
    done({}, select(limit, true, [&](const SendRecord& send, const AttemptRecord&) { return send.user == user; }));
  }
  void missed(MessageId message, Completion<std::vector<MissedRecipient>> done) const {
    const std::vector<AttemptLine> lines =
        select(all, false, [&](const SendRecord& send, const AttemptRecord&) { return send.message == message; });
    done({}, delivery::missed_of(lines));
  }
  void dead_letters(const std::string& account, std::size_t limit, Lines done) const {
    done({}, select(limit, true, [&](const SendRecord& send, const AttemptRecord& attempt) {
           return send.dead && (account.empty() || send.account == account) && attempt.id == newest(send.id);
         }));
  }

  void requeue(std::uint64_t send, wall_time now, Completion<bool> done) {
    Changes changes(*state_);
    bool was_dead = false;
    {
      const std::lock_guard lock(state_->mutex);
      const auto found = state_->sends.find(send);
      was_dead = found != state_->sends.end() && found->second.send.dead;
      const std::string group = was_dead ? found->second.send.group : std::string();
      for (auto& [id, kept] : state_->sends) {
        const bool with_it = id == send || (!group.empty() && kept.send.group == group);
        if (!was_dead || !with_it || !kept.send.dead) continue;
        kept.send.dead = false;
        kept.send.owner.clear();
        kept.send.progress.clear();
        kept.attempts.push_back(state_->attempt(kept, now));
        changes.note(kept, kept.attempts.back(), AttemptState::queued);
      }
    }
    changes.tell();
    done({}, was_dead);
  }

  void calls(const std::string& account, const std::string& channel, wall_time since,
             Completion<std::size_t> done) const {
    done({}, select(all, false, [&](const SendRecord& send, const AttemptRecord& attempt) {
               return send.account == account && send.channel == channel && attempt.started >= since;
             }).size());
  }

  // ---- receipts ----

  void find_attempt(const std::string& account, const std::string& msgid, wechat::ReceiptAttemptFound done) const {
    find(account, msgid, [done = std::move(done)](std::error_code ec, std::optional<AttemptLine> line) mutable {
      done(ec, line ? std::optional(wechat::ReceiptAttempt{line->attempt.id, line->attempt.state}) : std::nullopt);
    });
  }
  void find_unknown(const std::string& account, const std::string& address, wechat::ReceiptAttemptFound done) const {
    const std::vector<AttemptLine> found = select(2, false, [&](const SendRecord& send, const AttemptRecord& attempt) {
      return send.account == account && send.address == address && attempt.state == AttemptState::unknown;
    });
    done({}, found.size() == 1 ? std::optional(wechat::ReceiptAttempt{found[0].attempt.id, found[0].attempt.state})
                               : std::nullopt);
  }
  void move_attempt(std::uint64_t id, AttemptState from, AttemptState to, const std::string& reason,
                    Completion<bool> done) {
    Changes changes(*state_);
    bool moved = false;
    {
      const std::lock_guard lock(state_->mutex);
      const auto [kept, attempt] = state_->find(id);
      moved = attempt && attempt->state == from && delivery::may_follow(from, to);
      if (moved) {
        attempt->state = to;
        attempt->reason = reason;
        if (to == AttemptState::delivered) attempt->evidence = Evidence::receipt;
        // Whatever came of later attempts, there is nothing left to be looked at.
        if (to == AttemptState::delivered || to == AttemptState::seen) kept->send.dead = false;
        changes.note(*kept, *attempt, from);
      }
    }
    changes.tell();
    done({}, moved);
  }

 private:
  static constexpr std::size_t all = static_cast<std::size_t>(-1);

  struct Kept {
    SendRecord send{};
    std::vector<AttemptRecord> attempts{};

    bool is_open() const {
      const AttemptState last = attempts.back().state;
      return last == AttemptState::queued || last == AttemptState::sending;
    }
  };

  struct State;
  // Told behind the lock.
  class Changes {
   public:
    explicit Changes(State& state) : state_(state) {}
    AttemptLine note(const Kept& kept, const AttemptRecord& attempt, AttemptState from) {
      list_.emplace_back(AttemptLine{kept.send, attempt}, from);
      return list_.back().first;
    }
    void tell() {
      std::shared_ptr<OnTransition> told;
      {
        const std::lock_guard lock(state_.mutex);
        told = state_.told;
      }
      if (!told || !*told) return;
      for (const auto& [line, from] : list_) (*told)(line, from);
    }

   private:
    State& state_;
    std::vector<std::pair<AttemptLine, AttemptState>> list_{};
  };

  struct State {
    mutable std::mutex mutex;
    std::size_t most = 1;
    std::map<std::uint64_t, Kept> sends{};
    // Attempt to send.
    std::unordered_map<std::uint64_t, std::uint64_t> of{};
    std::unordered_map<std::string, wall_time> leases{};
    std::shared_ptr<OnTransition> told{};
    std::uint64_t next_send = 1;
    std::uint64_t next_attempt = 1;

    bool make_room(std::size_t count) {
      if (count > most) return false;
      const std::size_t excess = sends.size() + count > most ? sends.size() + count - most : 0;
      std::vector<std::uint64_t> settled;
      for (auto each = sends.begin(); settled.size() < excess && each != sends.end(); ++each) {
        if (!each->second.is_open()) settled.push_back(each->first);
      }
      // Nothing is forgotten for what is refused.
      if (settled.size() < excess) return false;
      for (const std::uint64_t each : settled) forget(each);
      return true;
    }
    void forget(std::uint64_t send) {
      const auto place = sends.find(send);
      for (const AttemptRecord& each : place->second.attempts) of.erase(each.id);
      sends.erase(place);
    }
    Kept& add(SendRecord send) {
      send.id = next_send++;
      const std::uint64_t id = send.id;
      return sends.emplace(id, Kept{std::move(send), {}}).first->second;
    }
    AttemptRecord attempt(const Kept& kept, wall_time due) {
      AttemptRecord record;
      record.id = next_attempt++;
      record.send = kept.send.id;
      record.number = static_cast<std::uint32_t>(kept.attempts.size() + 1);
      record.due = due;
      of.emplace(record.id, record.send);
      return record;
    }
    std::pair<Kept*, AttemptRecord*> find(std::uint64_t id) {
      const auto place = of.find(id);
      if (place == of.end()) return {nullptr, nullptr};
      Kept& kept = sends.at(place->second);
      const auto found = std::find_if(kept.attempts.begin(), kept.attempts.end(),
                                      [id](const AttemptRecord& each) { return each.id == id; });
      return {&kept, &*found};
    }
    AttemptLine end(AttemptEnd each, Changes& changes) {
      const auto [kept, attempt] = find(each.attempt);
      if (!attempt || kept->send.owner != each.owner || !delivery::may_follow(attempt->state, each.state)) return {};
      const AttemptState from = attempt->state;
      attempt->state = each.state;
      attempt->code = each.code;
      attempt->reason = std::move(each.reason);
      attempt->receipt_id = std::move(each.receipt_id);
      attempt->ended = each.now;
      if (attempt != &kept->attempts.back()) return changes.note(*kept, *attempt, from);
      kept->send.progress = std::move(each.progress);
      kept->send.dead = each.dead;
      AttemptLine line = changes.note(*kept, *attempt, from);
      if (!each.again) return line;
      kept->attempts.push_back(this->attempt(*kept, *each.again));
      return changes.note(*kept, kept->attempts.back(), AttemptState::queued);
    }
  };

  // Attempts in the order of their numbers, or the other way round.
  template <class Wanted>
  std::vector<AttemptLine> select(std::size_t limit, bool newest_first, Wanted wanted) const {
    std::vector<AttemptLine> found;
    const std::lock_guard lock(state_->mutex);
    for (const auto& [id, kept] : state_->sends) {
      for (const AttemptRecord& each : kept.attempts) {
        if (wanted(kept.send, each)) found.push_back({kept.send, each});
      }
    }
    std::sort(found.begin(), found.end(), [newest_first](const AttemptLine& a, const AttemptLine& b) {
      return newest_first ? a.attempt.id > b.attempt.id : a.attempt.id < b.attempt.id;
    });
    if (found.size() > limit) found.resize(limit);
    return found;
  }
  // With the lock held.
  std::uint64_t newest(std::uint64_t send) const { return state_->sends.at(send).attempts.back().id; }

  std::shared_ptr<State> state_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_MEMORY_ATTEMPTS_HPP
