// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/proxy_connect.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <string_view>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

namespace {

std::string tunnel_answered(std::string_view answer, std::size_t piece) {
  ProxyConnect tunnel;
  for (std::size_t at = 0; at < answer.size(); at += piece) {
    switch (tunnel.feed(answer.substr(at, piece))) {
      case ProxyConnect::Status::need_more: break;
      case ProxyConnect::Status::open: return "open";
      case ProxyConnect::Status::refused:
        return std::to_string(tunnel.status()) + " " + to_string(static_cast<errc>(tunnel.error().value()));
    }
  }
  return "more";
}

}  // namespace

TEST_CASE("RFC 9110 9.3.6: a proxy is asked for a tunnel", "[client][proxy]") {
  std::string out;
  ProxyConnect::encode(out, "a.example", 443, {});
  CHECK(out == "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
  out.clear();
  ProxyConnect::encode(out, "::1", 80, {.authorization = "Basic dTpw"});
  CHECK(out == "CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\nProxy-Authorization: Basic dTpw\r\n\r\n");
}

TEST_CASE("any 2xx opens the tunnel, anything else refuses it", "[client][proxy]") {
  const auto piece = GENERATE(1U, 5U, 1000U);
  CHECK(tunnel_answered("HTTP/1.1 200 Connection established\r\n\r\n", piece) == "open");
  CHECK(tunnel_answered("HTTP/1.0 201 Fine\r\nVia: x\r\nContent-Length: 5\r\n\r\n", piece) == "open");
  CHECK(tunnel_answered("HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\n\r\n", piece) == "407 proxy_refused");
  CHECK(tunnel_answered("HTTP/1.1 503 No\r\nRetry-After: 3\r\n\r\n", piece) == "503 proxy_refused");
  CHECK(tunnel_answered("220 smtp.example\r\n", piece) == "0 handshake_failed");
  CHECK(tunnel_answered("HTTP/1.1 200 OK\r\nX: y\r\n", piece) == "more");
}

TEST_CASE("what comes through the tunnel before anything was said is not taken", "[client][proxy]") {
  CHECK(tunnel_answered("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 smuggled", 1000) == "200 handshake_failed");
}

TEST_CASE("a proxy is named by a URL", "[client][proxy]") {
  const auto plain = parse_proxy("http://proxy.example:3128");
  REQUIRE(plain);
  CHECK(plain->host == "proxy.example");
  CHECK(plain->port == 3128);
  CHECK(plain->authorization.empty());
  const auto known = parse_proxy("http://us%40er:p:w@proxy.example:3128/");
  REQUIRE(known);
  CHECK(known->host == "proxy.example");
  CHECK(known->authorization == "Basic dXNAZXI6cDp3");
  // A plus is a plus: this is no query.
  CHECK(parse_proxy("http://u:a+b@proxy.example")->authorization == "Basic dTphK2I=");
  for (const char* bad : {"", "proxy.example:3128", "https://proxy.example", "socks5://proxy.example", "http://@"}) {
    CHECK_FALSE(parse_proxy(bad));
  }
}
