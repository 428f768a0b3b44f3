// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_TIMED_HPP
#define TIDINGS_NET_TIMED_HPP

#include <tidings/delivery/timer_wheel.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Something with a deadline on a loop's wheel; cancelled before it is destroyed.
class Timed : public delivery::WheelEntry {
 public:
  virtual void on_due() = 0;

 protected:
  ~Timed() = default;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_TIMED_HPP
