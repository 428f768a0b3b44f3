// SPDX-License-Identifier: BSL-1.0

#include "support/certificates.hpp"
#include "support/raw_server.hpp"
#include "support/temporary_folder.hpp"
#include "support/tls_front.hpp"

#include <catch2/catch_test_macros.hpp>

#include "transport/curl_fixture.hpp"

#include <memory>
#include <string>
#include <system_error>

using namespace tidings;
using fixture::Ended;
using fixture::Endings;
using support::Certificate;

namespace {

/// How a call ends that has no server behind the certificate's.
std::error_code refused(const Certificate& certificate, const std::string& host, const CurlHttpClientOptions& options) {
  support::RawServer server;
  support::TlsFront front(server.port(), certificate);
  Endings endings;
  {
    CurlHttpClient http(options);
    http.call(fixture::post("https://" + host + ":" + std::to_string(front.port()) + "/", "secret"),
              endings.completion());
    const Ended ended = endings.next();
    CHECK_FALSE(ended.answer.maybe_sent);
    CHECK(ended.answer.status == 0);
    return ended.ec;
  }
}

}  // namespace

TEST_CASE("a server whose certificate is good gets its calls, over one connection", "[curl][tls]") {
  const Certificate authority(Certificate::Wanted{});
  const support::TemporaryFolder folder;
  const std::string trusted = folder.write("ca.pem", authority.pem());
  support::RawServer server;
  support::TlsFront front(server.port(), Certificate({.names = "DNS:localhost,IP:127.0.0.1"}, &authority));
  auto http = std::make_unique<CurlHttpClient>(CurlHttpClientOptions{.ca_file = trusted});
  Endings endings;
  const std::string url = "https://127.0.0.1:" + std::to_string(front.port()) + "/";
  http->call(fixture::post(url, "secret"), endings.completion());
  support::RawClient connection = server.next();
  for (int i = 0; i < 3; ++i) {
    fixture::read_head(connection);
    CHECK(connection.read_exactly(6) == "secret");
    if (i < 2) connection.send(fixture::answer_of("public"));
    if (i < 2) CHECK(endings.next().answer.body == "public");
    if (i < 2) http->call(fixture::post(url, "secret"), endings.completion());
  }
  CHECK(front.shaken() == 1);
  // The kept connection ends with the last one unanswered: not sent again.
  connection.close();
  const Ended ended = endings.next();
  CHECK(ended.ec == errc::connection_lost);
  CHECK(ended.answer.maybe_sent);
  http.reset();
  for (const std::string& each : fixture::untaken(server)) CHECK(each.empty());
}

TEST_CASE("a certificate must be of the host, in force, and vouched for by whom the client trusts", "[curl][tls]") {
  const Certificate authority(Certificate::Wanted{});
  const Certificate stranger(Certificate::Wanted{});
  const support::TemporaryFolder folder;
  const std::string trusted = folder.write("ca.pem", authority.pem());
  const CurlHttpClientOptions options{.ca_file = trusted};
  const std::string here = "127.0.0.1";
  const Certificate good({.names = "IP:127.0.0.1"}, &authority);
  CHECK(refused(Certificate({.names = "DNS:other.example"}, &authority), here, options) == errc::untrusted_certificate);
  CHECK(refused(good, "localhost", options) == errc::untrusted_certificate);
  CHECK(refused(Certificate({.names = "IP:127.0.0.1", .from = -7200, .to = -3600}, &authority), here, options) ==
        errc::untrusted_certificate);
  CHECK(refused(Certificate({.names = "IP:127.0.0.1", .from = 3600, .to = 7200}, &authority), here, options) ==
        errc::untrusted_certificate);
  CHECK(refused(Certificate({.names = "IP:127.0.0.1"}), here, options) == errc::untrusted_certificate);
  CHECK(refused(Certificate({.names = "IP:127.0.0.1"}, &stranger), here, options) == errc::untrusted_certificate);
  // The authorities of the system do not know ours.
  CHECK(refused(good, here, {}) == errc::untrusted_certificate);
  CHECK(refused(good, here, {.ca_file = "/nowhere.pem"}) == std::error_code(CURLE_SSL_CACERT_BADFILE, curl_category()));
}
