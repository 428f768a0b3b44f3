// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_LOOP_REF_HPP
#define TIDINGS_LOOP_REF_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/byte_budget.hpp>
#include <tidings/net/loop.hpp>

#include <cstddef>
#include <memory>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// Where a raw WebSocket lives: a loop of a hub (`hub.loop()`), or one over the application's `io_context`.
///
/// Thread    any. Lifetime  shared; sessions do not keep the loop, so keep this while they are to live.
template <class Loop>
class BasicLoopRef {
 public:
  /// Over a context that one thread at a time runs; starts none. Make one for each context, not for each session.
  ///
  /// @param max_pending_message_bytes  Messages under way of all sessions here, beyond their first 16 KiB; never less than
  ///                                   twice the largest that one may send. Who needs more is closed with 1013
  ///                                   (errc::overloaded).
  explicit BasicLoopRef(net::io_context& context,
                        std::size_t max_pending_message_bytes = defaults::max_pending_message_bytes)
      : loop_(Loop::over(context)) {
    loop_->share_pending_messages(std::make_shared<delivery::ByteBudget>(max_pending_message_bytes));
    loop_->start({});
  }
  explicit BasicLoopRef(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}

  /// Null for a hub that is gone.
  const std::shared_ptr<Loop>& shared() const { return loop_; }

 private:
  std::shared_ptr<Loop> loop_;
};

using LoopRef = BasicLoopRef<io::Loop>;

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_LOOP_REF_HPP
