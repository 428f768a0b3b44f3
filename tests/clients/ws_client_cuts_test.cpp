// SPDX-License-Identifier: BSL-1.0
//
// Connections that are cut at random places: nothing is lost, nothing comes twice.

#include <tidings/ws_client.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "clients/client_fixture.hpp"
#include "clients/cuts.hpp"

using namespace tidings;

namespace {

void cut_many_times(fixture::Takes takes, std::size_t cuts) {
  const fixture::CutResult result = fixture::cut_at_random<WsClient>("ws", takes, cuts);
  INFO("seed " << result.seed << ", " << result.cuts << " cuts, " << result.messages << " messages, " << result.links
               << " connections, " << result.seconds << " s");
  CHECK(result.cuts >= cuts);
  CHECK(result.lost == 0);
  CHECK(result.twice == 0);
  CHECK(result.gaps == 0);
  CHECK(result.messages > cuts / 4);
}

}  // namespace

TEST_CASE("a client over WebSocket loses and doubles nothing over random cuts", "[clients][ws_client][property]") {
  cut_many_times(GENERATE(fixture::Takes::called, fixture::Takes::asking), 1000 / 2 / support::slowness);
}

TEST_CASE("a client over WebSocket loses and doubles nothing over ten thousand random cuts",
          "[clients][ws_client][slow]") {
  cut_many_times(GENERATE(fixture::Takes::called, fixture::Takes::asking), 10'000);
}
