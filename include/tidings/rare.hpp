// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_RARE_HPP
#define TIDINGS_RARE_HPP

#include <tidings/version.hpp>

#include <memory>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// A member that few objects need at a time: made when it is first asked for, and a pointer until then.
///
/// Thread  its owner's.
template <class T>
class Rare {
 public:
  explicit operator bool() const noexcept { return value_ != nullptr; }
  /// Only where there is one.
  T* operator->() const noexcept { return value_.get(); }
  T& operator*() const noexcept { return *value_; }
  /// The one there is, else a new one.
  T& get() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }
  void set(T value) { value_ = std::make_unique<T>(std::move(value)); }
  void reset() noexcept { value_.reset(); }

 private:
  std::unique_ptr<T> value_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_RARE_HPP
