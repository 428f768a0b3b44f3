// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_GONE_CHECKS_HPP
#define TIDINGS_TESTS_ADAPTER_GONE_CHECKS_HPP

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"

#include <catch2/catch_test_macros.hpp>

#include "adapter/hub_fixture.hpp"

#include <string>

/// What every server does over HTTP when what is behind its path is gone.
namespace fixture {

/// Without its hub a server refuses in the form that each client comes back after, and serves the application.
///
/// @tparam Served  See ServedClients; answers `/own` with `own`.
template <class Served>
void check_without_hub(const Served& served) {
  const support::RawAnswer stream = served.answer_to(support::get("/push", event_stream));
  // WHATWG HTML: any other status would end an EventSource for ever.
  CHECK(stream.head.status == 200);
  CHECK(stream.head.value("Content-Type") == "text/event-stream");
  CHECK(stream.body.starts_with("retry: "));
  const support::RawAnswer poll = served.answer_to(support::get("/push?wait=20"));
  CHECK(poll.head.status == 503);
  CHECK(poll.head.count("Retry-After") == 1);
  CHECK(served.answer_to(support::get("/own")).body == "own");
}

/// Without its mount a server knows the path no more; a stream that was open goes on.
template <class Served>
void check_without_mount(const Served& served, support::RawClient& stream) {
  CHECK(served.answer_to(support::get("/push")).head.status == 404);
  const std::string json_type = "Content-Type: application/json\r\n";
  CHECK(served.answer_to(request("POST", "/push", json_type, "{}")).head.status == 404);
  served.hub->publish(order("still"));
  CHECK(next_event(stream).find("data: still\n") != std::string::npos);
}

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_GONE_CHECKS_HPP
