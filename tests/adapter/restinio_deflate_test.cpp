// SPDX-License-Identifier: BSL-1.0
//
// permessage-deflate at RESTinio: the frames are ours, not its own.

#include <catch2/catch_test_macros.hpp>

#include "adapter/deflate_laws.hpp"
#include "adapter/restinio_fixture.hpp"

#include <memory>

using namespace fixture;

TEST_CASE("long messages go deflated both ways at RESTinio", "[adapter][restinio][deflate]") {
  const Served served(let_in, {}, compressing(tidings::make_deflate()));
  long_messages_go_deflated_both_ways(served);
}

TEST_CASE("a broadcast is deflated once for all sessions of RESTinio", "[adapter][restinio][deflate]") {
  const auto deflate = std::make_shared<support::CountedDeflate>();
  const Served served(let_in, {}, compressing(deflate));
  a_broadcast_is_deflated_once(served, *deflate);
}
