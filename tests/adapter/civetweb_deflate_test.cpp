// SPDX-License-Identifier: BSL-1.0
//
// permessage-deflate at civetweb, which frames its WebSockets itself: nothing is agreed on.

#include <catch2/catch_test_macros.hpp>

#include "adapter/civetweb_fixture.hpp"
#include "adapter/deflate_laws.hpp"

#include <memory>
#include <string>

using namespace fixture;
using support::WsClient;

TEST_CASE("an offer to compress is left unanswered by civetweb, and nothing is compressed",
          "[adapter][civetweb][deflate]") {
  const auto deflate = std::make_shared<support::CountedDeflate>();
  const Served served(let_in, {}, compressing(deflate));
  WsClient client(served.port(), "/push", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  CHECK(client.head.find("Sec-WebSocket-Extensions") == std::string::npos);
  CHECK(client.envelope().contains("hello"));
  const std::string text = support::plain_json(3000);
  served.hub->publish(order(text));
  // Its reader knows no deflated frame.
  CHECK(client.message().find(text) != std::string::npos);
  CHECK(deflate->deflated == 0);
}
