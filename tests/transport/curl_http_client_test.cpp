// SPDX-License-Identifier: BSL-1.0

#include "support/raw_server.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "transport/curl_fixture.hpp"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;
using fixture::answer_of;
using fixture::Ended;
using fixture::Endings;
using fixture::get;
using fixture::post;
using fixture::read_head;
using support::RawClient;
using support::RawServer;

TEST_CASE("a call brings its request over and its answer back", "[curl]") {
  RawServer server;
  CurlHttpClient http;
  Endings endings;
  HttpCall call = post(server.url("http") + "?q=%20", "{}");
  call.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}, {"X-Blank", " "}};
  http.call(call, endings.completion());
  RawClient connection = server.next();
  const std::string head = read_head(connection);
  CHECK(head.starts_with("POST /push?q=%20 HTTP/1.1\r\n"));
  CHECK(head.find("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n") != std::string::npos);
  CHECK(head.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
  CHECK(head.find("\r\nContent-Length: 2\r\n") != std::string::npos);
  CHECK(head.find("\r\nX-Empty:\r\n") != std::string::npos);
  CHECK(head.find("\r\nX-Blank:\r\n") != std::string::npos);
  CHECK(connection.read_exactly(2) == "{}");
  connection.send(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n");
  connection.send("X-A: 1\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-B: 2\r\n\r\n");
  const Ended ended = endings.next();
  CHECK_FALSE(ended.ec);
  CHECK(ended.answer.status == 404);
  CHECK(ended.answer.body == "abcde");
  REQUIRE(ended.answer.headers.size() == 2);
  CHECK(ended.answer.headers[1].name == "X-A");
  CHECK(ended.answer.headers[1].value == "1");
}

TEST_CASE("each method is written as it is, with a body where there is one", "[curl]") {
  RawServer server;
  CurlHttpClient http;
  Endings endings;
  HttpCall call = get(server.url("http"));
  http.call(call, endings.completion());
  RawClient connection = server.next();
  const auto next = [&](const char* answer) {
    connection.send(answer);
    const Ended ended = endings.next();
    CHECK_FALSE(ended.ec);
    return ended.answer.status;
  };
  CHECK(read_head(connection).starts_with("GET /push HTTP/1.1\r\n"));
  CHECK(next("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n") == 302);

  // All over one connection, or what follows would not come here.
  call.method = "HEAD";
  http.call(call, endings.completion());
  CHECK(read_head(connection).starts_with("HEAD /push HTTP/1.1\r\n"));
  CHECK(next("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n") == 200);
  call.method = "DELETE";
  http.call(call, endings.completion());
  const std::string removal = read_head(connection);
  CHECK(removal.starts_with("DELETE /push HTTP/1.1\r\n"));
  CHECK(removal.find("Content-") == std::string::npos);
  CHECK(next("HTTP/1.1 204 No Content\r\n\r\n") == 204);
  http.call(post(call.url, ""), endings.completion());
  const std::string empty = read_head(connection);
  CHECK(empty.starts_with("POST /push HTTP/1.1\r\n"));
  CHECK(empty.find("\r\nContent-Length: 0\r\n") != std::string::npos);
  CHECK(empty.find("Content-Type") == std::string::npos);
  CHECK(next("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == 200);
  // Long enough for libcurl to wait for 100.
  call.method = "PUT";
  call.body.assign(3'000'000, 'x');
  http.call(call, endings.completion());
  const std::string put = read_head(connection);
  CHECK(put.starts_with("PUT /push HTTP/1.1\r\n"));
  CHECK(put.find("Expect") == std::string::npos);
  CHECK(connection.read_exactly(call.body.size()) == call.body);
  CHECK(next("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == 200);
}

TEST_CASE("a request that went over a kept connection is never sent again", "[curl]") {
  RawServer server;
  auto http = std::make_unique<CurlHttpClient>();
  Endings endings;
  enum class Leave { closes, finishes, resets };
  const Leave how = GENERATE(Leave::closes, Leave::finishes, Leave::resets);
  http->call(get(server.url("http")), endings.completion());
  RawClient connection = server.next();
  read_head(connection);
  connection.send(answer_of("first"));
  CHECK(endings.next().answer.body == "first");
  http->call(post(server.url("http"), "once"), endings.completion());
  read_head(connection);
  connection.read_exactly(4);
  if (how == Leave::closes) connection.close();
  if (how == Leave::finishes) connection.finish_sending();
  if (how == Leave::resets) connection.reset();
  const Ended ended = endings.next();
  CHECK(ended.ec == errc::connection_lost);
  CHECK(ended.answer.maybe_sent);
  CHECK(ended.answer.status == 0);
  // Nothing of it came over another connection.
  http.reset();
  for (const std::string& each : fixture::untaken(server)) CHECK(each.empty());
}

TEST_CASE("a kept connection that the server has closed is not used", "[curl]") {
  RawServer server;
  CurlHttpClient http;
  Endings endings;
  for (const char* body : {"first", "second"}) {
    http.call(post(server.url("http"), body), endings.completion());
    RawClient connection = server.next();
    read_head(connection);
    connection.read_exactly(std::string(body).size());
    connection.send(answer_of(body));
    // Before the next call.
    connection.close();
    const Ended ended = endings.next();
    CHECK_FALSE(ended.ec);
    CHECK(ended.answer.body == body);
  }
}

TEST_CASE("an answer that ends too soon is a lost connection", "[curl]") {
  RawServer server;
  CurlHttpClient http;
  Endings endings;
  for (const char* part :
       {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nX-A: 1\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"}) {
    CAPTURE(part);
    http.call(post(server.url("http"), "a"), endings.completion());
    RawClient connection = server.next();
    read_head(connection);
    connection.read_exactly(1);
    connection.send(part);
    connection.close();
    const Ended ended = endings.next();
    CHECK(ended.ec == errc::connection_lost);
    CHECK(ended.answer.maybe_sent);
    CHECK(ended.answer.body.empty());
  }
  http.call(post(server.url("http"), "a"), endings.completion());
  RawClient connection = server.next();
  read_head(connection);
  connection.reset();
  const Ended ended = endings.next();
  CHECK(ended.ec == errc::connection_lost);
  CHECK(ended.answer.maybe_sent);
}

TEST_CASE("an answer beyond the bounds is an error", "[curl]") {
  RawServer server;
  CurlHttpClient http({.max_header_bytes = 200});
  Endings endings;
  struct Row {
    std::string answer;
    std::error_code ec;
  };
  const std::string x(300, 'x');
  const Row rows[] = {
      {answer_of("12345678"), {}},
      {answer_of("123456789"), errc::body_too_large},
      {"HTTP/1.1 200 OK\r\n\r\n123456789", errc::body_too_large},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n4\r\n6789\r\n", errc::body_too_large},
      {"HTTP/1.1 200 OK\r\nX: " + x + "\r\n", errc::header_too_large}};
  for (const Row& row : rows) {
    CAPTURE(row.answer);
    HttpCall call = get(server.url("http"));
    call.max_answer_bytes = 8;
    http.call(call, endings.completion());
    RawClient connection = server.next();
    read_head(connection);
    connection.send(row.answer);
    const Ended ended = endings.next();
    CHECK(ended.ec == row.ec);
    CHECK(ended.answer.maybe_sent);
    // Kept or not, the next one is another connection.
    connection.close();
  }
}

TEST_CASE("a call ends in time, however its answer drips", "[curl]") {
  RawServer server;
  CurlHttpClient http;
  Endings endings;
  HttpCall call = get(server.url("http"));
  call.timeout = 500ms;
  const auto began = support::Clock::now();
  http.call(call, endings.completion());
  RawClient connection = server.next();
  read_head(connection);
  connection.send("HTTP/1.1 200 OK\r\n\r\n");
  CHECK(support::eventually([&] {
    connection.try_send("x");
    return endings.count() > 0;
  }));
  const Ended ended = endings.next();
  CHECK(support::Clock::now() - began >= 500ms);
  CHECK(ended.ec == errc::timeout);
  CHECK(ended.answer.maybe_sent);
}

TEST_CASE("what did not get as far as a request was certainly not sent", "[curl]") {
  Endings endings;
  std::optional<RawServer> gone(std::in_place);
  const std::string url = gone->url("http");
  gone.reset();
  CurlHttpClient http;
  http.call(post(url, "a"), endings.completion());
  const Ended refused = endings.next();
  CHECK(refused.ec == errc::peer_gone);
  CHECK_FALSE(refused.answer.maybe_sent);

  http.call(get("http://nobody.invalid/"), endings.completion());
  const Ended unknown = endings.next();
  // Where there is no resolver it takes too long.
  CHECK((unknown.ec == errc::peer_gone || unknown.ec == errc::timeout));
  CHECK_FALSE(unknown.answer.maybe_sent);

  // Connected, and then nothing comes of TLS.
  RawServer silent;
  CurlHttpClient hasty({.connect_timeout = 100ms});
  hasty.call(post(silent.url("https"), "a"), endings.completion());
  RawClient first = silent.next();
  const Ended late = endings.next();
  CHECK(late.ec == errc::timeout);
  CHECK_FALSE(late.answer.maybe_sent);

  http.call(post(silent.url("https"), "a"), endings.completion());
  silent.next().reset();
  const Ended cut = endings.next();
  CHECK(cut.ec == errc::peer_gone);
  CHECK_FALSE(cut.answer.maybe_sent);
}

TEST_CASE("calls beyond the connections wait, and beyond the bound they are refused", "[curl]") {
  RawServer server;
  auto http = std::make_unique<CurlHttpClient>(CurlHttpClientOptions{.max_connections = 1, .max_calls = 3});
  Endings first;
  Endings second;
  Endings third;
  Endings fourth;
  http->call(get(server.url("http")), first.completion());
  RawClient connection = server.next();
  read_head(connection);
  HttpCall hasty = post(server.url("http"), "a");
  hasty.timeout = 50ms;
  http->call(hasty, second.completion());
  http->call(post(server.url("http"), "third"), third.completion());
  http->call(get(server.url("http")), fourth.completion());
  const Ended refused = fourth.next();
  CHECK(refused.ec == errc::queue_full);
  CHECK_FALSE(refused.answer.maybe_sent);
  const Ended late = second.next();
  CHECK(late.ec == errc::timeout);
  CHECK_FALSE(late.answer.maybe_sent);
  connection.send(answer_of("1"));
  CHECK(first.next().answer.body == "1");
  read_head(connection);
  CHECK(connection.read_exactly(5) == "third");
  connection.send(answer_of("3"));
  CHECK(third.next().answer.body == "3");
  http.reset();
  CHECK(fixture::untaken(server).empty());
}

TEST_CASE("an idle connection makes room for one to another server", "[curl]") {
  RawServer one;
  RawServer two;
  CurlHttpClient http({.max_connections = 1});
  Endings endings;
  http.call(get(one.url("http")), endings.completion());
  RawClient first = one.next();
  read_head(first);
  first.send(answer_of("1"));
  CHECK(endings.next().answer.body == "1");
  http.call(get(two.url("http")), endings.completion());
  RawClient second = two.next();
  CHECK(first.wait_for_end() == RawClient::End::closed);
  read_head(second);
  second.send(answer_of("2"));
  CHECK(endings.next().answer.body == "2");
}

TEST_CASE("calls of many threads share few connections, and each gets its own answer", "[curl]") {
  RawServer server("127.0.0.1", 64);
  std::atomic<bool> over = false;
  std::atomic<int> connections = 0;
  std::vector<std::thread> workers;
  std::thread acceptor([&] {
    for (;;) {
      auto connection = std::make_shared<RawClient>(server.next());
      if (over) return;
      ++connections;
      workers.emplace_back([connection] {
        try {
          for (;;) {
            const std::string head = read_head(*connection);
            connection->send(answer_of(head.substr(0, head.find(" HTTP"))));
          }
        } catch (const std::runtime_error&) {
          // The client is gone.
        }
      });
    }
  });
  std::mutex mutex;
  std::set<std::string> bodies;
  support::Tally ended;
  {
    CurlHttpClient http({.max_connections_per_host = 8});
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < 16; ++i) {
          http.call(get(server.url("http") + "/" + std::to_string(caller * 16 + i)),
                    [&](std::error_code ec, const HttpAnswer& answer) {
                      const std::lock_guard lock(mutex);
                      bodies.insert(ec ? ec.message() : answer.body);
                      ended.add();
                    });
        }
      });
    }
    for (std::thread& each : callers) each.join();
    CHECK(ended.reaches(64));
  }
  over = true;
  const RawClient last(server.port());
  acceptor.join();
  for (std::thread& each : workers) each.join();
  CHECK(connections <= 8);
  CHECK(bodies.size() == 64);
  for (int i = 0; i < 64; ++i) CHECK(bodies.count("GET /push/" + std::to_string(i)) == 1);
}

TEST_CASE("the destructor completes what is under way and what waits", "[curl]") {
  RawServer server;
  RawServer silent;
  auto http =
      std::make_unique<CurlHttpClient>(CurlHttpClientOptions{.max_connections_per_host = 1, .max_connections = 2});
  Endings sent;
  Endings connecting;
  Endings waiting;
  http->call(get(server.url("http")), sent.completion());
  RawClient connection = server.next();
  read_head(connection);
  http->call(get(silent.url("https")), connecting.completion());
  const RawClient unshaken = silent.next();
  for (int i = 0; i < 3; ++i) http->call(get(server.url("http")), waiting.completion());
  http.reset();
  const Ended first = sent.next();
  CHECK(first.ec == errc::closed);
  CHECK(first.answer.maybe_sent);
  const Ended second = connecting.next();
  CHECK(second.ec == errc::closed);
  CHECK_FALSE(second.answer.maybe_sent);
  for (int i = 0; i < 3; ++i) {
    const Ended each = waiting.next();
    CHECK(each.ec == errc::closed);
    CHECK_FALSE(each.answer.maybe_sent);
  }
  CHECK(connection.wait_for_end() == RawClient::End::closed);
}

TEST_CASE("completions run where the application says, and may throw", "[curl]") {
  RawServer server;
  support::Mailbox<UniqueFunction<void()>> work;
  support::Mailbox<std::string> errors;
  Endings endings;
  CurlHttpClientOptions options;
  options.on_error = [&](std::error_code ec, std::string_view context) {
    errors.put(std::string(context) + ": " + (ec == errc::callback_failed ? "callback_failed" : "?"));
  };
  {
    CurlHttpClient http(options);
    http.call(get("http://"), [](std::error_code, const HttpAnswer&) { throw std::runtime_error("mine"); });
    CHECK(errors.expect() == "completion: callback_failed");
    http.call(get("http://"), endings.completion());
    CHECK(endings.next().ec);
  }
  options.run = [&](UniqueFunction<void()> each) { work.put(std::move(each)); };
  CurlHttpClient http(options);
  http.call(get(server.url("http")), endings.completion());
  RawClient connection = server.next();
  read_head(connection);
  connection.send(answer_of("elsewhere"));
  UniqueFunction<void()> piece = work.expect();
  CHECK(endings.count() == 0);
  piece();
  CHECK(endings.next().answer.body == "elsewhere");
}

TEST_CASE("a completion may call again", "[curl]") {
  RawServer server;
  CurlHttpClient http;
  Endings endings;
  http.call(get(server.url("http")), [&](std::error_code, const HttpAnswer& answer) {
    http.call(post(server.url("http"), answer.body), endings.completion());
  });
  RawClient connection = server.next();
  read_head(connection);
  connection.send(answer_of("again"));
  read_head(connection);
  CHECK(connection.read_exactly(5) == "again");
  connection.send(answer_of("done"));
  CHECK(endings.next().answer.body == "done");
}

TEST_CASE("a call that cannot be written goes nowhere", "[curl]") {
  RawServer server;
  auto http = std::make_unique<CurlHttpClient>();
  Endings endings;
  const auto refused = [&](HttpCall call) {
    http->call(std::move(call), endings.completion());
    const Ended ended = endings.next();
    CHECK_FALSE(ended.answer.maybe_sent);
    return ended.ec;
  };
  const std::string url = server.url("http");
  const auto with = [&](Header header) {
    HttpCall call = get(url);
    call.headers = {std::move(header)};
    return call;
  };
  CHECK(refused(with({"X-A", "1\r\nX-B: 2"})) == errc::invalid_header_value);
  CHECK(refused(with({"X-A", std::string("1\0", 2)})) == errc::invalid_header_value);
  CHECK(refused(with({"X-A: 1\r\nX-B", "2"})) == errc::malformed_request);
  CHECK(refused(with({"Content-LENGTH", "1"})) == errc::malformed_request);
  CHECK(refused(with({"transfer-encoding", "chunked"})) == errc::malformed_request);
  HttpCall method = get(url);
  method.method = "GET / HTTP/1.1\r\nX:";
  CHECK(refused(method) == errc::malformed_request);
  CHECK(refused(get(url + std::string(1, '\0'))) == errc::malformed_request);
  for (const char* wrong : {"", "http://", "127.0.0.1/push", "/push", "file:///etc/hostname", "ftp://127.0.0.1/",
                            "http://127.0.0.1/a b", "http://127.0.0.1/a\r\nX: b"}) {
    CAPTURE(wrong);
    CHECK(refused(get(wrong)) == errc::not_supported);
  }
  http.reset();
  CHECK(fixture::untaken(server).empty());
}

TEST_CASE("a proxy is the one that was given", "[curl]") {
  RawServer proxy;
  const std::string at = "http://127.0.0.1:" + std::to_string(proxy.port());
  CurlHttpClient http({.proxy = "http://me:secret@127.0.0.1:" + std::to_string(proxy.port())});
  Endings endings;
  {
    http.call(get("http://there.invalid/a"), endings.completion());
    RawClient connection = proxy.next();
    const std::string head = read_head(connection);
    CHECK(head.starts_with("GET http://there.invalid/a HTTP/1.1\r\n"));
    CHECK(head.find("\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n") != std::string::npos);
    connection.send(answer_of("through"));
    CHECK(endings.next().answer.body == "through");
  }
  for (const char* answer : {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
                             "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"a\"\r\n"
                             "Content-Length: 0\r\n\r\n"}) {
    http.call(post("https://there.invalid/a", "secret"), endings.completion());
    RawClient connection = proxy.next();
    CHECK(read_head(connection).starts_with("CONNECT there.invalid:443 HTTP/1.1\r\n"));
    connection.send(answer);
    const Ended ended = endings.next();
    CHECK(ended.ec == errc::proxy_refused);
    CHECK_FALSE(ended.answer.maybe_sent);
  }

  // The environment has no say.
  RawServer server;
  ::setenv("http_proxy", at.c_str(), 1);
  CurlHttpClient direct;
  direct.call(get(server.url("http")), endings.completion());
  RawClient connection = server.next();
  CHECK(read_head(connection).starts_with("GET /push HTTP/1.1\r\n"));
  connection.send(answer_of("direct"));
  CHECK(endings.next().answer.body == "direct");
  ::unsetenv("http_proxy");
}

TEST_CASE("options that cannot be are refused", "[curl]") {
  CHECK_THROWS_AS(CurlHttpClient({.max_calls = 0}), std::invalid_argument);
  CHECK_THROWS_AS(CurlHttpClient({.max_connections = 0}), std::invalid_argument);
  CHECK_THROWS_AS(CurlHttpClient({.max_connections_per_host = 0}), std::invalid_argument);
  CHECK_THROWS_AS(CurlHttpClient({.connect_timeout = 0ms}), std::invalid_argument);
  CHECK_THROWS_AS(CurlHttpClient({.longest_idle = 0s}), std::invalid_argument);
}
