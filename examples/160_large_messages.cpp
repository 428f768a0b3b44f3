// SPDX-License-Identifier: BSL-1.0
//
// Messages of any length: the handler gets an upload in parts as they come, and sends a download while it makes it.
// Neither is ever held.
//
// > upload: 25 %
// > upload: 50 %
// > upload: 75 %
// > upload: 100 %
// > the server got 16777216 bytes
// > the client got 1000000 bytes
// > the next upload was cut after 4 bytes

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/ws_accept.hpp>
#include <tidings/ws_part_handler.hpp>

#include "support/websocket.hpp"

#include <algorithm>
#include <cstdint>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

constexpr std::size_t upload_bytes = 16 * 1024 * 1024;

struct Transfer : tidings::WsPartHandler {
  explicit Transfer(std::promise<void>& p) : over(p) {}

  // Files come in parts, commands whole.
  bool in_parts(tidings::PayloadKind kind) const override { return kind == tidings::PayloadKind::binary; }

  void on_part(tidings::WsSession& session, const tidings::WsMessagePart& part) override {
    // Here it would be written to a disk; one that is busy: session.pause_reading().
    got = part.offset + part.data.size();
    for (; quarter < 4 && got >= (quarter + 1) * upload_bytes / 4; ++quarter) {
      std::cout << "upload: " << (quarter + 1) * 25 << " %\n";
    }
    if (part.last) session.send({"the server got " + std::to_string(got) + " bytes"});
  }
  void on_message(tidings::WsSession& session, tidings::PayloadKind, std::string_view command) override {
    download = session.begin_message(tidings::PayloadKind::binary);
    send_from(0, std::stoul(std::string(command)));
  }
  // The next part is made when the last one is gone: one at a time is in memory.
  void send_from(std::size_t at, std::size_t size) {
    if (at == size) return download.finish();
    const std::size_t next = std::min<std::size_t>(50'000, size - at);
    download.write(std::string(next, '.'), [this, at, next, size](std::error_code ec) {
      if (!ec) send_from(at + next, size);
    });
  }
  void on_closed(tidings::WsSession&, const tidings::CloseInfo& info) override {
    if (info.message_cut) std::cout << "the next upload was cut after " << got << " bytes\n";
    over.set_value();
  }

  std::promise<void>& over;
  tidings::WsMessageWriter download;
  std::uint64_t got = 0;
  std::uint64_t quarter = 0;
};

int main() {
  tidings::Hub hub;  // for its loop
  tidings::adapter::Listener listener{hub};
  std::promise<void> over;
  const auto route =
      listener.handle("/files", [&](tidings::RequestSnapshot request, tidings::adapter::Exchange exchange) {
        tidings::accept_ws(hub.loop(), std::move(request), std::move(exchange).stream(),
                           std::make_unique<Transfer>(over), {.max_streamed_bytes = 100 * 1024 * 1024});
      });

  example::WebSocket client(listener.port(), "/files", "");
  client.send(std::string(upload_bytes, 'x'), tidings::protocol::WsOpcode::binary);  // one frame
  const std::string answer = client.next();                                          // behind what the handler prints
  std::cout << answer << "\n";
  client.send("1000000");
  std::cout << "the client got " << client.next().size() << " bytes\n";
  client.send("half", tidings::protocol::WsOpcode::binary, tidings::protocol::WsPart::first);
  client.close(tidings::CloseCode::going_away);
  over.get_future().wait();
}
