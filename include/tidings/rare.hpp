// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_RARE_HPP
#define TIDINGS_RARE_HPP

#include <tidings/version.hpp>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// A member that few objects need at a time: made when it is first asked for, and a pointer until then.
///
/// Not a `std::unique_ptr`: each kind of those costs every unit that includes this half a megabyte to compile.
/// Thread  its owner's.
template <class T>
class Rare {
 public:
  Rare() = default;
  Rare(Rare&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Rare& operator=(Rare&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Rare() { delete value_; }

  explicit operator bool() const noexcept { return value_ != nullptr; }
  /// Only where there is one.
  T* operator->() const noexcept { return value_; }
  T& operator*() const noexcept { return *value_; }
  /// The one there is, else a new one.
  T& get() {
    if (value_ == nullptr) value_ = new T();
    return *value_;
  }
  void set(T value) {
    reset();
    value_ = new T(std::move(value));
  }
  void reset() noexcept { delete std::exchange(value_, nullptr); }

 private:
  T* value_ = nullptr;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_RARE_HPP
