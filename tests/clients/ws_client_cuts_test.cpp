// SPDX-License-Identifier: BSL-1.0
//
// Connections that are cut at random places: nothing is lost, nothing comes twice.

#include <tidings/ws_client.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "clients/client_fixture.hpp"
#include "clients/cuts.hpp"

using namespace tidings;

TEST_CASE("a client over WebSocket loses and doubles nothing over random cuts", "[clients][ws_client][property]") {
  fixture::loses_and_doubles_nothing<WsClient>("ws", GENERATE(fixture::Takes::called, fixture::Takes::asking),
                                               1000 / 2 / support::slowness);
}

TEST_CASE("a client over WebSocket loses and doubles nothing over ten thousand random cuts",
          "[clients][ws_client][slow]") {
  fixture::loses_and_doubles_nothing<WsClient>("ws", GENERATE(fixture::Takes::called, fixture::Takes::asking), 10'000);
}
