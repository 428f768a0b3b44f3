// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/accept.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <tuple>

using namespace tidings::protocol;

TEST_CASE("only an Accept that names text/event-stream asks for a stream", "[protocol][http]") {
  auto [accept, wanted] = GENERATE(table<std::string, bool>({
      {"", false},
      {"*/*", false},
      {"text/*", false},
      {"application/json", false},
      {"text/event-stream", true},
      {"Text/Event-Stream", true},
      {"application/json, text/event-stream", true},
      {"text/event-stream;q=0.5", true},
      {"text/event-stream; q=0", false},
      {"text/event-stream;q=0.000", false},
      {"text/event-stream;Q=0.0", false},
      {"text/event-stream;q=0.001", true},
      {"text/event-stream;q=1", true},
      {"text/event-stream;charset=utf-8;q=0", false},
      {"text/event-stream;q=", true},
      {"text/event-stream;charset=\"a,b\"", true},
      {"text/event-streams", false},
      {"x-text/event-stream", false},
      {"a/b;x=\"text/event-stream\"", false},
      {"a/b;x=\",text/event-stream,\"", false},
      {",,text/event-stream", true},
      {"*/*, text/event-stream;q=0", false},
  }));
  CAPTURE(accept);
  CHECK(accepts_event_stream(accept) == wanted);
}
