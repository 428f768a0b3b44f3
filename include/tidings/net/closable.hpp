// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLOSABLE_HPP
#define TIDINGS_NET_CLOSABLE_HPP

#include <tidings/version.hpp>

#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Something on a loop that has to be told when the loop's owner ends.
class Closable {
 public:
  /// Says goodbye in protocol form; holds the loop until that is done.
  virtual void close_for_restart() = 0;

  /// Its place in the loop's list, the loop's alone; 0 = none.
  std::size_t place = 0;

 protected:
  ~Closable() = default;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLOSABLE_HPP
