// SPDX-License-Identifier: BSL-1.0
//
// A server's WebSocket that says close without a code.
//
// error: c\.close\(
// error: MessageChannel

#include <tidings/delivery/channel_link.hpp>

struct Channel {
  static constexpr tidings::Capabilities capabilities{};
  void accept(std::string subprotocol, std::vector<tidings::Header> headers,
              std::shared_ptr<tidings::MessageChannelEvents> events);
  void respond(tidings::ResponseHead head, tidings::SharedBytes body);
  void send(tidings::PayloadKind kind, tidings::SharedBytes bytes, tidings::WriteDone done);
  void ping(std::string_view payload);
#ifdef GOOD
  void close(tidings::CloseCode code, std::string_view reason);
#else
  void close();
#endif
  void abort();
};

using Model = tidings::delivery::ChannelLink<Channel>;
Model* model = nullptr;
