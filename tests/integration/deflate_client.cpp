// SPDX-License-Identifier: BSL-1.0
//
// The client's half of permessage-deflate against a server that sends back what comes:
//
//   deflate_client PORT [takeover] [bits=N]
//
// Prints what the server answered to the offer, and then "echoed COUNT" or what went wrong.

#include <tidings/deflate.hpp>
#include <tidings/protocol/ws/client_handshake.hpp>
#include <tidings/protocol/ws/reader.hpp>

#include "support/raw_client.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

using namespace tidings;

class EchoClient {
 public:
  EchoClient(std::uint16_t port, const DeflateOptions& options) : raw_(port), deflate_(options) {
    protocol::WsClientHandshake handshake(
        {.host = "127.0.0.1", .nonce = "sixteen bytes...", .extensions = deflate_.offer()});
    std::string request;
    if (handshake.encode(request)) throw std::runtime_error("no request");
    raw_.send(request);
    std::size_t consumed = 0;
    if (handshake.feed(raw_.read_until("\r\n\r\n"), consumed) != protocol::WsClientHandshake::Status::accepted) {
      throw std::runtime_error("refused");
    }
    answer = handshake.extensions();
    std::error_code ec;
    codec_ = deflate_.agree(answer, ec);
    if (ec) throw std::runtime_error("no answer to the offer: " + answer);
    reader_ =
        std::make_unique<protocol::WsReader>(protocol::WsRole::client, protocol::WsLimits{1 << 24, 1 << 16}, codec_);
  }

  void echo(std::string_view message) {
    std::string frame;
    protocol::append_ws_message(frame, protocol::WsOpcode::text, message, codec_.get(),
                                protocol::WsMask{1, 2, 3, static_cast<unsigned char>(message.size())});
    raw_.send(frame);
    if (next() != message) throw std::runtime_error("another message of " + std::to_string(message.size()));
  }

  std::string answer;

 private:
  std::string next() {
    while (true) {
      std::string bytes = raw_.read_exactly(1);
      bytes += raw_.read_now();
      std::span<char> input(bytes);
      for (auto event = reader_->read(input); event.kind != protocol::WsEvent::Kind::need_more;
           event = reader_->read(input)) {
        if (event.kind == protocol::WsEvent::Kind::text) return std::string(event.data);
        throw std::runtime_error("no message: " + std::to_string(static_cast<int>(event.code)));
      }
    }
  }

  support::RawClient raw_;
  Deflate deflate_;
  WsCompression::Codec codec_;
  std::unique_ptr<protocol::WsReader> reader_;
};

DeflateOptions read_options(const std::vector<std::string>& words) {
  DeflateOptions options{.threshold = 0};
  for (const std::string& word : words) {
    if (word == "takeover") options.send_takeover = options.receive_takeover = true;
    if (word.starts_with("bits=")) options.send_window_bits = options.receive_window_bits = std::stoi(word.substr(5));
  }
  return options;
}

void run(std::uint16_t port, const std::vector<std::string>& words) {
  EchoClient client(port, read_options(words));
  std::printf("%s\n", client.answer.c_str());
  std::string text;
  int count = 0;
  for (int i = 0; i < 30; ++i) {
    client.echo(text);
    client.echo("Grüße, 你好, 👋 " + std::to_string(i));
    client.echo("");
    count += 3;
    // Up to 300 KB, with matches over any distance.
    if (text.size() > 150'000) text.resize(10'000);
    text += text.substr(text.size() / 3) + std::to_string(i * 7919 % 1000) + " and more";
  }
  std::printf("echoed %d\n", count);
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count < 2) throw std::invalid_argument("usage: deflate_client PORT [takeover] [bits=N]");
    run(static_cast<std::uint16_t>(std::stoi(words[1])), {words + 2, words + count});
  } catch (const std::exception& failure) {
    std::printf("failed: %s\n", failure.what());
    return 1;
  }
}
