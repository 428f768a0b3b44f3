// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_LOOP_REF_HPP
#define TIDINGS_LOOP_REF_HPP

#include <tidings/net/loop.hpp>

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
  explicit BasicLoopRef(net::io_context& context) : loop_(Loop::over(context)) { loop_->start({}); }
  explicit BasicLoopRef(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}

  /// Null for a hub that is gone.
  const std::shared_ptr<Loop>& shared() const { return loop_; }

 private:
  std::shared_ptr<Loop> loop_;
};

using LoopRef = BasicLoopRef<io::Loop>;

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_LOOP_REF_HPP
