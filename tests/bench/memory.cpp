// SPDX-License-Identifier: BSL-1.0

#include "bench/memory.hpp"

#include "bench/contestant.hpp"
#include "bench/idle_clients.hpp"
#include "bench/idle_kind.hpp"
#include "bench/server_process.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace bench {

namespace {

std::string request_of(const IdleKind& kind, std::size_t number) {
  std::string path = kind.path;
  if (path.ends_with('=')) path += "user-" + std::to_string(number);
  const std::string start = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (!kind.websocket) return start + "Accept: text/event-stream\r\n\r\n";
  const std::string protocol = path.starts_with("/hub") ? "Sec-WebSocket-Protocol: tidings.v1\r\n" : "";
  return start + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         protocol + "Sec-WebSocket-Version: 13\r\n\r\n";
}

void open(IdleClients& clients, const IdleKind& kind, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) clients.connect(request_of(kind, i));
  if (!clients.wait_for_answers()) throw std::runtime_error(std::string(kind.name) + ": not all have opened");
}

struct Idle {
  double bytes = 0;
  double us = 0;
  double heartbeats = 0;
};

Idle measure(const IdleKind& kind, const Options& options) {
  ServerProcess server(our_server("listener", "1"));
  {
    // What is made at first use is made, and counts as the server's own.
    IdleClients one(server.port());
    open(one, kind, 1);
  }
  server.wait_until_idle();
  const double empty = server.memory_bytes();
  IdleClients clients(server.port());
  open(clients, kind, options.sessions);
  clients.stay(std::chrono::seconds(1));
  const double opened = server.memory_bytes();
  const double before = server.cpu_seconds();
  if (!clients.stay(std::chrono::seconds(options.idle_seconds))) {
    throw std::runtime_error(std::string(kind.name) + ": a session was closed");
  }
  const double used = server.cpu_seconds() - before;
  const auto sessions = static_cast<double>(options.sessions);
  return {(std::max(opened, server.memory_bytes()) - empty) / sessions,
          used * 1e6 / sessions / static_cast<double>(options.idle_seconds),
          static_cast<double>(clients.heartbeats()) / sessions};
}

}  // namespace

void measure_memory(const Options& options) {
  std::printf("%zu idle sessions, %zu s; proportional set size and processor time of the server\n\n", options.sessions,
              options.idle_seconds);
  std::printf("| session  | bytes    | at most      | us/session/s | less than   | heartbeats each |\n");
  std::printf("| --- | --- | --- | --- | --- | --- |\n");
  for (const IdleKind* const each : options.idle) {
    const Idle idle = measure(*each, options);
    const char* const verdict = each->max_bytes == 0 ? "" : idle.bytes <= each->max_bytes ? "met" : "not met";
    std::printf("| %-8s | %8.0f | %4.0f %-7s | %12.3f | %.1f %-7s | %15.2f |\n", each->name, idle.bytes,
                each->max_bytes, verdict, idle.us, max_idle_us, idle.us < max_idle_us ? "met" : "not met",
                idle.heartbeats);
    std::fflush(stdout);
  }
}

}  // namespace bench
