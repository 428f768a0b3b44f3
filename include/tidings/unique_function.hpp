// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_UNIQUE_FUNCTION_HPP
#define TIDINGS_UNIQUE_FUNCTION_HPP

#include <tidings/version.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

template <class Signature>
class UniqueFunction;

/// A callable that is moved, never copied. Small callables (48 bytes) are stored inside.
///
/// Stands in for `std::move_only_function`, which C++20 does not have.
/// Thread  as the stored callable.
template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() noexcept = default;
  UniqueFunction(std::nullptr_t) noexcept {}

  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> &&
           std::is_invocable_r_v<R, std::decay_t<F>&, Args...>) UniqueFunction(F&& f) {
    using Stored = std::decay_t<F>;
    if constexpr (std::is_pointer_v<std::remove_cvref_t<F>> || std::is_member_pointer_v<std::remove_cvref_t<F>>) {
      if (f == nullptr) return;
    }
    if constexpr (fits<Stored>()) {
      ::new (static_cast<void*>(storage_)) Stored(std::forward<F>(f));
    } else {
      ::new (static_cast<void*>(storage_)) Stored*(new Stored(std::forward<F>(f)));
    }
    table_ = &table_for<Stored>;
  }

  UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
  UniqueFunction& operator=(UniqueFunction&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  UniqueFunction& operator=(std::nullptr_t) noexcept {
    reset();
    return *this;
  }
  ~UniqueFunction() { reset(); }

  explicit operator bool() const noexcept { return table_ != nullptr; }

  R operator()(Args... args) {
    if (table_ == nullptr) throw std::bad_function_call();
    return table_->call(storage_, std::forward<Args>(args)...);
  }

 private:
  static constexpr std::size_t capacity = 48;

  struct Table {
    R (*call)(void*, Args&&...);
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };

  template <class F>
  static constexpr bool fits() {
    return sizeof(F) <= capacity && alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;
  }

  template <class F>
  static F* stored(void* p) noexcept {
    if constexpr (fits<F>()) {
      return std::launder(static_cast<F*>(p));
    } else {
      return *std::launder(static_cast<F**>(p));
    }
  }

  // A result that nobody asked for is dropped, as `std::is_invocable_r` allows.
  template <class F>
  static R call(void* p, Args&&... args) {
    if constexpr (std::is_void_v<R>) {
      std::invoke(*stored<F>(p), std::forward<Args>(args)...);
    } else {
      return std::invoke(*stored<F>(p), std::forward<Args>(args)...);
    }
  }

  template <class F>
  static constexpr Table table_for = {call<F>,
                                      [](void* from, void* to) noexcept {
                                        if constexpr (fits<F>()) {
                                          ::new (to) F(std::move(*stored<F>(from)));
                                          stored<F>(from)->~F();
                                        } else {
                                          ::new (to) F*(stored<F>(from));
                                        }
                                      },
                                      [](void* p) noexcept {
                                        if constexpr (fits<F>()) {
                                          stored<F>(p)->~F();
                                        } else {
                                          delete stored<F>(p);
                                        }
                                      }};

  void take(UniqueFunction& other) noexcept {
    table_ = std::exchange(other.table_, nullptr);
    if (table_ != nullptr) table_->move(other.storage_, storage_);
  }
  void reset() noexcept {
    if (const Table* table = std::exchange(table_, nullptr)) table->destroy(storage_);
  }

  alignas(std::max_align_t) std::byte storage_[capacity];
  const Table* table_ = nullptr;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_UNIQUE_FUNCTION_HPP
