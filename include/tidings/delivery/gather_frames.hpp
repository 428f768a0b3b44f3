// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_GATHER_FRAMES_HPP
#define TIDINGS_DELIVERY_GATHER_FRAMES_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/carrier.hpp>
#include <tidings/delivery/send_queue.hpp>

#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Sends the next message of a queue alone.
template <class Carrier>
Sent send_next(Carrier& carrier, SendQueue& queue, std::vector<SlotOffset>& taken) {
  const Queued only = queue.take(taken);
  return carrier.send(*only.message, only.slot);
}

/// Sends what is next in a queue: a large message alone, without a copy, and so the only one; of others as many as one
/// write of `defaults::max_gather_bytes` holds, up to a mark.
///
/// @param queue   Its first entry is a message.
/// @param bytes   Where the write is put together.
/// @param append  `(std::string& bytes, LiveMessage&, std::uint32_t slot)`: the frame of a message that goes out.
/// @param write   `(std::string_view bytes) -> Sent`.
template <class Carrier, class Append, class Write>
Sent gather_frames(Carrier& carrier, SendQueue& queue, std::vector<SlotOffset>& taken, std::string& bytes,
                   Append append, Write write) {
  if (queue.size() == 1 || queue.front().bytes() >= defaults::max_gather_bytes) {
    return send_next(carrier, queue, taken);
  }
  while (!queue.empty() && queue.front().message && bytes.size() < defaults::max_gather_bytes) {
    const Queued item = queue.take(taken);
    append(bytes, *item.message, item.slot);
  }
  return write(bytes);
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_GATHER_FRAMES_HPP
