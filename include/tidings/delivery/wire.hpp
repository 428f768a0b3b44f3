// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_WIRE_HPP
#define TIDINGS_DELIVERY_WIRE_HPP

#include <tidings/delivery/carrier.hpp>
#include <tidings/delivery/live_message.hpp>
#include <tidings/http_types.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// What a wire tells its carrier, on the session's loop and never from inside a call of the carrier. The carrier may
/// end in the call: a wire does nothing with itself afterwards.
class WireEvents {
 public:
  virtual void on_writable() = 0;
  /// Still not writable, but the reader has taken something.
  virtual void on_progress() = 0;
  virtual void on_gone(std::error_code why) = 0;

 protected:
  ~WireEvents() = default;
};

/// Which bytes of a message are wanted.
enum class FramePart : std::uint8_t {
  /// The whole event, its id the message's own token.
  own,
  /// The whole event, its id the cursor of a session with one topic.
  single,
  /// The event without an id line: a prefix brings one.
  body,
};

/// The way out for one stream's bytes: a socket of ours, a server's response, in tests a model.
/// | w.start(head, events)               | void   | the head leaves now; events stay valid as long as the wire |
/// | w.write(bytes)                      | Sent   | takes all bytes; `blocked` = nothing more until on_writable |
/// | w.write_frame(prefix, message, part) | Sent  | the same for prefix and part; may keep a reference to the message |
/// | w.finish(bytes)                     | void   | last bytes, then the clean end of the body |
/// | w.abort()                           | void   | drops the connection |
/// | w.pending_bytes()                   | size_t | accepted, not yet taken by the kernel or server |
/// | w.chunked()                         | bool   | write() wants HTTP chunks ready-made; write_frame makes its own |
template <class W>
concept StreamWire = std::move_constructible<W> &&
    requires(W w, const W c, ResponseHead head, WireEvents& events, std::string_view bytes, LiveMessage& message,
             FramePart part) {
  { w.start(std::move(head), events) } -> std::same_as<void>;
  { w.write(bytes) } -> std::same_as<Sent>;
  { w.write_frame(bytes, message, part) } -> std::same_as<Sent>;
  { w.finish(bytes) } -> std::same_as<void>;
  { w.abort() } -> std::same_as<void>;
  { c.pending_bytes() } -> std::same_as<std::size_t>;
  { c.chunked() } -> std::same_as<bool>;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_WIRE_HPP
