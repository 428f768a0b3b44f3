// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/protocol/http/query.hpp>

#include "bench/payload.hpp"
#include "bench/servers.hpp"

#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

namespace bench {

namespace {

tidings::Access authorize(const tidings::RequestSnapshot& request) {
  tidings::Identity identity{.topics = {"news"}};
  if (const auto user = tidings::protocol::query_value(request.target, "user")) identity.user = "user-" + *user;
  return identity;
}

}  // namespace

int serve_listener(std::size_t payload_bytes) {
  tidings::Hub hub;
  tidings::adapter::Listener listener(hub);
  const tidings::Mount mount = tidings::adapter::mount(listener, "/push", hub, authorize);
  std::printf("%u\n", static_cast<unsigned>(listener.port()));
  std::fflush(stdout);
  std::size_t number = 0;
  while (std::cin >> number) hub.publish({.topic = "news", .data = payload_of(number, payload_bytes)});
  return 0;
}

}  // namespace bench
