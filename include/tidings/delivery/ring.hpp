// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_RING_HPP
#define TIDINGS_DELIVERY_RING_HPP

#include <tidings/version.hpp>

#include <cstddef>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// First in, first out, by index. Takes no memory while it is empty: a `std::deque` takes 576 bytes as soon as it is
/// made, and there is one for each topic.
///
/// @tparam T  Default constructible and movable; what is left of a popped element is `T{}`.
template <class T>
class Ring {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// @param index  0 = the oldest, .. size() - 1.
  T& operator[](std::size_t index) { return slots_[place(index)]; }
  const T& operator[](std::size_t index) const { return slots_[place(index)]; }
  T& front() { return (*this)[0]; }
  const T& front() const { return (*this)[0]; }

  void push_back(T item) {
    if (size_ == slots_.size()) move_to(slots_.empty() ? smallest : 2 * slots_.size());
    slots_[place(size_++)] = std::move(item);
  }

  /// Not when empty.
  void pop_front() {
    front() = T{};
    first_ = place(1);
    if (--size_ == 0) {
      clear();
    } else if (slots_.size() > smallest && size_ <= slots_.size() / 4) {
      move_to(slots_.size() / 2);
    }
  }

  /// Takes one out of the middle; those behind it move up.
  void erase(std::size_t index) {
    for (std::size_t i = index; i > 0; --i) (*this)[i] = std::move((*this)[i - 1]);
    pop_front();
  }

  void clear() {
    std::vector<T>().swap(slots_);
    first_ = size_ = 0;
  }

 private:
  static constexpr std::size_t smallest = 2;

  // The number of slots is a power of two.
  std::size_t place(std::size_t index) const { return (first_ + index) & (slots_.size() - 1); }

  void move_to(std::size_t slots) {
    std::vector<T> moved(slots);
    for (std::size_t i = 0; i < size_; ++i) moved[i] = std::move((*this)[i]);
    slots_ = std::move(moved);
    first_ = 0;
  }

  std::vector<T> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_RING_HPP
