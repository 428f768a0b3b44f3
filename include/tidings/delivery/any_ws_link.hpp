// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ANY_WS_LINK_HPP
#define TIDINGS_DELIVERY_ANY_WS_LINK_HPP

#include <tidings/delivery/ws_link.hpp>
#include <tidings/shared_bytes.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A link of any kind, for a session that does not care; see WsLink.
class AnyWsLink {
 public:
  AnyWsLink() = default;
  AnyWsLink(const AnyWsLink&) = delete;
  AnyWsLink& operator=(const AnyWsLink&) = delete;
  virtual ~AnyWsLink() = default;

  virtual void start(WsLinkEvents& events) = 0;
  /// Whether several frames may go as one write of bytes.
  virtual bool gathers() const = 0;
  virtual bool asks_for_pongs() const = 0;
  virtual Sent send(protocol::WsOpcode kind, const SharedBytes& payload) = 0;
  /// The same; copied where it has to wait.
  virtual Sent send_view(protocol::WsOpcode kind, std::string_view payload) = 0;
  /// One frame of a message in parts, where the link gathers.
  virtual Sent send_part(protocol::WsOpcode kind, protocol::WsPart part, const SharedBytes& payload) = 0;
  virtual Sent send_live(LiveMessage& message, LiveMessage::WsForm form) = 0;
  virtual Sent send_frames(std::string_view frames) = 0;
  /// What is appended goes by send_frames; see WsLink.
  virtual void append_frame(std::string& out, protocol::WsOpcode kind, std::string_view payload) = 0;
  virtual void append_live(std::string& out, LiveMessage& message, LiveMessage::WsForm form) = 0;
  virtual std::size_t deflates_from() const = 0;
  virtual Sent ping(std::string_view payload) = 0;
  virtual void close(CloseCode code, std::string_view reason) = 0;
  virtual void refuse(CloseCode code, errc why) = 0;
  virtual void fail(std::error_code why) = 0;
  virtual void abort() = 0;
  virtual void hold_input(bool hold) = 0;
  /// Before start. A server with a codec of its own gives whole messages still.
  virtual void give_parts(const protocol::WsPartTerms& terms) = 0;
  virtual std::size_t pending_bytes() const = 0;
};

/// @tparam Link   A WsLink or ChannelLink.
/// @tparam Start  `(Link&, WsLinkEvents&)`: starts it, the answer to the handshake included.
template <class Link, class Start>
class WsLinkModel final : public AnyWsLink {
 public:
  WsLinkModel(Link link, Start start) : link_(std::move(link)), start_(std::make_unique<Start>(std::move(start))) {}

  void start(WsLinkEvents& events) override {
    const std::unique_ptr<Start> start = std::move(start_);
    (*start)(link_, events);
  }
  bool gathers() const override { return Link::gathers; }
  bool asks_for_pongs() const override { return Link::asks_for_pongs; }
  Sent send(protocol::WsOpcode kind, const SharedBytes& payload) override { return link_.send_shared(kind, payload); }
  Sent send_view(protocol::WsOpcode kind, std::string_view payload) override { return link_.send(kind, payload); }
  Sent send_part(protocol::WsOpcode kind, protocol::WsPart part, const SharedBytes& payload) override {
    if constexpr (Link::gathers) return link_.send_part(kind, part, payload);
    return Sent::gone;
  }
  Sent send_live(LiveMessage& message, LiveMessage::WsForm form) override { return link_.send_live(message, form); }
  Sent send_frames(std::string_view frames) override {
    if constexpr (Link::gathers) return link_.send_frames(frames);
    return Sent::gone;
  }
  void append_frame(std::string& out, protocol::WsOpcode kind, std::string_view payload) override {
    if constexpr (Link::gathers) link_.append_frame(out, kind, payload);
  }
  void append_live(std::string& out, LiveMessage& message, LiveMessage::WsForm form) override {
    if constexpr (Link::gathers) link_.append_live(out, message, form);
  }
  std::size_t deflates_from() const override {
    if constexpr (Link::gathers) return link_.deflates_from();
    return std::numeric_limits<std::size_t>::max();
  }
  Sent ping(std::string_view payload) override { return link_.ping(payload); }
  void close(CloseCode code, std::string_view reason) override { link_.close(code, reason); }
  void refuse(CloseCode code, errc why) override { link_.refuse(code, why); }
  void fail(std::error_code why) override { link_.fail(why); }
  void abort() override { link_.abort(); }
  void hold_input(bool hold) override { link_.hold_input(hold); }
  void give_parts(const protocol::WsPartTerms& terms) override {
    if constexpr (Link::gathers) link_.give_parts(terms);
  }
  std::size_t pending_bytes() const override { return link_.pending_bytes(); }

 private:
  Link link_;
  // Until then.
  std::unique_ptr<Start> start_;
};

template <class Link, class Start>
std::unique_ptr<AnyWsLink> make_any_ws_link(Link link, Start start) {
  return std::make_unique<WsLinkModel<Link, Start>>(std::move(link), std::move(start));
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ANY_WS_LINK_HPP
