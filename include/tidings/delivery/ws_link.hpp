// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_WS_LINK_HPP
#define TIDINGS_DELIVERY_WS_LINK_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/byte_budget.hpp>
#include <tidings/delivery/byte_wire.hpp>
#include <tidings/delivery/deflated_frames.hpp>
#include <tidings/protocol/ws/closing.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/protocol/ws/reader.hpp>
#include <tidings/rare.hpp>
#include <tidings/shared_bytes.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// What a WebSocket link tells its owner, on the loop and never from inside a call of the owner. The owner may call the
/// link, but must not destroy it, in such a call.
class WsLinkEvents {
 public:
  /// A server with a codec of its own has answered the handshake.
  virtual void on_open() {}
  /// @param kind  text (UTF-8) or binary.
  /// @param data  Valid during the call.
  virtual void on_message(protocol::WsOpcode kind, std::string_view data) = 0;
  /// Some of a message that comes in parts, after `give_parts`; what came whole is an `on_message`.
  ///
  /// @param part  first, middle or last. Parts of text may be cut within a character; together they are UTF-8.
  virtual void on_part(protocol::WsOpcode kind, std::string_view data, protocol::WsPart part) {
    static_cast<void>(kind), static_cast<void>(data), static_cast<void>(part);
  }
  virtual void on_pong(std::string_view payload) = 0;
  /// Something came from the peer, whatever it was; before the event it leads to.
  virtual void on_traffic() = 0;
  /// After what came: a message or control frame has begun and is not whole, another one than before if one was already,
  /// or more of one that comes in parts; or (false) none is any more. A server with a codec of its own does not tell.
  virtual void on_unfinished(bool unfinished) { static_cast<void>(unfinished); }
  /// After everything that came at once, and before the link answers a ping or a close: what was held back to leave
  /// together leaves now.
  virtual void on_flush() {}
  virtual void on_writable() = 0;
  /// Still not writable, but the peer has taken something.
  virtual void on_progress() = 0;
  /// Close was said, by us or by the peer: no message goes out any more, and the close timeout begins.
  virtual void on_closing() = 0;
  /// It is over; the last event.
  virtual void on_closed(const CloseInfo& info) = 0;

 protected:
  ~WsLinkEvents() = default;
};

/// A WebSocket over a byte wire, with our codec: answers pings, keeps to the protocol, says close and hears it.
///
/// Frames are accepted whole and leave in the order of the calls; bounds and policies are the owner's, who stops at
/// `Sent::blocked` until on_writable. Control frames may be sent while blocked. Of a budget that links share, each takes
/// what the memory of its unfinished message is, unless that has less than `defaults::free_message_bytes`; where there is
/// no room, the peer is refused with 1013 and errc::overloaded.
/// Thread    the loop's only. Lifetime  not moved after start().
template <ByteWire W>
class WsLink final : private ByteWireEvents {
 public:
  /// Several messages may leave in one write.
  static constexpr bool gathers = true;
  /// Pings can be sent, and pongs come.
  static constexpr bool asks_for_pongs = true;
  /// The connection is closed once both sides have said so, without a wait for the peer's end of it.
  static constexpr bool ends_when_agreed = requires { W::abort_is_clean; };

  /// A client's masks: four unpredictable bytes a frame (RFC 6455 10.3). Empty for a server.
  using NextMask = UniqueFunction<protocol::WsMask()>;

  /// @param budget  Null: every message may be as large as its own limit.
  /// @param codec   What was agreed on in the handshake; null: messages go and come as they are.
  WsLink(W wire, protocol::WsLimits limits, NextMask next_mask = nullptr, std::shared_ptr<ByteBudget> budget = nullptr,
         std::shared_ptr<protocol::WsMessageCodec> codec = nullptr)
      : plain_(!next_mask && !codec),
        wire_(std::move(wire)),
        closing_(next_mask ? protocol::WsRole::client : protocol::WsRole::server),
        reader_(next_mask ? protocol::WsRole::client : protocol::WsRole::server, limits, std::move(codec)),
        share_(std::move(budget), memory_of(limits.max_message_bytes)) {
    if (next_mask) next_mask_.set(std::move(next_mask));
  }

  /// @param head  Bytes before the first frame: the answer to the handshake; may be empty.
  void start(WsLinkEvents& events, std::string_view head) {
    events_ = &events;
    wire_.start(*this);
    if (!head.empty()) wire_.write(head);
  }

  /// From now on others are told.
  void listen(WsLinkEvents& events) {
    if (events_ != nullptr) events_ = &events;
  }

  /// One message in one frame. Nothing is sent once close was said.
  Sent send(protocol::WsOpcode kind, std::string_view payload) {
    if (!plain_ && closed()) return Sent::gone;
    if (!plain_ && changes(kind, payload.size())) return write(kind, payload);
    return wire_.write_parts(protocol::encode_ws_head(kind, payload.size()).text(), payload);
  }
  /// The same; the payload may be kept by reference. Masked payloads are copies.
  Sent send_shared(protocol::WsOpcode kind, const SharedBytes& payload) {
    if (!plain_ && closed()) return Sent::gone;
    if (!plain_ && changes(kind, payload->size())) return write(kind, *payload);
    const protocol::WsFrameHead head = protocol::encode_ws_head(kind, payload->size());
    return wire_.write_shared(head.text(), payload);
  }
  /// A message of a hub: where the frame is the same for several links of a server, they share its bytes.
  Sent send_live(LiveMessage& message, LiveMessage::WsForm form) {
    if (plain_) return wire_.write_shared({}, message.ws_frame(form));
    if (closed()) return Sent::gone;
    const SharedBytes* const frame = shared_frame(message, form);
    return frame != nullptr ? wire_.write_shared({}, *frame) : write(message.ws_opcode(form), message.ws_payload(form));
  }
  /// One frame of a message in parts, as it is: never deflated. Between them go control frames alone.
  Sent send_part(protocol::WsOpcode kind, protocol::WsPart part, const SharedBytes& payload) {
    if (!plain_ && closed()) return Sent::gone;
    if (next_mask_) {
      std::string frame;
      protocol::append_ws_frame(frame, kind, *payload, part, (*next_mask_)());
      return wire_.write(frame);
    }
    return wire_.write_shared(protocol::encode_ws_head(kind, payload->size(), part).text(), payload);
  }
  /// Appends the frame of a message, to go with send_frames. Once it has been deflated it must go.
  void append_frame(std::string& out, protocol::WsOpcode kind, std::string_view payload) {
    const auto mask = next_mask_ ? std::optional((*next_mask_)()) : std::nullopt;
    protocol::append_ws_message(out, kind, payload, reader_.codec().get(), mask);
  }
  /// The same of a message of a hub, as send_live.
  void append_live(std::string& out, LiveMessage& message, LiveMessage::WsForm form) {
    const SharedBytes* const frame = shared_frame(message, form);
    if (frame == nullptr) return append_frame(out, message.ws_opcode(form), message.ws_payload(form));
    out.append(**frame);
  }
  /// Messages from this size on are deflated, unless that would make them no shorter.
  std::size_t deflates_from() const {
    return reader_.codec() ? reader_.codec()->threshold() : std::numeric_limits<std::size_t>::max();
  }
  /// Bytes that are frames already, of a server.
  Sent send_frames(std::string_view frames) {
    if (!plain_ && closed()) return Sent::gone;
    return wire_.write(frames);
  }
  /// @param payload  At most 125 bytes.
  Sent ping(std::string_view payload) { return send(protocol::WsOpcode::ping, payload); }

  /// Says close, once; the peer's answer or the timeout ends it.
  void close(CloseCode code, std::string_view reason) { act(closing_.close(code, reason)); }
  /// Says close as to a peer that broke a rule: what it has begun is let go of, and nothing more of it is read.
  void refuse(CloseCode code, errc why) {
    if (!faulted_ && events_ != nullptr) on_event(reader_.refuse(code, why));
    share_.set(0);
  }
  /// The close timeout is over, or the peer is taken for gone: ends at once with on_closed, which comes from in here.
  void fail(std::error_code why) { act(closing_.on_failure(why)); }
  /// Drops the connection. No event comes afterwards.
  void abort() {
    events_ = nullptr;
    wire_.abort();
  }

  /// Held, also in an event: nothing more of the peer is looked at, pings are not answered. What was read already waits
  /// with the wire, the rest in the kernel and with the peer.
  void hold_input(bool hold) {
    held_ = hold;
    wire_.hold_input(hold);
  }
  /// Messages come by on_part from now on, and nothing of them is held; before the first.
  void give_parts(const protocol::WsPartTerms& terms) { reader_.give_parts(terms); }

  bool closing() const { return closing_.closing(); }
  /// Who said close, and why; final in on_closed.
  const CloseInfo& info() const { return closing_.info(); }
  /// Accepted, and not yet taken by the kernel or server.
  std::size_t pending_bytes() const { return wire_.pending_bytes(); }
  /// Held of a message that is not whole.
  std::size_t held_bytes() const { return reader_.held_bytes(); }

 private:
  using Deflated = DeflatedFrames<protocol::WsMessageCodec>;

  bool closed() const { return closing_.closing() || closing_.over(); }

  Sent write(protocol::WsOpcode kind, std::string_view payload) {
    std::string frame;
    append_frame(frame, kind, payload);
    return wire_.write(frame);
  }
  bool deflates(protocol::WsOpcode kind, std::size_t size) const {
    return reader_.codec() && reader_.codec()->takes(kind, size);
  }
  // Whether what is sent is masked or deflated.
  bool changes(protocol::WsOpcode kind, std::size_t size) const { return next_mask_ || deflates(kind, size); }
  // The frame that others may send too; null: what we send is masked, or refers to what we have sent. What is too small
  // to be deflated is nobody's own, whatever the codec remembers.
  const SharedBytes* shared_frame(LiveMessage& message, LiveMessage::WsForm form) {
    if (next_mask_) return nullptr;
    if (!deflates(protocol::WsOpcode::text, message.ws_payload(form).size())) return &message.ws_frame(form);
    protocol::WsMessageCodec& codec = *reader_.codec();
    if (codec.form() == 0) return nullptr;
    return &Deflated::of(message, codec).ws_frame(message, form, codec);
  }

  void on_bytes(std::span<char> bytes) override {
    if (events_ != nullptr) events_->on_traffic();
    bool anew = false;
    while (events_ != nullptr && !faulted_ && !held_) {
      const protocol::WsEvent event = reader_.read(bytes);
      if (event.kind == protocol::WsEvent::Kind::need_more) break;
      on_event(event);
      anew = anew || !reader_.in_message() || is_part(event);
    }
    if (held_ && (!bytes.empty() || reader_.has_more())) wire_.put_back({bytes.data(), bytes.size()});
    if (!account()) refuse(CloseCode::try_again_later, errc::overloaded);
    if (events_ != nullptr) events_->on_flush();
    tell_unfinished(anew);
    end_if_agreed();
  }
  // A string that grows holds up to twice what is in it.
  static std::size_t memory_of(std::size_t message) {
    return message > std::numeric_limits<std::size_t>::max() / 2 ? message : 2 * message;
  }
  bool account() {
    const std::size_t held = reader_.held_bytes();
    return share_.set((held > defaults::free_message_bytes ? reader_.held_memory() : 0) + reader_.inflating_memory());
  }
  static bool is_part(const protocol::WsEvent& event) {
    return event.kind == protocol::WsEvent::Kind::text_part || event.kind == protocol::WsEvent::Kind::binary_part;
  }
  // A control frame in the midst of a message does not make that another one.
  void tell_unfinished(bool anew) {
    const bool before = std::exchange(unfinished_, reader_.unfinished());
    if (events_ == nullptr || (unfinished_ == before && !(unfinished_ && anew))) return;
    events_->on_unfinished(unfinished_);
  }
  void on_event(const protocol::WsEvent& event) {
    using Kind = protocol::WsEvent::Kind;
    switch (event.kind) {
      case Kind::need_more: break;
      case Kind::text: events_->on_message(protocol::WsOpcode::text, event.data); break;
      case Kind::binary: events_->on_message(protocol::WsOpcode::binary, event.data); break;
      case Kind::text_part: events_->on_part(protocol::WsOpcode::text, event.data, event.part); break;
      case Kind::binary_part: events_->on_part(protocol::WsOpcode::binary, event.data, event.part); break;
      case Kind::pong: events_->on_pong(event.data); break;
      case Kind::ping:
        events_->on_flush();
        on_ping(event.data);
        break;
      case Kind::close:
        events_->on_flush();
        act(closing_.on_close(event));
        break;
      case Kind::fault:
        faulted_ = true;
        events_->on_flush();
        act(closing_.on_fault(event));
        break;
    }
  }
  // RFC 6455 5.5.3: of several pings only the last need be answered; a peer that reads nothing gets one answer in all.
  void on_ping(std::string_view payload) {
    if (closing_.closing()) return;
    if (wire_.pending_bytes() == 0) {
      write(protocol::WsOpcode::pong, payload);
    } else {
      pong_.get() = payload;
    }
  }

  void on_eof() override { act(closing_.on_eof()); }
  void on_gone(std::error_code why) override { act(closing_.on_failure(why)); }
  void on_progress() override {
    if (events_ != nullptr) events_->on_progress();
  }
  void on_writable() override {
    if (closing_.closing()) {
      if (wire_.pending_bytes() == 0) {
        act(closing_.on_sent());
        end_if_agreed();
      }
      return;
    }
    if (pong_) {
      const std::string payload = std::move(*pong_);
      pong_.reset();
      if (write(protocol::WsOpcode::pong, payload) != Sent::ok) return;
    }
    if (events_ != nullptr) events_->on_writable();
  }

  void act(protocol::WsClosing::Action action) {
    using Act = protocol::WsClosing::Act;
    if (action.act != Act::nothing) plain_ = false;
    switch (action.act) {
      case Act::nothing: break;
      case Act::send_close: say_close(action.payload); break;
      case Act::shut:
        if (!(ends_when_agreed && closing_.agreed())) wire_.shut();
        break;
      case Act::end: {
        WsLinkEvents* const events = std::exchange(events_, nullptr);
        wire_.abort();
        if (events != nullptr) events->on_closed(closing_.info());
        break;
      }
    }
  }
  // A client that has said close sends nothing more (RFC 6455 5.5.1): there is no need to wait for its end as well. The
  // last thing in a call of the wire.
  void end_if_agreed() {
    if constexpr (ends_when_agreed) {
      if (closing_.agreed()) act(closing_.on_eof());
    }
  }

  void say_close(const std::string& payload) {
    pong_.reset();
    // Input flows again: the peer's close may stand behind what was held back.
    hold_input(false);
    const Sent sent = write(protocol::WsOpcode::close, payload);
    if (events_ != nullptr) events_->on_closing();
    // Of a connection that is broken the wire, or the close timeout, brings the end.
    if (sent == Sent::ok) act(closing_.on_sent());
  }

  // What a message that leaves looks at comes first. Frames go as they are: neither masked nor deflated, and no close was
  // said.
  bool plain_;
  bool faulted_ = false;
  bool unfinished_ = false;
  bool held_ = false;
  W wire_;
  protocol::WsClosing closing_;
  protocol::WsReader reader_;
  // Of a client.
  Rare<NextMask> next_mask_;
  BudgetShare share_;
  WsLinkEvents* events_ = nullptr;
  // The last ping's, while the peer reads nothing.
  Rare<std::string> pong_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_WS_LINK_HPP
