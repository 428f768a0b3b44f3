// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_COMPLETION_HPP
#define TIDINGS_COMPLETION_HPP

#include <tidings/error.hpp>
#include <tidings/unique_function.hpp>

#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// The callback of everything that users model (stores, ledgers, adapters): called exactly once, from any thread, also
/// inline. A model that loses it, is destroyed, or throws, cannot leave the caller waiting: the destructor of an
/// uncalled completion calls it with `errc::closed` and default values.
///
/// ```cpp
/// void append(Message message, Completion<Appended> done) { done({}, Appended{...}); }
/// ```
/// Thread    any; the receiver hops to where it needs to be.
/// Lifetime  move-only; empty after the call.
template <class... Results>
class Completion {
 public:
  using Function = UniqueFunction<void(std::error_code, Results...)>;

  Completion() noexcept = default;
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Completion> &&
           std::is_invocable_v<std::decay_t<F>&, std::error_code, Results...>) Completion(F&& f)
      : function_(std::forward<F>(f)) {}
  Completion(Completion&&) noexcept = default;
  Completion& operator=(Completion&& other) noexcept {
    if (this != &other) {
      close();
      function_ = std::move(other.function_);
    }
    return *this;
  }
  ~Completion() { close(); }

  explicit operator bool() const noexcept { return static_cast<bool>(function_); }

  /// Calls the function and empties this; a second call does nothing.
  void operator()(std::error_code ec, Results... results) {
    if (Function f = std::exchange(function_, nullptr)) f(ec, std::move(results)...);
  }
  /// Completes with an error and default values.
  void fail(std::error_code ec) { (*this)(ec, Results{}...); }

 private:
  void close() noexcept {
    if (function_) fail(errc::closed);
  }

  Function function_;
};

/// Completion of a write: the bytes left the adapter, or why not.
using WriteDone = Completion<>;

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_COMPLETION_HPP
