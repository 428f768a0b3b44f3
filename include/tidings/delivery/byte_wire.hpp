// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_BYTE_WIRE_HPP
#define TIDINGS_DELIVERY_BYTE_WIRE_HPP

#include <tidings/delivery/carrier.hpp>
#include <tidings/shared_bytes.hpp>
#include <tidings/version.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// What a byte wire tells its owner, on the loop and never from inside a call of the owner.
class ByteWireEvents {
 public:
  /// Bytes of the peer, valid during the call. The owner may change them.
  virtual void on_bytes(std::span<char> bytes) = 0;
  /// The peer ended its side.
  virtual void on_eof() = 0;
  /// Everything accepted has been taken, and more can be written.
  virtual void on_writable() = 0;
  /// Still not writable, but the peer has taken something.
  virtual void on_progress() = 0;
  /// The connection broke.
  virtual void on_gone(std::error_code why) = 0;

 protected:
  ~ByteWireEvents() = default;
};

/// Both ways of one connection's bytes: a socket of ours, a stream of the server's, in tests a model.
/// | w.start(events)             | void   | reading begins; events stay valid until abort() or the wire's end |
/// | w.write(bytes)              | Sent   | takes all bytes; `blocked` = not all are gone, on_writable comes |
/// | w.write_parts(head, body)   | Sent   | the same for both, one behind the other |
/// | w.write_shared(head, bytes) | Sent   | the same; may keep a reference to the bytes |
/// | w.shut()                    | void   | ends our side behind what was accepted; nothing is written afterwards |
/// | w.abort()                   | void   | drops the connection; no event comes afterwards |
/// | w.hold_input(hold)          | void   | whether to leave the peer's bytes where they are |
/// | w.put_back(bytes)           | void   | while held, in on_bytes: these come again, before others, once it is not; none: on_bytes comes all the same |
/// | w.pending_bytes()           | size_t | accepted, not yet taken by the kernel or server |
template <class W>
concept ByteWire = std::move_constructible<W> &&
    requires(W w, const W c, ByteWireEvents& events, std::string_view bytes, const SharedBytes& shared, bool hold) {
  { w.start(events) } -> std::same_as<void>;
  { w.write(bytes) } -> std::same_as<Sent>;
  { w.write_parts(bytes, bytes) } -> std::same_as<Sent>;
  { w.write_shared(bytes, shared) } -> std::same_as<Sent>;
  { w.shut() } -> std::same_as<void>;
  { w.abort() } -> std::same_as<void>;
  { w.hold_input(hold) } -> std::same_as<void>;
  { w.put_back(bytes) } -> std::same_as<void>;
  { c.pending_bytes() } -> std::same_as<std::size_t>;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_BYTE_WIRE_HPP
