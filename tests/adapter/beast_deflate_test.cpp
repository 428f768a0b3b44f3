// SPDX-License-Identifier: BSL-1.0
//
// permessage-deflate at Beast: the frames are ours, over its sockets and over its TLS.

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "adapter/beast_hub_fixture.hpp"
#include "adapter/deflate_laws.hpp"

#include <memory>

using namespace fixture;

TEMPLATE_TEST_CASE("Beast: long messages go deflated both ways", "[adapter][beast][deflate]", support::PlainBeast,
                   Tls) {
  const Served<TestType> served(let_in, compressing(tidings::make_deflate()));
  long_messages_go_deflated_both_ways(served);
}

TEMPLATE_TEST_CASE("Beast: a broadcast is deflated once for all sessions", "[adapter][beast][deflate]",
                   support::PlainBeast, Tls) {
  const auto deflate = std::make_shared<support::CountedDeflate>();
  const Served<TestType> served(let_in, compressing(deflate));
  a_broadcast_is_deflated_once(served, *deflate);
}
