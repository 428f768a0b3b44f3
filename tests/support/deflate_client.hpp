// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_DEFLATE_CLIENT_HPP
#define TIDINGS_TESTS_SUPPORT_DEFLATE_CLIENT_HPP

#include <tidings/deflate.hpp>
#include <tidings/protocol/ws/reader.hpp>

#include "support/raw_client.hpp"
#include "support/ws_client.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace support {

/// JSON of this size with nothing that would have to be escaped in an envelope.
inline std::string plain_json(std::size_t size, int number = 0) {
  std::string text = "[" + std::to_string(number);
  for (int i = 0; text.size() < size; ++i) text += ",{'id':" + std::to_string(i * 7919 % 1000) + ",'name':'article'}";
  text.resize(size - 1, ' ');
  return text + "]";
}

/// A client that compresses, as its options say.
class DeflateClient {
 public:
  using Opcode = WsClient::Opcode;
  using Part = WsClient::Part;
  using Kind = WsClient::Kind;

  struct Got {
    Kind kind = Kind::need_more;
    std::string data;
    int code = 0;
  };

  DeflateClient(std::uint16_t port, std::string_view target, std::string_view subprotocol = "",
                const tidings::DeflateOptions& options = {}, int receive_buffer = 0)
      : raw_(port, receive_buffer) {
    const tidings::Deflate deflate(options);
    raw_.send(WsClient::handshake(target, "Sec-WebSocket-Extensions: " + deflate.offer() + "\r\n", subprotocol));
    const std::string head = raw_.read_until("\r\n\r\n");
    constexpr std::string_view name = "Sec-WebSocket-Extensions: ";
    const std::size_t at = head.find(name);
    if (at == std::string::npos) throw std::runtime_error("nothing was agreed on: " + head);
    answer = head.substr(at + name.size(), head.find("\r\n", at) - at - name.size());
    std::error_code ec;
    codec = deflate.agree(answer, ec);
    if (ec || !codec) throw std::runtime_error("no answer to the offer: " + answer);
    reader_ = std::make_unique<tidings::protocol::WsReader>(tidings::protocol::WsRole::client,
                                                            tidings::protocol::WsLimits{64 * 1024 * 1024, 1024}, codec);
  }

  static std::string frame(Opcode opcode, std::string_view payload, Part part, bool deflated) {
    std::string out;
    tidings::protocol::append_ws_frame(out, opcode, payload, part, WsClient::mask);
    if (deflated) tidings::protocol::mark_ws_deflated(out, 0);
    return out;
  }
  void send(std::string_view text) {
    std::string deflated;
    const bool shorter = codec->deflate(text, deflated);
    raw_.send(frame(Opcode::text, shorter ? std::string_view(deflated) : text, Part::whole, shorter));
  }
  void send_bytes(const std::string& bytes) { raw_.send(bytes); }

  /// The next message or close.
  Got next() {
    while (got_.empty()) {
      std::string bytes = raw_.read_exactly(1);
      bytes += raw_.read_now();
      received += bytes.size();
      std::span<char> input(bytes);
      for (auto event = reader_->read(input); event.kind != Kind::need_more; event = reader_->read(input)) {
        if (event.kind == Kind::fault) throw std::runtime_error("fault: " + event.error.message());
        if (event.kind == Kind::ping || event.kind == Kind::pong) continue;
        got_.push_back({event.kind, std::string(event.data), static_cast<int>(event.code)});
      }
    }
    Got first = std::move(got_.front());
    got_.pop_front();
    return first;
  }
  std::string message() { return next().data; }

  std::string answer;
  tidings::WsCompression::Codec codec;
  std::size_t received = 0;

 private:
  RawClient raw_;
  std::unique_ptr<tidings::protocol::WsReader> reader_;
  std::deque<Got> got_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_DEFLATE_CLIENT_HPP
