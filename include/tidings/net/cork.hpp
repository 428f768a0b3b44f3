// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CORK_HPP
#define TIDINGS_NET_CORK_HPP

#include <tidings/version.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// What one session answers while it is read, gathered to leave in one write. Its memory is a loop's, from first use on.
///
/// Thread  one at a time.
class Cork {
 public:
  static constexpr std::size_t capacity = 64 * 1024;

  std::size_t room() const noexcept { return capacity - size_; }
  std::size_t size() const noexcept { return size_; }
  std::string_view bytes() const noexcept { return {bytes_.get(), size_}; }

  /// Both, if there is room for them.
  void append(std::string_view head, std::string_view body) {
    if (!bytes_) bytes_ = std::make_unique_for_overwrite<char[]>(capacity);
    put(head);
    put(body);
  }
  void clear() noexcept { size_ = 0; }

 private:
  void put(std::string_view part) noexcept {
    std::memcpy(bytes_.get() + size_, part.data(), part.size());
    size_ += part.size();
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CORK_HPP
