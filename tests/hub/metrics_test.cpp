// SPDX-License-Identifier: BSL-1.0

#include <tidings/metrics.hpp>

#include <catch2/catch_test_macros.hpp>

#include <iterator>
#include <set>
#include <sstream>
#include <string>

using namespace tidings;

TEST_CASE("every counter is printed under a name of its own") {
  CHECK(std::size(metrics) == sizeof(Counters) / sizeof(Counter));
  std::set<std::string_view> names;
  for (const Metric& each : metrics) {
    CHECK(names.insert(each.name).second);
    CHECK(each.name.starts_with("tidings_"));
    CHECK(each.name.ends_with("_total") == !each.gauge);
    CHECK(each.help.ends_with("."));
  }
}

TEST_CASE("the text has help, type and value of each") {
  Counters counters;
  counters.published.add(3);
  counters.sse_sessions.add(2);
  counters.sse_sessions.subtract();
  const std::string text = write_prometheus(counters, "hub=\"a\"");
  CHECK(
      text.starts_with("# HELP tidings_published_total Messages stored.\n# TYPE tidings_published_total counter\n"
                       "tidings_published_total{hub=\"a\"} 3\n"));
  CHECK(text.find("# TYPE tidings_sse_sessions gauge\ntidings_sse_sessions{hub=\"a\"} 1\n") != std::string::npos);
  CHECK(write_prometheus(counters).find("\ntidings_gaps_total 0\n") != std::string::npos);
  std::istringstream lines(text);
  std::size_t samples = 0;
  for (std::string line; std::getline(lines, line);) samples += line.starts_with("#") ? 0 : 1;
  CHECK(samples == std::size(metrics));
}

TEST_CASE("an application's own numbers have the same form") {
  std::string out;
  write_metric(out, "orders_open", "Orders.", true, "", 7);
  CHECK(out == "# HELP orders_open Orders.\n# TYPE orders_open gauge\norders_open 7\n");
}
