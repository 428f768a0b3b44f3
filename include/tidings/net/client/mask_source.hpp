// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_MASK_SOURCE_HPP
#define TIDINGS_NET_CLIENT_MASK_SOURCE_HPP

#include <tidings/net/entropy.hpp>
#include <tidings/protocol/ws/mask.hpp>
#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstring>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Masks that nobody can guess, a new one for each frame: bytes of the system's own generator, taken 256 at a time.
///
/// Source  RFC 6455 10.3: "strong source of entropy".
class MaskSource {
 public:
  /// Throws `std::system_error` where the system has no entropy.
  protocol::WsMask next() {
    if (at_ == pool_.size()) refill();
    protocol::WsMask mask{};
    std::memcpy(mask.data(), pool_.data() + at_, mask.size());
    at_ += mask.size();
    return mask;
  }

 private:
  void refill() {
    fill_with_entropy(pool_.data(), pool_.size());
    at_ = 0;
  }

  std::array<unsigned char, 256> pool_{};
  std::size_t at_ = 256;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_MASK_SOURCE_HPP
