// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_ACCESS_HPP
#define TIDINGS_HUB_ACCESS_HPP

#include <tidings/completion.hpp>
#include <tidings/identity.hpp>
#include <tidings/request_snapshot.hpp>

#include <functional>
#include <type_traits>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// Says who a request is. Answers now or later, exactly once, from any thread. The request lives as long as the
/// completion.
using Authorize = std::function<void(const RequestSnapshot&, Completion<Access>)>;

/// A function `(const RequestSnapshot&) -> Access`.
template <class F>
concept AuthorizesNow = std::is_invocable_r_v<Access, F&, const RequestSnapshot&>;

/// A function `(const RequestSnapshot&, Completion<Access>) -> void` that may answer later.
template <class F>
concept AuthorizesLater = !AuthorizesNow<F> && std::is_invocable_v<F&, const RequestSnapshot&, Completion<Access>>;

/// Brings both forms to one.
template <class F>
requires(AuthorizesNow<F> || AuthorizesLater<F>) Authorize make_authorize(F f) {
  if constexpr (AuthorizesNow<F>) {
    return [f = std::move(f)](const RequestSnapshot& request, Completion<Access> done) mutable {
      Access access = f(request);
      done({}, std::move(access));
    };
  } else {
    return [f = std::move(f)](const RequestSnapshot& request, Completion<Access> done) mutable {
      f(request, std::move(done));
    };
  }
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_ACCESS_HPP
