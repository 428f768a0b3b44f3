// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_WS_FAREWELL_HPP
#define TIDINGS_DELIVERY_WS_FAREWELL_HPP

#include <tidings/delivery/loop_executor.hpp>
#include <tidings/delivery/ws_link.hpp>
#include <tidings/error.hpp>

#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A WebSocket that says close and waits for the peer's: a link whose session is over.
///
/// Thread    the loop's only. Lifetime  kept by the loop until its timeout is over; the link goes when it is closed.
template <class Link>
class WsFarewell final : private WsLinkEvents {
 public:
  /// Says close, unless that was done.
  static void say(LoopExecutor& loop, std::unique_ptr<Link> link, CloseCode code, std::string_view reason,
                  std::chrono::milliseconds timeout) {
    const auto self = std::make_shared<WsFarewell>(loop, std::move(link));
    self->link_->listen(*self);
    loop.post_after(timeout, [self] {
      if (self->link_) self->link_->fail(errc::timeout);
    });
    self->link_->close(code, reason);
  }

  WsFarewell(LoopExecutor& loop, std::unique_ptr<Link> link)
      : loop_(loop), link_(std::move(link)), hold_(loop.hold()) {}

 private:
  void on_message(protocol::WsOpcode, std::string_view) override {}
  void on_pong(std::string_view) override {}
  void on_traffic() override {}
  void on_writable() override {}
  void on_progress() override {}
  void on_closing() override {}
  void on_closed(const CloseInfo&) override {
    hold_.reset();
    // Not in the link's own call.
    loop_.post([link = std::move(link_)] {});
  }

  LoopExecutor& loop_;
  std::unique_ptr<Link> link_;
  std::shared_ptr<void> hold_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_WS_FAREWELL_HPP
