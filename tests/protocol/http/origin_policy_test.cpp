// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/origin_policy.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

using namespace tidings;
using namespace tidings::protocol;

namespace {

std::optional<std::string_view> present(const std::string& value) {
  return value == "-" ? std::nullopt : std::optional<std::string_view>(value);
}

std::string value_of(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& each : headers) {
    if (each.name == name) return each.value;
  }
  return "-";
}

}  // namespace

TEST_CASE("a request passes by its Origin and Sec-Fetch-Site", "[protocol][http]") {
  const OriginPolicy policy{.allowed_origins = {"https://app.example", "http://localhost:5173"}};
  // Origin, Sec-Fetch-Site, Host, scheme; `-` = no such field
  auto [origin, site, host, scheme, verdict] =
      GENERATE(table<std::string, std::string, std::string, std::string, std::string>({
          {"-", "-", "h", "", "no_browser"},
          {"-", "-", "", "", "no_browser"},
          // Sec-Fetch-Site without an Origin
          {"-", "none", "h", "", "same_origin"},
          {"-", "same-origin", "h", "", "same_origin"},
          {"-", "same-site", "h", "", "refused"},
          {"-", "cross-site", "h", "", "refused"},
          {"-", "", "h", "", "refused"},
          {"-", "something-new", "h", "", "refused"},
          // an Origin alone: host and port, default ports
          {"http://h", "-", "h", "", "same_origin"},
          {"https://h", "-", "h", "", "same_origin"},
          {"http://H", "-", "h", "", "same_origin"},
          {"http://h:80", "-", "h", "", "same_origin"},
          {"http://h", "-", "h:80", "", "same_origin"},
          {"https://h", "-", "h:443", "", "same_origin"},
          {"https://h:443", "-", "h", "", "same_origin"},
          {"http://h", "-", "h:", "", "same_origin"},
          {"http://h:8080", "-", "h:8080", "", "same_origin"},
          {"http://[::1]:8080", "-", "[::1]:8080", "", "same_origin"},
          {"http://[::1]", "-", "[::1]", "", "same_origin"},
          {"http://h", "-", "h:443", "", "refused"},
          {"https://h", "-", "h:80", "", "refused"},
          {"http://h:8080", "-", "h", "", "refused"},
          {"http://h", "-", "h:8080", "", "refused"},
          {"http://h", "-", "", "", "refused"},
          {"http://evil", "-", "h", "", "refused"},
          {"http://h.evil", "-", "h", "", "refused"},
          {"http://evil.h", "-", "h", "", "refused"},
          {"http://[::2]", "-", "[::1]", "", "refused"},
          // the scheme, where it is known
          {"https://h", "-", "h", "https", "same_origin"},
          {"http://h", "-", "h", "https", "refused"},
          {"https://h", "-", "h", "http", "refused"},
          // both: what the browser says of itself decides
          {"http://h", "same-origin", "h", "", "same_origin"},
          {"http://h", "same-origin", "rewritten:8080", "", "same_origin"},
          {"http://h", "same-site", "h", "https", "refused"},
          {"http://h", "cross-site", "h", "", "refused"},
          {"http://h", "none", "h", "", "same_origin"},
          {"chrome-extension://abc", "none", "h", "", "refused"},
          {"http://h", "Same-Origin", "evil", "", "refused"},
          // allowed origins
          {"https://app.example", "-", "h", "", "allowed"},
          {"https://app.example", "cross-site", "h", "", "allowed"},
          {"https://app.example", "same-site", "h", "", "allowed"},
          {"https://APP.example:443", "cross-site", "h", "", "allowed"},
          {"http://localhost:5173", "cross-site", "localhost:8080", "", "allowed"},
          {"http://app.example", "cross-site", "h", "", "refused"},
          {"https://app.example:8443", "-", "h", "", "refused"},
          {"https://app.example.evil", "-", "h", "", "refused"},
          {"https://evil-app.example", "-", "h", "", "refused"},
          {"http://localhost", "-", "h", "", "refused"},
          // opaque and broken origins
          {"null", "-", "h", "", "refused"},
          {"null", "same-origin", "h", "", "refused"},
          {"null", "cross-site", "h", "", "refused"},
          {"", "-", "h", "", "refused"},
          {"h", "-", "h", "", "refused"},
          {"http://", "-", "", "", "refused"},
          {"http://h/", "-", "h", "", "refused"},
          {"http://h/path", "-", "h", "", "refused"},
          {"http://user@h", "-", "h", "", "refused"},
          {"http://h:0", "-", "h", "", "refused"},
          {"http://h:65536", "-", "h:65536", "", "refused"},
          {"http://h:-80", "-", "h", "", "refused"},
          {"http://h:80x", "-", "h", "", "refused"},
          {"http://[::1", "-", "[::1", "", "refused"},
          {"file://h", "-", "h", "", "refused"},
          {"https://app.example, https://h", "-", "h", "", "refused"},
      }));
  CAPTURE(origin, site, host, scheme);
  CHECK(to_string(decide(policy, present(origin), present(site), host, scheme)) == verdict);
}

TEST_CASE("the null origin is allowed only by its own name in the list", "[protocol][http]") {
  CHECK(decide(OriginPolicy{.allowed_origins = {"null"}}, "null", "cross-site", "h") == OriginVerdict::allowed);
  CHECK(decide(OriginPolicy{.allowed_origins = {"https://null"}}, "null", {}, "h") == OriginVerdict::refused);
  CHECK(decide(OriginPolicy{.allowed_origins = {"*"}}, "https://a.example", {}, "h") == OriginVerdict::refused);
}

TEST_CASE("an application's own scheme can be allowed", "[protocol][http]") {
  const OriginPolicy policy{.allowed_origins = {"capacitor://localhost"}};
  CHECK(decide(policy, "capacitor://localhost", {}, "h") == OriginVerdict::allowed);
  CHECK(decide(policy, "ionic://localhost", {}, "h") == OriginVerdict::refused);
}

TEST_CASE("answers name the allowed origin and vary by it", "[protocol][http]") {
  const OriginPolicy policy{.allowed_origins = {"https://app.example"}};
  const auto headers = cors_headers(policy, OriginVerdict::allowed, "https://app.example");
  CHECK(value_of(headers, "Access-Control-Allow-Origin") == "https://app.example");
  CHECK(value_of(headers, "Access-Control-Allow-Credentials") == "true");
  CHECK(value_of(headers, "Access-Control-Expose-Headers") == "Tidings-Poll-After, ETag, Retry-After");
  CHECK(value_of(headers, "Vary") == "Origin");

  const OriginPolicy without{.allowed_origins = {"https://app.example"}, .allow_credentials = false};
  const auto plain = cors_headers(without, OriginVerdict::allowed, "https://app.example");
  CHECK(value_of(plain, "Access-Control-Allow-Origin") == "https://app.example");
  CHECK(value_of(plain, "Access-Control-Allow-Credentials") == "-");
}

TEST_CASE("no other verdict grants anything", "[protocol][http]") {
  const OriginPolicy policy{.allowed_origins = {"https://app.example"}};
  const auto verdict = GENERATE(OriginVerdict::no_browser, OriginVerdict::same_origin, OriginVerdict::refused);
  for (const auto& headers : {cors_headers(policy, verdict, "https://evil.example"),
                              preflight_headers(policy, verdict, "https://evil.example")}) {
    CHECK(headers.size() == 1);
    CHECK(value_of(headers, "Vary") == "Origin");
  }
  CHECK(cors_headers(OriginPolicy{}, verdict, "").empty());
}

TEST_CASE("a preflight grants the methods and headers that clients use", "[protocol][http]") {
  const OriginPolicy policy{.allowed_origins = {"https://app.example"}};
  const auto headers = preflight_headers(policy, OriginVerdict::allowed, "https://app.example");
  CHECK(value_of(headers, "Access-Control-Allow-Origin") == "https://app.example");
  CHECK(value_of(headers, "Access-Control-Allow-Credentials") == "true");
  CHECK(value_of(headers, "Access-Control-Allow-Methods") == "GET, POST, OPTIONS");
  CHECK(value_of(headers, "Access-Control-Allow-Headers") ==
        "authorization, content-type, last-event-id, if-none-match");
  CHECK(value_of(headers, "Access-Control-Max-Age") == "600");
  CHECK(value_of(headers, "Vary") == "Origin");
  CHECK(std::none_of(headers.begin(), headers.end(), [](const Header& each) { return each.value == "*"; }));
}
