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

/// Moves queued messages into the bytes of one write, up to a mark or `defaults::max_gather_bytes`.
///
/// @param note      `(std::uint32_t slot)`: a message of it goes out.
/// @param frame_of  `(LiveMessage&) -> const SharedBytes&`.
template <class Note, class FrameOf>
void gather_frames(SendQueue& queue, std::vector<SlotOffset>& taken, std::string& bytes, Note note, FrameOf frame_of) {
  while (!queue.empty() && queue.front().message && bytes.size() < defaults::max_gather_bytes) {
    const Queued& item = queue.front();
    note(item.slot);
    bytes.append(*frame_of(*item.message));
    taken.emplace_back(item.slot, item.message->offset());
    queue.pop();
  }
}

/// Whether the next message goes alone: a large one without a copy, or the only one.
inline bool goes_alone(SendQueue& queue) {
  return queue.size() == 1 || queue.front().bytes() >= defaults::max_gather_bytes;
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_GATHER_FRAMES_HPP
