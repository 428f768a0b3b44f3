// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_HPP
#define TIDINGS_HUB_HPP

#include <tidings/hub_ref.hpp>
#include <tidings/store/memory_ledger.hpp>
#include <tidings/store/memory_store.hpp>
#include <tidings/store_concepts.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// Publishes, fans out to sessions over all transports, lets them resume, and answers for every recipient whether a
/// message arrived.
///
/// ```cpp
/// tidings::Hub hub;  // memory store, memory ledger, one loop of its own
/// auto mount = tidings::adapter::mount(server, "/push", hub, authorize);
/// hub.publish({.topic = "orders", .event = "created", .data = body});
/// ```
/// Other forms: `Hub hub{2}` two loops; `Hub hub{io_context}` no thread of its own, the context is run by one thread;
/// `Hub hub{store}`, `Hub hub{store, ledger}`; each takes `HubOptions` as a last argument.
///
/// @tparam S  A model of Store.
/// @tparam L  A model of Ledger.
/// Thread    the functions of `HubRef` from any thread; construct and destroy it anywhere but on one of its own loops.
/// Lifetime  owns loops and store; mounts and sessions hold it weakly. The destructor ends all sessions in protocol form
///           and waits at most `close_timeout`; on an application's context, which is to outlive it, what is left ends on
///           the thread that runs it.
template <Store S = MemoryStore, Ledger L = MemoryLedger>
class Hub : public HubRef {
 public:
  /// Throws `std::invalid_argument` for options out of their range.
  Hub() : Hub(S{}, L{}, HubOptions{}) {}
  explicit Hub(HubOptions options) : Hub(S{}, L{}, std::move(options)) {}
  explicit Hub(std::size_t loops, HubOptions options = {}) : Hub(S{}, L{}, with_loops(std::move(options), loops)) {}
  explicit Hub(S store, HubOptions options = {}) : Hub(std::move(store), L{}, std::move(options)) {}
  Hub(S store, L ledger, HubOptions options = {})
      : Hub(HubState::with_threads(delivery::AnyStore(std::move(store)), delivery::AnyLedger(std::move(ledger)),
                                   checked(std::move(options)))) {}
  explicit Hub(net::io_context& context, HubOptions options = {}) : Hub(context, S{}, L{}, std::move(options)) {}
  Hub(net::io_context& context, S store, L ledger, HubOptions options = {})
      : Hub(HubState::on_context(context, delivery::AnyStore(std::move(store)), delivery::AnyLedger(std::move(ledger)),
                                 checked(std::move(options)))) {}
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;
  ~Hub() { HubState::end(std::move(owned_)); }

 private:
  explicit Hub(std::shared_ptr<HubState> state) : HubRef(state), owned_(std::move(state)) { owned_->start(); }

  static HubOptions with_loops(HubOptions options, std::size_t loops) {
    options.loops = loops;
    return options;
  }
  static HubOptions checked(HubOptions options) {
    if (options.loops < 1 || options.loops > delivery::Interest::max_loops) {
      throw std::invalid_argument("HubOptions::loops: 1 .. 64");
    }
    if (options.max_topics_per_session < 1 || options.max_topics_per_session > defaults::max_topics_per_session) {
      throw std::invalid_argument("HubOptions::max_topics_per_session: 1 .. 64, the size of a cursor");
    }
    if (options.catch_up_page < 1) throw std::invalid_argument("HubOptions::catch_up_page: at least 1");
    if (options.poll_interval.count() < 1) throw std::invalid_argument("HubOptions::poll_interval: at least 1 ms");
    // Times are added to clocks that count nanoseconds.
    for (std::chrono::milliseconds HubOptions::*const time :
         {&HubOptions::max_lag, &HubOptions::write_stall, &HubOptions::position_check, &HubOptions::sse_heartbeat,
          &HubOptions::sse_max_lifetime, &HubOptions::sse_retry, &HubOptions::max_poll_wait, &HubOptions::poll_interval,
          &HubOptions::message_timeout, &HubOptions::close_timeout, &HubOptions::busy_retry}) {
      options.*time = std::min<std::chrono::milliseconds>(options.*time, defaults::longest_time);
    }
    return options;
  }

  std::shared_ptr<HubState> owned_;
};

Hub()->Hub<MemoryStore, MemoryLedger>;
Hub(HubOptions)->Hub<MemoryStore, MemoryLedger>;
template <std::integral N>
Hub(N) -> Hub<MemoryStore, MemoryLedger>;
template <std::integral N>
Hub(N, HubOptions) -> Hub<MemoryStore, MemoryLedger>;
Hub(net::io_context&)->Hub<MemoryStore, MemoryLedger>;
Hub(net::io_context&, HubOptions)->Hub<MemoryStore, MemoryLedger>;
template <Store S>
Hub(S) -> Hub<S, MemoryLedger>;
template <Store S>
Hub(S, HubOptions) -> Hub<S, MemoryLedger>;
template <Store S, Ledger L>
Hub(S, L) -> Hub<S, L>;
template <Store S, Ledger L>
Hub(S, L, HubOptions) -> Hub<S, L>;

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_HPP
