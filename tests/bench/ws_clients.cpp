// SPDX-License-Identifier: BSL-1.0

#include "bench/ws_clients.hpp"

#include "bench/connecting.hpp"
#include "bench/payload.hpp"
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace bench {

namespace {

constexpr std::chrono::seconds patience{30};
// Different messages, so that one in the place of another is seen.
constexpr std::size_t different = 64;
constexpr std::array<unsigned char, 4> mask{0x37, 0xFA, 0x21, 0x3D};

std::string head_of(unsigned first, std::size_t size, unsigned mask_bit) {
  std::string head{static_cast<char>(first)};
  if (size < 126) {
    head.push_back(static_cast<char>(mask_bit | size));
    return head;
  }
  const bool is_short = size <= 0xFFFF;
  head.push_back(static_cast<char>(mask_bit | (is_short ? 126U : 127U)));
  for (unsigned i = is_short ? 2 : 8; i-- > 0;) head.push_back(static_cast<char>(size >> (8 * i) & 0xFFU));
  return head;
}

std::string masked_frame(unsigned first, std::string_view payload) {
  std::string frame = head_of(first, payload.size(), 0x80);
  for (const unsigned char each : mask) frame.push_back(static_cast<char>(each));
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame.push_back(static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i % 4]));
  }
  return frame;
}

// RFC 6455 1.3: the answer to this key is known.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

}  // namespace

WsClients::WsClients(std::uint16_t port, std::string path, std::size_t bytes)
    : port_(port), path_(std::move(path)), bytes_(bytes) {
  for (std::size_t i = 0; i < different; ++i) {
    payloads_.push_back(payload_of(i, bytes));
    frames_.push_back(masked_frame(0x81, payloads_.back()));
  }
}

WsClients::~WsClients() {
  for (Client& each : clients_) close(each);
}

void WsClients::close(Client& client) {
  if (client.descriptor >= 0) ::close(std::exchange(client.descriptor, -1));
}

std::string_view WsClients::frame_of(std::size_t number) const { return frames_[number % different]; }

std::size_t WsClients::connect_one() {
  const std::size_t number = clients_.size();
  clients_.push_back({.descriptor = connected_socket(number % 10'000, port_)});
  Client& client = clients_.back();
  // Connections begin with different messages.
  client.next_out = client.next_in = number;
  watch_.add(client.descriptor, number);
  send(client, "GET " + path_ +
                   " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: " +
                   std::string(key) + "\r\nSec-WebSocket-Version: 13\r\n\r\n");
  return number;
}

bool WsClients::open(std::size_t count) {
  clients_.reserve(count);
  while (clients_.size() < count) {
    const std::size_t next = std::min(count, clients_.size() + burst);
    while (clients_.size() < next) connect_one();
    if (!run_until([&] { return upgraded_ >= next; })) return false;
  }
  return true;
}

bool WsClients::echo(std::size_t depth, std::size_t messages) {
  echoing_ = true;
  const std::size_t before = tally_.messages;
  // What is on its way at the end comes back too.
  to_send_ = messages;
  for (Client& each : clients_) send_messages(each, std::min(depth, to_send_));
  return run_until([&] { return tally_.messages - before >= messages; });
}

bool WsClients::say(std::size_t messages) {
  for (std::size_t i = 0; i < messages; ++i) {
    const std::size_t number = tally_.messages / clients_.size();
    for (Client& each : clients_) each.next_in = number;
    send(clients_.front(), frame_of(number));
    const std::size_t due = tally_.messages + clients_.size();
    if (!run_until([&] { return tally_.messages >= due; })) return false;
    for (const Client& each : clients_) {
      if (each.came != number + 1) ++tally_.wrong;
    }
  }
  return tally_.clean();
}

bool WsClients::come_and_go(std::size_t times, std::size_t at_once) {
  leaving_ = true;
  clients_.reserve(times);
  return run_until([&] {
    while (clients_.size() < times && clients_.size() - ended_ < at_once) connect_one();
    return ended_ >= times;
  });
}

// The kernel of this side takes what one connection has on its way, or the server is to be waited for.
void WsClients::send(Client& client, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(client.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      pollfd waiting{client.descriptor, POLLOUT, 0};
      if (::poll(&waiting, 1, 10'000) <= 0) fail("the server takes nothing");
    } else {
      ++tally_.closed;
      return;
    }
  }
}

void WsClients::send_messages(Client& client, std::size_t count) {
  count = std::min(count, to_send_);
  if (count == 0) return;
  to_send_ -= count;
  if (count == 1) return send(client, frame_of(client.next_out++));
  out_.clear();
  for (std::size_t i = 0; i < count; ++i) out_.append(frame_of(client.next_out++));
  send(client, out_);
}

template <class Reached>
bool WsClients::run_until(Reached reached) {
  return watch_.wait_until(
      patience, reached, [this] { return !tally_.clean(); }, [this](std::uint64_t number) { read(clients_[number]); });
}

void WsClients::read(Client& client) {
  const Came came = receive(client.descriptor, buffer_);
  if (came.what == Came::What::nothing) return;
  if (came.over()) {
    if (leaving_ && came.what == Came::What::end) {
      ++ended_;
    } else {
      ++tally_.closed;
    }
    return close(client);
  }
  std::string_view bytes = came.bytes;
  if (!client.rest.empty()) bytes = client.rest.append(bytes);
  const std::size_t before = client.came;
  std::size_t used = 0;
  while (const std::size_t more = take(client, bytes.substr(used))) used += more;
  std::string rest(bytes.substr(used));
  client.rest = std::move(rest);
  if (echoing_) send_messages(client, client.came - before);
}

// Takes the answer to the handshake, or a frame; returns its size, 0 if it is not whole.
std::size_t WsClients::take(Client& client, std::string_view bytes) {
  if (!client.upgraded) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (!bytes.starts_with("HTTP/1.1 101 ") || bytes.substr(0, end).find(accept) == std::string_view::npos) {
      ++tally_.wrong;
    }
    client.upgraded = true;
    ++upgraded_;
    if (leaving_) send(client, masked_frame(0x88, "\x03\xE8"));
    return end + 4;
  }
  if (bytes.size() < 2) return 0;
  const std::string head = head_of(0x81, bytes_, 0);
  if (leaving_ || bytes[0] != head[0]) return take_other(client, bytes);
  if (bytes.size() < head.size() + bytes_) return 0;
  if (!bytes.starts_with(head)) ++tally_.wrong;
  check(client, bytes.substr(head.size(), bytes_));
  return head.size() + bytes_;
}

// A fragment; the answer to our close; or a ping, whose pong nobody misses here.
std::size_t WsClients::take_other(Client& client, std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  std::size_t size = byte(1) & 0x7FU;
  const std::size_t head = size < 126 ? 2 : size == 126 ? 4 : 10;
  if (bytes.size() < head) return 0;
  if (head > 2) size = 0;
  for (std::size_t i = 2; i < head; ++i) size = size << 8U | byte(i);
  if (bytes.size() < head + size) return 0;
  const bool begins = byte(0) == 0x01 && client.begun.empty();
  const bool goes_on = (byte(0) == 0x00 || byte(0) == 0x80) && !client.begun.empty();
  if (!leaving_ && (begins || goes_on)) {
    client.begun.append(bytes.substr(head, size));
    if (byte(0) == 0x80) {
      check(client, client.begun);
      client.begun.clear();
    }
  } else if (byte(0) != (leaving_ ? 0x88 : 0x89)) {
    ++tally_.wrong;
  }
  return head + size;
}

void WsClients::check(Client& client, std::string_view payload) {
  if (payload != payloads_[client.next_in++ % different]) ++tally_.wrong;
  ++client.came;
  ++tally_.messages;
}

}  // namespace bench
