// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROPERTY_SOCKET_END_HPP
#define TIDINGS_TESTS_PROPERTY_SOCKET_END_HPP

#include <tidings/delivery/ws_carrier.hpp>
#include <tidings/hub/core.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/protocol/ws/reader.hpp>

#include "support/sim_socket.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace property {

/// What a hub makes of a client's words here: acknowledgements and proofs.
class SimUpward final : public tidings::delivery::UpwardHandler {
 public:
  SimUpward(std::weak_ptr<tidings::hub::Core> core, tidings::Identity identity, tidings::protocol::ClientRequest asked)
      : core_(std::move(core)), identity_(std::move(identity)), asked_(std::move(asked)) {}

  void on_text(tidings::delivery::Session& session, std::string_view text) override {
    const auto core = core_.lock();
    tidings::protocol::Cursor cursor;
    const nlohmann::json envelope = nlohmann::json::parse(text);
    if (!core || tidings::protocol::Cursor::parse(envelope["ack"].get<std::string>(), cursor)) return;
    std::vector<std::string> topics;
    for (const auto& each : session.tokens()) {
      if (each.active) topics.emplace_back(each.topic);
    }
    core->acknowledge(identity_, topics, cursor, tidings::Evidence::ack, asked_, [](std::error_code) {});
  }
  void on_pong_evidence(tidings::delivery::Session& session,
                        std::vector<tidings::delivery::TopicPosition> positions) override {
    const auto core = core_.lock();
    std::vector<tidings::Acknowledgement> list;
    for (auto& [topic, position] : positions) {
      list.push_back({session.user(), topic, position, tidings::Evidence::pong});
    }
    if (core && !session.user().empty()) core->prove(std::move(list));
  }

 private:
  std::weak_ptr<tidings::hub::Core> core_;
  tidings::Identity identity_;
  tidings::protocol::ClientRequest asked_;
};

/// A client's end of a simulated WebSocket.
class SocketEnd {
 public:
  using Link = tidings::delivery::WsLink<support::SimByteWire>;
  using Carrier = tidings::delivery::WsCarrier<Link>;
  using Kind = tidings::protocol::WsEvent::Kind;

  explicit SocketEnd(std::size_t capacity) { socket->capacity = capacity; }

  /// The server's side of it.
  static std::unique_ptr<tidings::delivery::Carrier> carry(const support::SimSocket::Ptr& socket,
                                                           const tidings::delivery::WsTerms& terms,
                                                           std::unique_ptr<SimUpward> upward) {
    return std::make_unique<Carrier>(
        *socket->loop, Link(support::SimByteWire(socket), {}), terms, std::move(upward),
        [](Link& link, tidings::delivery::WsLinkEvents& events) { link.start(events, ""); });
  }

  /// Takes bytes and hands out what they hold: `f(kind, data)`.
  void read(std::size_t most, const std::function<void(Kind, std::string_view)>& f) {
    std::string bytes = support::SimSocket::take(socket, most);
    std::span<char> input(bytes);
    for (auto event = reader_.read(input); event.kind != Kind::need_more; event = reader_.read(input)) {
      f(event.kind, event.data);
    }
  }
  void say(tidings::protocol::WsOpcode opcode, std::string_view payload) {
    std::string frame;
    tidings::protocol::append_ws_frame(frame, opcode, payload, tidings::protocol::WsPart::whole,
                                       tidings::protocol::WsMask{1, 2, 3, 4});
    support::SimSocket::say(socket, frame);
  }
  bool over() const { return socket->to_client.empty() && (socket->shut || socket->aborted); }

  support::SimSocket::Ptr socket = std::make_shared<support::SimSocket>();

 private:
  tidings::protocol::WsReader reader_{tidings::protocol::WsRole::client, {1 << 20, 1000}};
};

}  // namespace property

#endif  // TIDINGS_TESTS_PROPERTY_SOCKET_END_HPP
