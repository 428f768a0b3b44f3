// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/process.hpp"

#include "support/raw_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include "wechat_simulator/lab.hpp"

#include <string>

using lab::Json;
using wechat_simulator::Process;

TEST_CASE("the simulator runs as a process of its own", "[wechat_simulator][process]") {
  const Process simulator(lab::config_with());
  support::RawClient client(simulator.port());
  client.send("GET /cgi-bin/gettoken?corpid=ww1&corpsecret=s7 HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string head = client.read_until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  const Json tokens = simulator.admin("GET", "tokens");
  CHECK(tokens.at("entries").at(0).at("space") == "7");
  simulator.advance(1000);
  CHECK(simulator.admin("GET", "journal?after=1").at("entries").empty());
  CHECK(simulator.admin("GET", "clock").at("now").get<std::int64_t>() ==
        simulator.admin("GET", "journal").at("entries").at(0).at("at").get<std::int64_t>() + 1000);
}

TEST_CASE("long lists are read page by page", "[wechat_simulator][process]") {
  Json config = lab::config_with();
  config["accounts"][0]["quotas"] = {{"/cgi-bin/token", 100'000}};
  const Process simulator(config);
  support::RawClient client(simulator.port());
  const std::string request =
      "GET /cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s1 HTTP/1.1\r\nHost: h\r\n\r\n";
  constexpr std::size_t count = 5'050;
  for (std::size_t i = 0; i < count; ++i) {
    client.send(request);
    client.read_until("\"expires_in\":7200}");
  }
  CHECK(simulator.entries("journal").size() == count);
  CHECK(simulator.entries("journal?path=/cgi-bin/token").back().at("number") == count);
  CHECK(simulator.entries("journal?path=/none").empty());
  CHECK(simulator.entries("delivered").empty());
}

TEST_CASE("a wrong configuration does not start, a wrong call is told", "[wechat_simulator][process]") {
  CHECK_THROWS(Process(Json{{"acounts", Json::array()}}));
  CHECK_THROWS(Process(lab::config_with(), {}, "/nowhere/simulator"));
  const Process simulator(lab::config_with());
  CHECK_THROWS(simulator.admin("POST", "faults", {{"action", "tiemout"}}));
  CHECK_THROWS(simulator.admin("GET", "nothing"));
}
