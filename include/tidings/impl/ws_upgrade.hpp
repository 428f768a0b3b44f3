// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_WS_UPGRADE_HPP
#define TIDINGS_IMPL_WS_UPGRADE_HPP

#include <tidings/concepts.hpp>
#include <tidings/delivery/channel_link.hpp>
#include <tidings/delivery/last_answer.hpp>
#include <tidings/delivery/stream_bytes.hpp>
#include <tidings/delivery/ws_link.hpp>
#include <tidings/hub/refused.hpp>
#include <tidings/net/deadline.hpp>
#include <tidings/net/farewell.hpp>
#include <tidings/net/socket_bytes.hpp>
#include <tidings/protocol/ws/handshake.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/ws_compression.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// What an adapter can offer for an upgrade request: nothing answered yet.
template <class U>
concept UpgradeWay = ByteStream<U> || MessageChannel<U> ||(StreamingResponse<U>&& HandsOver<U>);

namespace detail {

/// A handshake on its way: what it asks for, and the connection that it came on, until it has become a link.
///
/// @tparam Loop  `io::Loop`.
/// Lifetime  shared; dropped unanswered, the way refuses or drops the connection by itself.
template <class U, class Loop>
class WsUpgrade : public std::enable_shared_from_this<WsUpgrade<U, Loop>> {
 public:
  /// @param headers      Of the answer, whatever it is.
  /// @param loop         Where a refusal says its last words.
  /// @param compression  Null: none is agreed on. Nor is it where the server has a codec of its own.
  WsUpgrade(std::shared_ptr<const RequestSnapshot> request, U way, std::vector<Header> headers,
            std::weak_ptr<Loop> loop, std::shared_ptr<const WsCompression> compression)
      : request_(std::move(request)),
        way_(std::move(way)),
        headers_(std::move(headers)),
        loop_(std::move(loop)),
        compression_(std::move(compression)) {}

  /// Reads the handshake; false if it was refused.
  bool read_offer() {
    protocol::WsRefusal bad = protocol::read_ws_offer(*request_, offer_);
    if (bad.status == 0) return true;
    hub::Refused refused = hub::make_refused(errc::handshake_failed, {});
    refused.status = bad.status;
    for (Header& each : bad.headers) refused.headers.push_back(std::move(each));
    refuse(std::move(refused));
    return false;
  }
  const protocol::WsOffer& offer() const { return offer_; }
  const std::shared_ptr<const RequestSnapshot>& request() const { return request_; }

  void refuse(hub::Refused refused) {
    ResponseHead head{refused.status, std::move(refused.headers)};
    for (Header& each : headers_) head.headers.push_back(std::move(each));
    if (socket_) {
      refuse_over_socket(std::move(head), refused.body);
    } else if constexpr (MessageChannel<U>) {
      way_.respond(std::move(head), share_bytes(std::move(refused.body)));
    } else if constexpr (StreamingResponse<U>) {
      refuse_over_response(std::move(head), std::move(refused.body));
    } else {
      refuse_over_stream(std::move(head), refused.body);
    }
  }

  /// Takes the connection from its server where that is possible, then calls `f`; not at all if it has broken.
  template <class F>
  void take_over(F f) {
    if constexpr (HandsOver<U>) {
      way_.release(
          [self = this->shared_from_this(), f = std::move(f)](std::error_code ec, NativeSocket native) mutable {
            self->socket_ = io::OwnedSocket(native.descriptor, native.tuned);
            self->prefetched_ = std::move(native.prefetched);
            // A byte stream that cannot be handed over is used as it is.
            if (!ec || (ByteStream<U> && ec == errc::not_supported)) f();
          });
    } else {
      f();
    }
  }

  /// Becomes a link on the loop: calls `f(link, start)`, where `start(link, events)` answers the handshake.
  template <class F>
  auto become(const std::shared_ptr<Loop>& loop, protocol::WsLimits limits, std::string subprotocol, F f) {
    if constexpr (MessageChannel<U>) {
      return f(delivery::ChannelLink<U>(loop, std::move(way_), limits.max_message_bytes, loop->pending_messages()),
               [subprotocol = std::move(subprotocol), headers = headers_](auto& link, delivery::WsLinkEvents& events) {
                 link.start(events, subprotocol, headers);
               });
    } else {
      auto codec = agree_on_compression();
      std::string head;
      // Ours and the client's own: nothing that could be unsafe in it.
      static_cast<void>(protocol::encode_ws_accept(head, offer_, subprotocol, headers_));
      auto start = [head = std::move(head)](auto& link, delivery::WsLinkEvents& events) { link.start(events, head); };
      if constexpr (ByteStream<U>) {
        if (!socket_) {
          using Wire = delivery::StreamBytes<U>;
          return f(delivery::WsLink<Wire>(Wire(loop, std::move(way_)), limits, nullptr, loop->pending_messages(),
                                          std::move(codec)),
                   std::move(start));
        }
      }
      using Wire = io::BasicSocketBytes<Loop>;
      return f(delivery::WsLink<Wire>(Wire(*loop, std::move(socket_), std::move(prefetched_)), limits, nullptr,
                                      loop->pending_messages(), std::move(codec)),
               std::move(start));
    }
  }

 private:
  WsCompression::Codec agree_on_compression() {
    if (!compression_) return nullptr;
    const std::string offers = protocol::joined_fields(request_->headers, "sec-websocket-extensions");
    std::string answer;
    auto codec = compression_->accept(offers, request_->header("user-agent").value_or(""), answer);
    if (codec) headers_.push_back({"Sec-WebSocket-Extensions", std::move(answer)});
    return codec;
  }

  static std::string whole_answer(ResponseHead head, const std::string& body) {
    head.headers.push_back({"Connection", "close"});
    head.headers.push_back({"Content-Length", std::to_string(body.size())});
    std::string text;
    if (protocol::encode_response_head(text, 11, head.status, head.headers)) return {};
    return text.append(body);
  }

  void refuse_over_socket(ResponseHead head, const std::string& body) {
    const std::shared_ptr<Loop> loop = loop_.lock();
    if (!loop) return;
    loop->post([weak = loop_, self = this->shared_from_this(), text = whole_answer(std::move(head), body)] {
      const std::shared_ptr<Loop> alive = weak.lock();
      if (!alive) return;
      io::OutputBuffer rest;
      rest.append(text);
      if (rest.flush(self->socket_.get())) return;
      io::BasicFarewell<Loop>::say(*alive, std::move(self->socket_), std::move(rest));
    });
  }
  void refuse_over_response(ResponseHead head, std::string body) {
    way_.start(std::move(head));
    way_.write(share_bytes(std::move(body)), [self = this->shared_from_this()](std::error_code ec) {
      if (ec) {
        self->way_.abort();
      } else {
        self->way_.finish();
      }
    });
  }
  void refuse_over_stream(ResponseHead head, const std::string& body) {
    auto answer = delivery::LastAnswer<U>::say(std::move(way_), whole_answer(std::move(head), body));
    if (const std::shared_ptr<Loop> loop = loop_.lock()) {
      io::after(loop, defaults::close_timeout, [answer] { answer->give_up(); });
    }
  }

  std::shared_ptr<const RequestSnapshot> request_;
  U way_;
  std::vector<Header> headers_;
  std::weak_ptr<Loop> loop_;
  std::shared_ptr<const WsCompression> compression_;
  protocol::WsOffer offer_;
  // Once the connection has left its server.
  io::OwnedSocket socket_;
  std::string prefetched_;
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_WS_UPGRADE_HPP
