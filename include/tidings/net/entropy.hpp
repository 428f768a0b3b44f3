// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_ENTROPY_HPP
#define TIDINGS_NET_ENTROPY_HPP

#include <tidings/version.hpp>

#include <sys/random.h>

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Fills it with bits that nobody can guess, from the system. Throws `std::system_error` where it has none.
///
/// @param size  256 bytes at most: the system gives no more at once.
/// Thread      any.
inline void fill_with_entropy(void* out, std::size_t size) {
  if (::getentropy(out, size) != 0) throw std::system_error(errno, std::system_category(), "getentropy");
}

/// 64 bits that nobody can guess, from the system. Throws `std::system_error` where it has none.
///
/// Thread  any.
inline std::uint64_t entropy() {
  std::uint64_t bits = 0;
  fill_with_entropy(&bits, sizeof bits);
  return bits;
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_ENTROPY_HPP
