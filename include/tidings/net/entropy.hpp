// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_ENTROPY_HPP
#define TIDINGS_NET_ENTROPY_HPP

#include <tidings/version.hpp>

#include <sys/random.h>

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <span>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Fills it with bits that nobody can guess, from the system. Throws `std::system_error` where it has none.
///
/// @param out  256 bytes at most: the system gives no more at once.
/// Thread     any.
inline void fill_with_entropy(std::span<unsigned char> out) {
  if (::getentropy(out.data(), out.size()) != 0) throw std::system_error(errno, std::system_category(), "getentropy");
}

/// 64 bits that nobody can guess, from the system. Throws `std::system_error` where it has none.
///
/// Thread  any.
inline std::uint64_t entropy() {
  std::uint64_t bits = 0;
  fill_with_entropy({reinterpret_cast<unsigned char*>(&bits), sizeof bits});
  return bits;
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_ENTROPY_HPP
