// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_TIMER_WHEEL_HPP
#define TIDINGS_DELIVERY_TIMER_WHEEL_HPP

#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// What a timer wheel holds: a base class, so that waiting costs no allocation. Not in a wheel when `next` is null.
struct WheelEntry {
  WheelEntry() = default;
  WheelEntry(const WheelEntry&) = delete;
  WheelEntry& operator=(const WheelEntry&) = delete;
  ~WheelEntry() = default;

  bool waiting() const { return next != nullptr; }

  WheelEntry* next = nullptr;
  WheelEntry* previous = nullptr;
  std::uint32_t due_tick = 0;
};

/// Deadlines of many sessions in ticks: schedule, cancel and fire in constant time. No clock.
///
/// Entries further away than one turn stay in their slot and are looked at once a turn.
/// Lifetime  an entry must be cancelled before it is destroyed.
class TimerWheel {
 public:
  TimerWheel() {
    for (WheelEntry& slot : slots_) make_empty(slot);
  }
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Due at a tick later than the last one advanced to, else at the next one. Moves an entry that waits already.
  void schedule(WheelEntry& entry, std::uint32_t due_tick) {
    cancel(entry);
    entry.due_tick = due_tick > now_ ? due_tick : now_ + 1;
    link(slots_[entry.due_tick % slot_count], entry);
  }

  void cancel(WheelEntry& entry) {
    if (!entry.waiting()) return;
    entry.previous->next = entry.next;
    entry.next->previous = entry.previous;
    entry.next = entry.previous = nullptr;
  }

  /// Calls `fire(entry)` for everything due at or before `tick`. `fire` may schedule, cancel and destroy any entry.
  template <class Fire>
  void advance(std::uint32_t tick, Fire&& fire) {
    if (tick <= now_) return;
    // A clock that jumped far ahead turns the wheel once, not for every tick it missed.
    const std::uint32_t first = tick - now_ >= slot_count ? tick - slot_count + 1 : now_ + 1;
    for (std::uint32_t each = first; each <= tick; ++each) {
      now_ = each;
      WheelEntry due;
      take(slots_[each % slot_count], due);
      while (due.next != &due) {
        WheelEntry& entry = *due.next;
        cancel(entry);
        if (entry.due_tick > tick) {
          link(slots_[entry.due_tick % slot_count], entry);
        } else {
          fire(entry);
        }
      }
      due.next = due.previous = nullptr;
    }
  }

  std::uint32_t now() const { return now_; }

 private:
  static constexpr std::uint32_t slot_count = 512;

  static void make_empty(WheelEntry& list) { list.next = list.previous = &list; }
  static void link(WheelEntry& list, WheelEntry& entry) {
    entry.previous = list.previous;
    entry.next = &list;
    list.previous->next = &entry;
    list.previous = &entry;
  }
  static void take(WheelEntry& from, WheelEntry& to) {
    make_empty(to);
    if (from.next == &from) return;
    to.next = from.next;
    to.previous = from.previous;
    to.next->previous = &to;
    to.previous->next = &to;
    make_empty(from);
  }

  std::array<WheelEntry, slot_count> slots_;
  std::uint32_t now_ = 0;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_TIMER_WHEEL_HPP
