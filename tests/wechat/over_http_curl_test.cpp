// SPDX-License-Identifier: BSL-1.0
//
// Calls by libcurl against servers that are scripted byte by byte, and against our listener behind TLS.

#include <tidings/adapter/listener.hpp>
#include <tidings/curl_http_client.hpp>
#include <tidings/hub.hpp>

#include "support/certificates.hpp"
#include "support/raw_client.hpp"
#include "support/raw_server.hpp"
#include "support/tls_front.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;
using support::Certificate;
using support::RawClient;
using support::RawServer;

namespace {

struct Called {
  std::error_code ec{};
  HttpAnswer answer{};
};

/// What one call comes to; it can be waited for.
class CallOutcome {
 public:
  CallOutcome(CurlHttpClient& http, HttpCall request) {
    http.call(std::move(request), [box = box_](std::error_code ec, HttpAnswer answer) {
      box->put({ec, std::move(answer)});
    });
  }
  Called expect() { return box_->expect(); }

 private:
  std::shared_ptr<support::Mailbox<Called>> box_ = std::make_shared<support::Mailbox<Called>>();
};

HttpCall post_to(const RawServer& server, std::string body = "{}") {
  return {.method = "POST",
          .url = server.url("http"),
          .headers = {{"Content-Type", "application/json"}},
          .body = std::move(body)};
}
std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A file that is gone with this.
class CaFile {
 public:
  explicit CaFile(const std::string& pem) {
    const int descriptor = ::mkstemp(name_);
    if (descriptor < 0 || ::write(descriptor, pem.data(), pem.size()) != static_cast<ssize_t>(pem.size())) {
      throw std::runtime_error("no file");
    }
    ::close(descriptor);
  }
  CaFile(const CaFile&) = delete;
  CaFile& operator=(const CaFile&) = delete;
  ~CaFile() { ::unlink(name_); }
  std::string name() const { return name_; }

 private:
  char name_[32] = "/tmp/tidings-ca-XXXXXX";
};

/// A call to our listener behind TLS with this certificate.
Called over_tls(const Certificate& certificate, const std::string& host, const std::string& trusted) {
  Hub<> hub;
  adapter::Listener listener(hub);
  const Mount mount = listener.handle("/", [](const RequestSnapshot&, adapter::Exchange exchange) {
    std::move(exchange).answer().respond({200, {}}, share_bytes("secret"));
  });
  support::TlsFront front(listener.port(), certificate);
  const CaFile file(trusted);
  CurlHttpClient http({.ca_file = file.name()});
  return CallOutcome(
             http, {.method = "POST", .url = "https://" + host + ":" + std::to_string(front.port()) + "/", .body = "x"})
      .expect();
}

}  // namespace

static_assert(HttpClient<CurlHttpClient>);

TEST_CASE("a request arrives as it was asked for, and its answer as it was given", "[curl]") {
  RawServer server;
  CurlHttpClient http;
  CallOutcome outcome(http, post_to(server, R"({"a":"一"})"));
  RawClient peer = server.next();
  const std::string head = peer.read_until("\r\n\r\n");
  CHECK(head.starts_with("POST /push HTTP/1.1\r\n"));
  CHECK(head.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(head.find("Expect") == std::string::npos);
  CHECK(peer.read_exactly(11) == R"({"a":"一"})");
  peer.send("HTTP/1.1 418 Teapot\r\nX-Kind: black \r\nContent-Length: 3\r\n\r\ntea");
  const Called called = outcome.expect();
  CHECK_FALSE(called.ec);
  CHECK(called.answer.status == 418);
  CHECK(called.answer.body == "tea");
  REQUIRE(called.answer.headers.size() == 2);
  CHECK(called.answer.headers[0].value == "black ");
}

TEST_CASE("a connection is used again, and a redirect is not followed", "[curl]") {
  RawServer server;
  CurlHttpClient http;
  CallOutcome first(http, post_to(server));
  RawClient peer = server.next();
  peer.read_until("{}");
  peer.send("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
  CHECK(first.expect().answer.status == 302);
  CallOutcome second(http, post_to(server));
  peer.read_until("{}");
  peer.send(ok("again"));
  CHECK(second.expect().answer.body == "again");
}

TEST_CASE("what was not written is told from what nobody knows", "[curl]") {
  CurlHttpClient http({.connect_timeout = 3s});
  SECTION("nobody listens") {
    std::string url;
    { url = RawServer().url("http"); }
    const Called called = CallOutcome(http, {.method = "POST", .url = url, .body = "x"}).expect();
    CHECK(called.ec == errc::peer_gone);
    CHECK_FALSE(called.answer.maybe_sent);
  }
  SECTION("there is no such name") {
    const Called called = CallOutcome(http, {.url = "http://nobody.invalid/"}).expect();
    CHECK((called.ec == errc::peer_gone || called.ec == errc::timeout));
    CHECK_FALSE(called.answer.maybe_sent);
  }
  SECTION("it is no URL of HTTP") {
    const Called called = CallOutcome(http, {.url = "file:///etc/passwd"}).expect();
    CHECK(called.ec == errc::not_supported);
    CHECK(called.answer.body.empty());
    CHECK_FALSE(called.answer.maybe_sent);
  }
  SECTION("a header that would be two") {
    const Called called = CallOutcome(http, {.url = "http://127.0.0.1:9/", .headers = {{"A", "b\r\nC: d"}}}).expect();
    CHECK(called.ec == errc::not_supported);
  }
  SECTION("the peer reads it and goes") {
    RawServer server;
    CallOutcome outcome(http, post_to(server));
    server.next().read_until("{}");
    const Called called = outcome.expect();
    CHECK(called.ec == errc::connection_lost);
    CHECK(called.answer.maybe_sent);
  }
  SECTION("the answer is cut") {
    RawServer server;
    CallOutcome outcome(http, post_to(server));
    {
      RawClient peer = server.next();
      peer.read_until("{}");
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"errco");
    }
    const Called called = outcome.expect();
    CHECK(called.ec == errc::connection_lost);
    CHECK(called.answer.maybe_sent);
  }
  SECTION("silence") {
    RawServer server;
    HttpCall request = post_to(server);
    request.timeout = 300ms;
    CallOutcome outcome(http, std::move(request));
    RawClient peer = server.next();
    peer.read_until("{}");
    const Called called = outcome.expect();
    CHECK(called.ec == errc::timeout);
    CHECK(called.answer.maybe_sent);
  }
}

TEST_CASE("a POST on a kept connection that breaks is not written again", "[curl]") {
  RawServer server;
  CurlHttpClient http;
  CallOutcome first(http, post_to(server, "first"));
  {
    RawClient peer = server.next();
    peer.read_until("first");
    peer.send(ok("1"));
    CHECK(first.expect().answer.body == "1");
    CallOutcome second(http, post_to(server, "second"));
    peer.read_until("second");
    peer.finish_sending();
    const Called called = second.expect();
    CHECK(called.ec == errc::connection_lost);
    CHECK(called.answer.maybe_sent);
  }
  // The next one has a connection of its own, and nothing came before it.
  CallOutcome third(http, post_to(server, "third"));
  for (;;) {
    RawClient peer = server.next();
    std::string all;
    try {
      all = peer.read_until("third");
    } catch (const std::runtime_error&) {
      // Opened for the call that was not made again, and nothing was written on it.
      CHECK(peer.read_now().empty());
      continue;
    }
    CHECK(all.find("second") == std::string::npos);
    peer.send(ok("3"));
    CHECK(third.expect().answer.body == "3");
    break;
  }
}

TEST_CASE("an answer that is too long is refused", "[curl]") {
  RawServer server;
  CurlHttpClient http;
  HttpCall request = post_to(server);
  request.max_answer_bytes = 1000;
  CallOutcome outcome(http, std::move(request));
  RawClient peer = server.next();
  peer.read_until("{}");
  peer.send(ok(std::string(1001, 'x')));
  CHECK(outcome.expect().ec == errc::body_too_large);
}

TEST_CASE("calls beyond the bound fail at once, and those under way with the client", "[curl]") {
  RawServer server;
  std::vector<CallOutcome> outcomes;
  {
    CurlHttpClient http({.max_calls = 3});
    for (int i = 0; i < 3; ++i) outcomes.emplace_back(http, post_to(server));
    const Called refused = CallOutcome(http, post_to(server)).expect();
    CHECK(refused.ec == errc::queue_full);
    CHECK_FALSE(refused.answer.maybe_sent);
  }
  for (CallOutcome& each : outcomes) CHECK(each.expect().ec == errc::closed);
}

TEST_CASE("a proxy that refuses is told", "[curl]") {
  RawServer proxy;
  CurlHttpClient http({.proxy = "http://127.0.0.1:" + std::to_string(proxy.port())});
  CallOutcome outcome(http, {.method = "POST", .url = "https://api.example/", .body = "x"});
  RawClient peer = proxy.next();
  CHECK(peer.read_until("\r\n\r\n").starts_with("CONNECT api.example:443 HTTP/1.1\r\n"));
  peer.send("HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n");
  const Called called = outcome.expect();
  CHECK(called.ec == errc::proxy_refused);
  CHECK_FALSE(called.answer.maybe_sent);
}

TEST_CASE("completions come where the application wants them", "[curl]") {
  RawServer server;
  std::atomic<int> ran{0};
  CurlHttpClient http({.run = [&](UniqueFunction<void()> work) {
    ++ran;
    work();
  }});
  CallOutcome outcome(http, post_to(server));
  RawClient peer = server.next();
  peer.read_until("{}");
  peer.send(ok("x"));
  CHECK(outcome.expect().answer.body == "x");
  CHECK(ran == 1);
}

TEST_CASE("who is called has to be who it says", "[curl][tls]") {
  const Certificate authority(Certificate::Wanted{});
  const Certificate good({.names = "DNS:localhost"}, &authority);
  const Called called = over_tls(good, "localhost", authority.pem());
  CHECK_FALSE(called.ec);
  CHECK(called.answer.body == "secret");
  std::vector<Called> refused;
  // Another host; too late; vouched for by itself; by somebody whom nobody trusts.
  refused.push_back(over_tls(good, "127.0.0.1", authority.pem()));
  refused.push_back(over_tls(Certificate({.names = "DNS:localhost", .from = -7200, .to = -3600}, &authority),
                             "localhost", authority.pem()));
  refused.push_back(over_tls(Certificate({.names = "DNS:localhost"}), "localhost", authority.pem()));
  refused.push_back(over_tls(good, "localhost", Certificate(Certificate::Wanted{}).pem()));
  for (const Called& each : refused) {
    CHECK(each.ec == errc::untrusted_certificate);
    CHECK(each.answer.body.empty());
    CHECK_FALSE(each.answer.maybe_sent);
  }
}
