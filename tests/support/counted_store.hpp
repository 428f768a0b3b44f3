// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_COUNTED_STORE_HPP
#define TIDINGS_TESTS_SUPPORT_COUNTED_STORE_HPP

#include <tidings/store/memory_store.hpp>

#include "support/sim_world.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace support {

/// What was read of a store.
struct StoreReads {
  /// Of a topic's state alone.
  std::size_t states = 0;
  std::size_t pages = 0;
};

/// A memory store that counts what is read.
///
/// @tparam Lossy  It says that its announcements may be lost.
template <bool Lossy>
class CountedStore : public tidings::MemoryStore {
 public:
  static constexpr bool lossy_announcements = Lossy;

  /// @param world  Answers come when it says so; null: inline.
  explicit CountedStore(SimWorld* world = nullptr) : world_(world) {}

  void read(const std::string& topic, std::uint64_t after, std::size_t limit,
            tidings::Completion<tidings::ReadResult> done) {
    ++(limit == 0 ? reads->states : reads->pages);
    if (world_ == nullptr) return tidings::MemoryStore::read(topic, after, limit, std::move(done));
    const auto shared = std::make_shared<tidings::Completion<tidings::ReadResult>>(std::move(done));
    world_->after(std::chrono::milliseconds(1),
                  [store = tidings::MemoryStore(*this), topic, after, limit, shared]() mutable {
                    store.read(topic, after, limit, std::move(*shared));
                  });
  }

  std::shared_ptr<StoreReads> reads = std::make_shared<StoreReads>();

 private:
  SimWorld* world_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_COUNTED_STORE_HPP
