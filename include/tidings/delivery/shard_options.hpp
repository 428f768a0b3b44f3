// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_SHARD_OPTIONS_HPP
#define TIDINGS_DELIVERY_SHARD_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/queue_policy.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Bounds and times of the sessions of one shard.
struct ShardOptions {
  std::size_t max_mailbox_bytes = defaults::max_mailbox_bytes;
  std::size_t max_queue_bytes = defaults::max_queue_bytes;
  QueuePolicy queue_policy = QueuePolicy::spill;
  std::chrono::milliseconds max_lag = defaults::max_lag;
  std::chrono::milliseconds write_stall = defaults::write_stall;
  std::size_t catch_up_page = defaults::catch_up_page;
  std::size_t max_merge_messages = defaults::max_merge_messages;
  std::chrono::milliseconds room_linger = defaults::room_linger;
  std::chrono::milliseconds position_check = defaults::position_check;
  std::chrono::milliseconds retry = defaults::sse_retry;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_SHARD_OPTIONS_HPP
