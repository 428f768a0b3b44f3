// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_PART_QUEUE_HPP
#define TIDINGS_DELIVERY_PART_QUEUE_HPP

#include <tidings/completion.hpp>
#include <tidings/defaults.hpp>
#include <tidings/delivery/ring.hpp>
#include <tidings/error.hpp>
#include <tidings/payload_kind.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/shared_bytes.hpp>

#include <cstddef>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Parts of one message that is sent while it is made, and which frame each becomes; small ones that wait become one. No
/// I/O, no clock. Completions are handed out, never called in here.
///
/// @tparam Done  `Completion<>`; a parameter so that only a unit that queues compiles this.
template <class Done>
class BasicPartQueue {
 public:
  struct Frame {
    SharedBytes bytes;
    std::vector<Done> done;
    protocol::WsPart part = protocol::WsPart::whole;
  };

  BasicPartQueue(PayloadKind kind, std::size_t max_bytes) : max_bytes_(max_bytes), kind_(kind) {}

  PayloadKind kind() const { return kind_; }
  /// Adds a part behind the others; nothing after the last. False if it does not fit; an empty queue takes any part.
  bool push(std::string bytes, bool last, Done& done) {
    if (!parts_.empty() && bytes_ + bytes.size() > max_bytes_) return false;
    bytes_ += bytes.size();
    ended_ = last;
    parts_.push_back({share_bytes(std::move(bytes)), std::move(done)});
    return true;
  }
  /// Whether take() has a frame.
  bool ready() const { return !parts_.empty(); }
  /// A large part alone and without a copy, small ones together.
  Frame take() {
    Frame frame;
    frame.bytes = take_one(frame.done);
    std::string together;
    while (!parts_.empty() && frame.bytes->size() + together.size() + parts_.front().bytes->size() <= most_together) {
      together.append(*take_one(frame.done));
    }
    if (!together.empty()) frame.bytes = share_bytes(*frame.bytes + together);
    frame.part = over() ? (begun_ ? protocol::WsPart::last : protocol::WsPart::whole)
                        : (begun_ ? protocol::WsPart::middle : protocol::WsPart::first);
    begun_ = true;
    return frame;
  }
  /// A frame was taken.
  bool begun() const { return begun_; }
  /// Its last frame was taken.
  bool over() const { return ended_ && parts_.empty(); }
  /// Bytes that wait.
  std::size_t bytes() const { return bytes_; }

  /// Forgets what waits; hands out all completions.
  void clear(std::vector<Done>& given_up) {
    while (!parts_.empty()) take_one(given_up);
  }

 private:
  struct Part {
    SharedBytes bytes;
    Done done;
  };

  static constexpr std::size_t most_together = defaults::max_gather_bytes;

  SharedBytes take_one(std::vector<Done>& done) {
    Part part = std::move(parts_.front());
    parts_.pop_front();
    bytes_ -= part.bytes->size();
    if (part.done) done.push_back(std::move(part.done));
    return std::move(part.bytes);
  }

  Ring<Part> parts_;
  std::size_t bytes_ = 0;
  std::size_t max_bytes_;
  PayloadKind kind_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_PART_QUEUE_HPP
