// SPDX-License-Identifier: BSL-1.0

#include "bench/idle_clients.hpp"

#include "bench/connecting.hpp"

#include <algorithm>
#include <utility>

namespace bench {

namespace {

constexpr std::chrono::seconds patience{30};

}  // namespace

IdleClients::IdleClients(std::uint16_t port) : port_(port) {}

IdleClients::~IdleClients() {
  for (const Client& each : clients_) {
    if (each.descriptor >= 0) ::close(each.descriptor);
  }
}

void IdleClients::connect(const std::string& request) {
  const std::size_t number = clients_.size();
  clients_.push_back({.descriptor = connected_socket(number, port_),
                      .websocket = request.find("Upgrade: websocket") != std::string::npos});
  watch_.add(clients_.back().descriptor, number);
  const ssize_t sent = ::send(clients_.back().descriptor, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size())) fail("send");
  if (clients_.size() % burst == 0) wait_for_answers();
}

bool IdleClients::wait_for_answers() {
  return watch_.wait_until(
      patience, [this] { return answered_ == clients_.size(); }, [this] { return wrong_ > 0; },
      [this](std::uint64_t number) { read(clients_[number]); });
}

bool IdleClients::stay(std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || wrong_ > 0) return wrong_ == 0;
    watch_.wait(left, [this](std::uint64_t number) { read(clients_[number]); });
  }
}

void IdleClients::read(Client& client) {
  const Came came = receive(client.descriptor, buffer_);
  if (came.what == Came::What::nothing) return;
  if (came.over()) {
    ++wrong_;
    ::close(std::exchange(client.descriptor, -1));
    return;
  }
  client.rest.append(came.bytes);
  std::string_view bytes = client.rest;
  while (const std::size_t more = take(client, bytes)) bytes.remove_prefix(more);
  client.rest = std::string(bytes);
}

// Takes the head of the answer, a frame, or a piece of the stream; returns its size, 0 if it is not whole.
std::size_t IdleClients::take(Client& client, std::string_view bytes) {
  if (bytes.empty()) return 0;
  if (!client.answered) return take_head(client, bytes);
  if (client.websocket) return take_frame(client, bytes);
  if (bytes.find("\n:") != std::string_view::npos) ++heartbeats_;
  return bytes.size();
}

std::size_t IdleClients::take_head(Client& client, std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  if (!bytes.starts_with(client.websocket ? "HTTP/1.1 101 " : "HTTP/1.1 200 ")) ++wrong_;
  client.answered = true;
  ++answered_;
  return end + 4;
}

std::size_t IdleClients::take_frame(const Client& client, std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t head = byte(1) == 126 ? 4 : 2;
  if (bytes.size() < head) return 0;
  const std::size_t size = head == 4 ? byte(2) << 8U | byte(3) : byte(1);
  if (bytes.size() < head + size) return 0;
  if (byte(0) == 0x89) {
    ++heartbeats_;
    // A mask of zeros leaves the payload as it is.
    std::string pong{static_cast<char>(0x8A), static_cast<char>(0x80U | size), 0, 0, 0, 0};
    pong.append(bytes.substr(head, size));
    if (::send(client.descriptor, pong.data(), pong.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(pong.size()))
      ++wrong_;
  } else if (byte(0) == 0x88) {
    ++wrong_;
  }
  return head + size;
}

}  // namespace bench
