// SPDX-License-Identifier: BSL-1.0

#include "bench/generator.hpp"

#include "bench/connecting.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>

namespace bench {

namespace {

// A busy machine is waited for this long, and longer for many.
constexpr std::chrono::milliseconds patience{3'000};
constexpr std::chrono::milliseconds patience_each{3};

std::string request_of(std::string target, std::size_t client, Clients clients) {
  if (clients != Clients::anonymous) target += "?user=" + std::to_string(client);
  if (clients == Clients::own_ids) target += "&ids=own";
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";
}

}  // namespace

Generator::Generator(std::uint16_t port, std::string path, bool tls) : port_(port), path_(std::move(path)), tls_(tls) {}

bool Generator::open(std::size_t sessions, Clients clients) {
  clients_.reserve(sessions);
  while (clients_.size() < sessions) {
    const std::size_t next = std::min(sessions, clients_.size() + burst);
    while (clients_.size() < next) connect_one(clients);
    if (!read_until([&] { return tally_.opened >= next; })) return false;
  }
  complete_ = clients_.size();
  return true;
}

void Generator::connect_one(Clients clients) {
  const std::size_t number = clients_.size();
  clients_.push_back({Link(number, port_, tls_), {}});
  watch_.add(clients_.back().link.descriptor(), number);
  clients_.back().link.send(request_of(path_, number, clients));
}

bool Generator::receive(std::string payload) {
  published_.push_back(std::move(payload));
  complete_ = 0;
  return read_until([&] { return complete_ == clients_.size(); });
}

void Generator::settle() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  read_until([&] { return std::chrono::steady_clock::now() > until; });
}

template <class Reached>
bool Generator::read_until(Reached reached) {
  return watch_.wait_until(
      patience + patience_each * clients_.size(), reached, [this] { return tally_.closed > 0; },
      [this](std::uint64_t number) { read(clients_[number]); });
}

void Generator::read(Client& client) {
  // Over TLS what has come may be more than one read gives.
  do {
    const ssize_t count = client.link.receive(buffer_);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      ++tally_.closed;
      watch_.remove(client.link.descriptor());
      return;
    }
    const bool had_all = client.reader.received() >= published_.size();
    client.reader.feed({buffer_.data(), static_cast<std::size_t>(count)}, published_, tally_);
    if (!had_all && client.reader.received() >= published_.size()) ++complete_;
  } while (tls_);
}

}  // namespace bench
