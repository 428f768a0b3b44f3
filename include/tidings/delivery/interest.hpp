// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_INTEREST_HPP
#define TIDINGS_DELIVERY_INTEREST_HPP

#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Which loops serve which topic, so that a message is handed only to loops that have sessions for it.
///
/// Thread    any.
class Interest {
 public:
  /// Loops are numbered 0 .. 63.
  static constexpr std::uint32_t max_loops = 64;

  void add(const std::string& topic, std::uint32_t loop) {
    Part& part = part_of(topic);
    std::unique_lock lock(part.mutex);
    part.loops[topic] |= std::uint64_t{1} << loop;
  }

  void remove(const std::string& topic, std::uint32_t loop) {
    Part& part = part_of(topic);
    std::unique_lock lock(part.mutex);
    const auto found = part.loops.find(topic);
    if (found == part.loops.end()) return;
    found->second &= ~(std::uint64_t{1} << loop);
    if (found->second == 0) part.loops.erase(found);
  }

  /// One bit per loop.
  std::uint64_t of(const std::string& topic) const {
    const Part& part = part_of(topic);
    std::shared_lock lock(part.mutex);
    const auto found = part.loops.find(topic);
    return found == part.loops.end() ? 0 : found->second;
  }

 private:
  static constexpr std::size_t parts = 16;

  struct Part {
    mutable std::shared_mutex mutex;
    std::unordered_map<std::string, std::uint64_t> loops;
  };

  const Part& part_of(const std::string& topic) const { return parts_[std::hash<std::string>{}(topic) % parts]; }
  Part& part_of(const std::string& topic) { return parts_[std::hash<std::string>{}(topic) % parts]; }

  std::array<Part, parts> parts_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_INTEREST_HPP
