// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_GATHER_FRAMES_HPP
#define TIDINGS_DELIVERY_GATHER_FRAMES_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/carrier.hpp>
#include <tidings/delivery/send_queue.hpp>

#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Whether the next message goes alone: a large one without a copy, or the only one.
inline bool goes_alone(SendQueue& queue) {
  return queue.size() == 1 || queue.front().bytes() >= defaults::max_gather_bytes;
}

/// Takes the next message, which is no mark.
inline Queued take_front(SendQueue& queue, std::vector<SlotOffset>& taken) {
  Queued front = queue.front();
  taken.emplace_back(front.slot, front.message->offset());
  queue.pop();
  return front;
}

/// Moves messages into the bytes of one write, up to a mark or `defaults::max_gather_bytes`.
///
/// @param note    `(std::uint32_t slot)`: a message of it goes out.
/// @param append  `(std::string& bytes, LiveMessage&)`: its frame.
template <class Note, class Append>
void gather_frames(SendQueue& queue, std::vector<SlotOffset>& taken, std::string& bytes, Note note, Append append) {
  while (!queue.empty() && queue.front().message && bytes.size() < defaults::max_gather_bytes) {
    const Queued item = take_front(queue, taken);
    note(item.slot);
    append(bytes, *item.message);
  }
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_GATHER_FRAMES_HPP
