// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_SERVERS_HPP
#define TIDINGS_TESTS_BENCH_SERVERS_HPP

#include "bench/options.hpp"

#include <cstddef>

namespace bench {

/// A hub with its defaults behind the listener: memory store, memory ledger, heartbeats, an `authorize` that names a
/// user. Writes its port to the standard output and publishes for each line of the standard input, until it ends.
int serve_listener(std::size_t payload_bytes);

/// The floor: one epoll loop that takes every request, sends a stream's head, and for each line of the standard input
/// writes one buffer to all sockets. It knows no HTTP, no time, no slow reader; its bytes are as many as the listener's.
int serve_bare(Clients clients, std::size_t payload_bytes, Fault fault);

/// The floor of WebSockets, polls and streams, with the paths of `tidings_bench_server`: `/room` sends what one client
/// says to all of it, `POST /pub` goes to `/sse` and `/lp`, what has no other path echoes. Bytes pass as they come: it
/// puts no message together, checks no text, has no timers, and reads requests as its generator writes them.
///
/// @param fault  Of every tenth echo, event or answer.
int serve_floor(Fault fault);

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_SERVERS_HPP
