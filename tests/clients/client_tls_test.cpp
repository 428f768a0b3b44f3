// SPDX-License-Identifier: BSL-1.0

#include <tidings/client_tls.hpp>
#include <tidings/sse_client.hpp>
#include <tidings/ws_client.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/certificates.hpp"
#include "support/raw_server.hpp"
#include "support/tls_front.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "clients/client_fixture.hpp"

#include <memory>
#include <string>
#include <system_error>

using namespace tidings;
using support::Certificate;
using namespace std::chrono_literals;

namespace {

/// Our listener behind TLS with this certificate, and how the first attempt of a client went.
std::error_code attempt(const Certificate& certificate, const std::string& host, const TlsOptions& tls) {
  fixture::Pushed server;
  support::TlsFront front(server.listener.port(), certificate);
  fixture::Runner runner;
  ClientOptions options;
  options.tls = client_tls(tls);
  options.addresses = {"127.0.0.1"};
  WsClient client(runner.executor(), "wss://" + host + ":" + std::to_string(front.port()) + "/push",
                  std::move(options));
  support::Mailbox<std::error_code> outcome;
  client.async_connect([&](net_error_code ec) { outcome.put(ec); });
  return outcome.expect();
}

}  // namespace

TEST_CASE("a certificate must be of the host, in force, and vouched for", "[clients][tls]") {
  const Certificate authority(Certificate::Wanted{});
  const Certificate stranger(Certificate::Wanted{});
  const TlsOptions trusts{.ca_text = authority.pem()};
  const Certificate good({.names = "DNS:a.example,IP:127.0.0.1"}, &authority);
  CHECK(attempt(good, "a.example", trusts) == std::error_code());
  CHECK(attempt(good, "127.0.0.1", trusts) == std::error_code());
  // The wrong host, also as an address, and by a wildcard that covers a part of a label.
  CHECK(attempt(good, "b.example", trusts) == errc::untrusted_certificate);
  CHECK(attempt(Certificate({.names = "DNS:a.example"}, &authority), "127.0.0.1", trusts) ==
        errc::untrusted_certificate);
  CHECK(attempt(Certificate({.names = "DNS:a*.b.example"}, &authority), "ab.b.example", trusts) ==
        errc::untrusted_certificate);
  CHECK(attempt(Certificate({.names = "DNS:*.b.example"}, &authority), "ab.b.example", trusts) == std::error_code());
  // Expired, and not in force yet.
  CHECK(attempt(Certificate({.names = "DNS:a.example", .from = -7200, .to = -3600}, &authority), "a.example", trusts) ==
        errc::untrusted_certificate);
  CHECK(attempt(Certificate({.names = "DNS:a.example", .from = 3600, .to = 7200}, &authority), "a.example", trusts) ==
        errc::untrusted_certificate);
  // By itself, by a stranger, and by nobody whom the system trusts.
  CHECK(attempt(Certificate({.names = "DNS:a.example"}), "a.example", trusts) == errc::untrusted_certificate);
  CHECK(attempt(Certificate({.names = "DNS:a.example"}, &stranger), "a.example", trusts) ==
        errc::untrusted_certificate);
  CHECK(attempt(good, "a.example", {}) == errc::untrusted_certificate);
  // Only who asks for it trusts everybody; and another name may be expected.
  CHECK(attempt(good, "b.example", {.verify = io::TlsVerify::none}) == std::error_code());
  CHECK(attempt(good, "b.example", {.ca_text = authority.pem(), .server_name = "a.example"}) == std::error_code());
}

TEST_CASE("wss without TLS is refused when it is asked for", "[clients][tls]") {
  fixture::Runner runner;
  CHECK_THROWS_AS(WsClient(runner.executor(), "wss://a.example/"), std::invalid_argument);
  CHECK_THROWS_AS(SseClient(runner.executor(), "https://a.example/"), std::invalid_argument);
  CHECK_THROWS_AS(client_tls({.ca_file = "/nowhere"}), std::exception);
}

TEST_CASE("a server that does not speak TLS ends the attempt within its deadline", "[clients][tls]") {
  fixture::Pushed server;
  fixture::Runner runner;
  ClientOptions options;
  options.tls = client_tls();
  options.tls_timeout = 300ms;
  WsClient client(runner.executor(), fixture::Pushed::url_at(server.listener.port(), "wss"), std::move(options));
  support::Mailbox<std::error_code> outcome;
  client.async_connect([&](net_error_code ec) { outcome.put(ec); });
  CHECK(outcome.expect());
}

TEST_CASE("a server that says nothing to a TLS handshake ends the attempt at its deadline", "[clients][tls]") {
  const support::RawServer server;
  fixture::Runner runner;
  ClientOptions options;
  options.tls = client_tls();
  options.tls_timeout = 150ms;
  WsClient client(runner.executor(), server.url("wss"), std::move(options));
  support::Mailbox<std::error_code> outcome;
  client.async_connect([&](net_error_code ec) { outcome.put(ec); });
  CHECK(outcome.expect() == errc::timeout);
}

TEMPLATE_TEST_CASE("messages go over TLS as without", "[clients][tls]", WsClient, SseClient) {
  const Certificate authority(Certificate::Wanted{});
  const Certificate certificate({.names = "DNS:a.example"}, &authority);
  fixture::Pushed server;
  support::TlsFront front(server.listener.port(), certificate);
  fixture::Runner runner;
  support::Mailbox<Received> received;
  ClientOptions options = fixture::quick();
  options.tls = client_tls({.ca_text = authority.pem()});
  options.addresses = {"127.0.0.1"};
  options.on_received = [&](const Received& each) { received.put(each); };
  TestType client(runner.executor(), "https://a.example:" + std::to_string(front.port()) + "/push", std::move(options));
  client.async_connect(net::use_future).get();
  const std::string large(500'000, 'x');
  for (int i = 0; i < 10; ++i) server.publish("orders", large + std::to_string(i));
  for (int i = 0; i < 10; ++i) CHECK(received.expect().data == large + std::to_string(i));
}
