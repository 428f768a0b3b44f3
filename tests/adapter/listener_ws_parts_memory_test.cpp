// SPDX-License-Identifier: BSL-1.0
//
// What messages of any length cost a server that takes and makes them in parts.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/ws_accept.hpp>
#include <tidings/ws_part_handler.hpp>

#include "support/raw_client.hpp"
#include "support/victim.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace {

using support::WsClient;

constexpr std::size_t mib = 1024 * 1024;
constexpr std::size_t streamed_bytes = 256 * mib;
// A read buffer, what the kernel has not taken, the client's echo; sanitizers keep what was freed.
constexpr std::size_t streamed_bound = (support::sanitized ? 300 : 4) * mib;

/// A sum that tells bytes and their places.
class Sum {
 public:
  void add(std::string_view bytes) {
    for (const char each : bytes) sum_ = sum_ * 31 + static_cast<unsigned char>(each);
  }
  std::string text() const { return std::to_string(sum_); }

 private:
  std::uint64_t sum_ = 7;
};

char byte_at(std::size_t at) { return static_cast<char>(at % 251 + at / 65536); }

std::string chunk_at(std::size_t from, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_at(from + i);
  return bytes;
}

/// Says the sum of each binary message; sends one of so many bytes to who says a number.
class Streaming final : public tidings::WsPartHandler {
 public:
  void on_part(tidings::WsSession& session, const tidings::WsMessagePart& part) override {
    if (part.first) sum_ = {};
    sum_.add(part.data);
    if (part.last) session.send({sum_.text()});
  }
  bool in_parts(tidings::PayloadKind kind) const override { return kind == tidings::PayloadKind::binary; }
  void on_message(tidings::WsSession& session, tidings::PayloadKind, std::string_view data) override {
    left_ = std::stoul(std::string(data));
    at_ = 0;
    writer_ = session.begin_message(tidings::PayloadKind::binary);
    go_on();
  }
  void on_closed(tidings::WsSession&, const tidings::CloseInfo&) override { writer_ = {}; }

 private:
  void go_on() {
    const std::size_t size = std::min<std::size_t>(left_, 50'000);
    if (size == 0) return writer_.finish();
    std::string bytes = chunk_at(at_, size);
    at_ += size;
    left_ -= size;
    writer_.write(std::move(bytes), [this](std::error_code ec) {
      if (!ec) go_on();
    });
  }

  Sum sum_;
  tidings::WsMessageWriter writer_;
  std::size_t at_ = 0;
  std::size_t left_ = 0;
};

// The child.
std::uint16_t serve_streams(support::Victim::KeepAlive& keep) {
  struct Served {
    tidings::Hub<> hub;
    tidings::adapter::Listener listener{hub};
    tidings::Mount mount{};
  };
  auto served = std::make_shared<Served>();
  served->mount = served->listener.handle(
      "/", [hub = &served->hub](tidings::RequestSnapshot request, tidings::adapter::Exchange exchange) {
        accept_ws(hub->loop(), std::move(request), std::move(exchange).stream(), std::make_unique<Streaming>());
      });
  const std::uint16_t port = served->listener.port();
  keep = served;
  return port;
}

// Takes the next message without keeping it: its size and sum.
std::pair<std::size_t, std::string> take_large(WsClient& client) {
  tidings::protocol::WsReader reader(tidings::protocol::WsRole::client);
  reader.give_parts({});
  Sum sum;
  std::size_t size = 0;
  for (;;) {
    std::string bytes = client.raw.read_exactly(1);
    bytes += client.raw.read_now();
    std::span<char> input(bytes);
    for (auto event = reader.read(input); event.kind != WsClient::Kind::need_more; event = reader.read(input)) {
      if (event.kind == WsClient::Kind::ping) {
        client.pong(event.data);
        continue;
      }
      sum.add(event.data);
      size += event.data.size();
      if (event.part == WsClient::Part::last) return {size, sum.text()};
    }
  }
}

void warm_up_streams(std::uint16_t port) {
  WsClient client(port, "/", "", "");
  client.send_binary(chunk_at(0, mib));
  client.message();
  client.send("1000000");
  if (take_large(client).first != 1'000'000) throw std::runtime_error("the server does not serve");
}

}  // namespace

TEST_CASE("256 MiB in one frame, in many, and outwards cost no memory", "[adapter][ws_parts][slow]") {
  const support::Victim victim(serve_streams, warm_up_streams);
  WsClient client(victim.port(), "/", "", "");
  Sum sum;
  const auto send = [&](std::size_t frame_bytes) {
    using Part = WsClient::Part;
    sum = {};
    constexpr std::size_t step = 64 * 1024;
    for (std::size_t at = 0; at < streamed_bytes; at += step) {
      std::string bytes = chunk_at(at, step);
      sum.add(bytes);
      if (at % frame_bytes == 0) {
        const Part part = frame_bytes == streamed_bytes        ? Part::whole
                          : at == 0                            ? Part::first
                          : at + frame_bytes == streamed_bytes ? Part::last
                                                               : Part::middle;
        client.raw.send(
            tidings::protocol::encode_ws_head(WsClient::Opcode::binary, frame_bytes, part, WsClient::mask).text());
      }
      // Each step is a multiple of the mask.
      tidings::protocol::apply_ws_mask(bytes, WsClient::mask);
      client.raw.send(bytes);
    }
  };
  send(streamed_bytes);
  CHECK(client.message() == sum.text());
  send(64 * 1024);
  CHECK(client.message() == sum.text());
  client.send(std::to_string(streamed_bytes));
  CHECK(take_large(client) == std::pair(streamed_bytes, sum.text()));
  CHECK(victim.growth() <= streamed_bound);
}
