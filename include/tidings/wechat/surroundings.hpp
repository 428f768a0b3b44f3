// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_SURROUNDINGS_HPP
#define TIDINGS_WECHAT_SURROUNDINGS_HPP

#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/moment.hpp>

#include <functional>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What decisions that call others need of the world: time, chance, and a way back to their own thread.
struct Surroundings {
  std::function<Moment()> now;
  /// In [0, 1), anew each time.
  std::function<double()> jitter;
  /// Runs a piece of work later, one after the other, never inside this call. From any thread.
  std::function<void(UniqueFunction<void()> work)> post;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_SURROUNDINGS_HPP
