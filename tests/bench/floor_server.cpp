// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/handshake.hpp>
#include <tidings/protocol/ws/mask.hpp>

#include <sys/socket.h>

#include "bench/bare_socket.hpp"
#include "bench/floor_bytes.hpp"
#include "bench/servers.hpp"
#include "bench/watch.hpp"
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

namespace {

using tidings::protocol::WsMask;

/// A frame's head, from client to server: its length is that of the mask more than what goes back.
struct Head {
  std::array<unsigned char, 14> bytes{};
  std::size_t have = 0;

  std::size_t size() const {
    if (have < 2) return 2;
    const unsigned length = bytes[1] & 0x7FU;
    return 6 + (length == 126 ? 2U : length == 127 ? 8U : 0U);
  }
  std::uint64_t payload() const {
    std::uint64_t length = bytes[1] & 0x7FU;
    if (length < 126) return length;
    const std::size_t end = length == 126 ? 4 : 10;
    length = 0;
    for (std::size_t i = 2; i < end; ++i) length = length << 8U | bytes[i];
    return length;
  }
  WsMask mask() const {
    WsMask mask{};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(size()) - 4, 4, mask.begin());
    return mask;
  }
};

struct Client {
  enum class Kind : std::uint8_t { http, echo, room, stream };

  int descriptor = -1;
  Kind kind = Kind::http;
  Head head{};
  std::uint64_t left = 0;
  std::uint64_t at = 0;
  WsMask mask{};
  // What the kernel would not take.
  std::string unsent{};
  // Of a room: the message so far, as a frame of ours.
  std::string message{};
};

class FloorServer {
 public:
  explicit FloorServer(Fault fault) : fault_(fault) { watch_.add(listening_, 0); }

  [[noreturn]] void run() {
    for (;;) {
      watch_.wait(Watch::forever, [this](std::uint64_t number) {
        auto* const client = reinterpret_cast<Client*>(static_cast<std::uintptr_t>(number));
        if (client == nullptr) {
          accept_all();
        } else if (client->unsent.empty()) {
          read(*client);
        } else {
          write_on(*client);
        }
      });
    }
  }

 private:
  void accept_all() {
    for (;;) {
      const int descriptor = accept_next(listening_);
      if (descriptor < 0) return;
      auto* const client = new Client{.descriptor = descriptor};
      watch_.add(descriptor, number_of(*client));
    }
  }
  static std::uint64_t number_of(const Client& client) { return reinterpret_cast<std::uintptr_t>(&client); }
  void drop(Client& client) {
    std::erase(room_, &client);
    std::erase(streams_, &client);
    std::erase(waiting_, &client);
    ::close(client.descriptor);
    delete &client;
  }

  void send(Client& client, std::string_view bytes) {
    if (client.unsent.empty()) {
      const ssize_t sent = ::send(client.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) return;
      bytes.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
      if (bytes.empty()) return;
      watch_.turn_to_writing(client.descriptor, number_of(client));
    }
    client.unsent.append(bytes);
  }
  // Reads no more meanwhile.
  void write_on(Client& client) {
    const std::string bytes = std::move(client.unsent);
    client.unsent.clear();
    watch_.turn_to_reading(client.descriptor, number_of(client));
    send(client, bytes);
  }

  void read(Client& client) {
    const ssize_t count = ::recv(client.descriptor, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return drop(client);
    const std::span<char> bytes(buffer_.data(), static_cast<std::size_t>(count));
    switch (client.kind) {
      case Client::Kind::http: answer(client, {bytes.data(), bytes.size()}); break;
      case Client::Kind::stream: break;
      case Client::Kind::echo: echo(client, bytes); break;
      case Client::Kind::room: broadcast(client, bytes); break;
    }
  }

  // The request, in one piece: the generator is no stranger.
  void answer(Client& client, std::string_view request) {
    if (request.starts_with("GET /poll ")) return send_or_misbehave(client, fixed_);
    if (request.starts_with("GET /lp")) return hold(client, request);
    if (request.starts_with("GET /sse ")) {
      client.kind = Client::Kind::stream;
      streams_.push_back(&client);
      return send(client, stream_head(id_));
    }
    if (!request.starts_with("POST /pub ")) return upgrade(client, request);
    publish(request.substr(request.find("\r\n\r\n") + 4));
    send(client, "HTTP/1.1 204 No Content\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n");
  }
  void upgrade(Client& client, std::string_view request) {
    constexpr std::string_view name = "Sec-WebSocket-Key: ";
    const std::size_t key = request.find(name);
    if (key == std::string_view::npos) return drop(client);
    client.kind = request.starts_with("GET /room ") ? Client::Kind::room : Client::Kind::echo;
    if (client.kind == Client::Kind::room) room_.push_back(&client);
    send(client,
         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
             tidings::protocol::ws_accept_key(request.substr(key + name.size(), 24)) + "\r\n\r\n");
  }
  // A long poll that has not the last publication is answered at once.
  void hold(Client& client, std::string_view request) {
    const std::size_t after = request.find("after=");
    if (after != std::string_view::npos && request.substr(after + 6, 25) != cursor_) return send(client, last_);
    waiting_.push_back(&client);
  }
  void publish(std::string_view payload) {
    cursor_ = cursor_of(++published_);
    last_ = poll_answer(published_, "room", payload, "0");
    const std::string event = stream_event(id_, payload);
    for (Client* const each : streams_) send_or_misbehave(*each, event);
    for (Client* const each : std::exchange(waiting_, {})) send_or_misbehave(*each, last_);
  }
  void send_or_misbehave(Client& client, const std::string& bytes) {
    if (fault_ == Fault::none || ++echoes_ % 10 != 0) return send(client, bytes);
    std::string wrong = bytes;
    // The payload ends before it: an event's two line ends and its chunk's, or the rest of a poll's body.
    wrong[bytes.size() - (client.kind == Client::Kind::stream ? 6 : 24)] ^= 1;
    if (fault_ == Fault::flip) return send(client, wrong);
    if (fault_ == Fault::repeat) send(client, bytes + bytes);
  }

  // Calls head(first byte, payload size) and payload(bytes, last) for all that came, each in its order.
  template <class OnHead, class OnPayload>
  void walk(Client& client, std::span<char> bytes, OnHead on_head, OnPayload on_payload) {
    while (!bytes.empty()) {
      if (client.left == 0) {
        while (client.head.have < client.head.size() && !bytes.empty()) {
          client.head.bytes[client.head.have++] = static_cast<unsigned char>(bytes.front());
          bytes = bytes.subspan(1);
        }
        if (client.head.have < client.head.size()) return;
        client.left = client.head.payload();
        client.mask = client.head.mask();
        client.at = 0;
        on_head(client.head);
        client.head.have = 0;
        if (client.left == 0) on_payload(std::span<char>{}, true);
        continue;
      }
      const auto part = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(client.left, bytes.size())));
      tidings::protocol::apply_ws_mask(part, client.mask, client.at);
      client.at += part.size();
      client.left -= part.size();
      bytes = bytes.subspan(part.size());
      on_payload(part, client.left == 0);
    }
  }

  // What goes back is shorter than what came, and is put together where that was.
  void echo(Client& client, std::span<char> bytes) {
    char* out = bytes.data();
    bool closes = false;
    walk(
        client, bytes,
        [&](const Head& head) {
          closes = closes || (head.bytes[0] & 0x0FU) == 8;
          const std::size_t size = head.size() - 4;
          char own[10];
          std::copy_n(head.bytes.begin(), size, own);
          own[1] = static_cast<char>(head.bytes[1] & 0x7FU);
          // A head that came in an earlier piece has no room here.
          if (out + size > bytes.data() + bytes.size()) return send(client, {own, size});
          out = std::copy_n(own, size, out);
        },
        [&](std::span<char> part, bool) { out = std::copy(part.begin(), part.end(), out); });
    const std::span<char> answer(bytes.data(), static_cast<std::size_t>(out - bytes.data()));
    if (fault_ != Fault::none && !closes && ++echoes_ % 10 == 0) return misbehave(client, answer);
    if (!answer.empty()) send(client, {answer.data(), answer.size()});
    if (closes) drop(client);
  }
  void misbehave(Client& client, std::span<char> answer) {
    if (fault_ == Fault::drop) return;
    if (fault_ == Fault::flip) answer.back() ^= 1;
    send(client, {answer.data(), answer.size()});
    if (fault_ == Fault::repeat) send(client, {answer.data(), answer.size()});
  }

  void broadcast(Client& from, std::span<char> bytes) {
    bool closes = false;
    std::vector<std::string> messages;
    walk(
        from, bytes,
        [&](const Head& head) {
          closes = closes || (head.bytes[0] & 0x0FU) == 8;
          from.message.assign(reinterpret_cast<const char*>(head.bytes.data()), head.size() - 4);
          from.message[1] = static_cast<char>(head.bytes[1] & 0x7FU);
        },
        [&](std::span<char> part, bool last) {
          from.message.append(part.data(), part.size());
          if (last) messages.push_back(std::move(from.message));
        });
    if (closes) {
      send(from, messages.back());
      return drop(from);
    }
    for (const std::string& each : messages) {
      for (Client* const client : room_) send(*client, each);
    }
  }

  Watch watch_;
  int listening_ = listen_and_say_port();
  Fault fault_;
  // Echoes and deliveries.
  std::size_t echoes_ = 0;
  std::vector<Client*> room_;
  std::vector<Client*> streams_;
  // Long polls.
  std::vector<Client*> waiting_;
  std::size_t published_ = 0;
  std::string cursor_ = cursor_of(0);
  std::string last_;
  std::string fixed_ = poll_answer(1, "poll", "a message of some length", "20000");
  std::string id_ = "id: " + cursor_of(0) + "\n";
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
};

}  // namespace

int serve_floor(Fault fault) { FloorServer(fault).run(); }

}  // namespace bench
