// SPDX-License-Identifier: BSL-1.0
//
// How connections end, and whether the client comes back.

#include <tidings/ws_client.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "clients/client_fixture.hpp"
#include "clients/scripted_server.hpp"
#include "clients/told.hpp"

#include <string>
#include <tuple>
#include <vector>

using namespace tidings;
using fixture::ScriptedServer;
using fixture::Told;
using namespace std::chrono_literals;

namespace {

enum class Comes { back, later, stops };

}  // namespace

// docs/guides/wire.md, "The end"; every range.
TEST_CASE("every close code of a server is honoured", "[clients][ws_client][reconnect]") {
  struct Row {
    int code;
    Comes comes;
  };
  const std::vector<Row> rows{{1000, Comes::stops}, {1001, Comes::back},  {1002, Comes::stops}, {1003, Comes::stops},
                              {1007, Comes::stops}, {1008, Comes::later}, {1009, Comes::stops}, {1010, Comes::back},
                              {1011, Comes::later}, {1012, Comes::later}, {1013, Comes::later}, {1014, Comes::back},
                              {3000, Comes::back},  {3456, Comes::back},  {3999, Comes::back},  {4000, Comes::stops},
                              {4400, Comes::stops}, {4401, Comes::back},  {4402, Comes::stops}, {4499, Comes::stops},
                              {4500, Comes::back},  {4503, Comes::later}, {4999, Comes::back}};
  for (const Row& row : rows) {
    INFO("code " << row.code);
    ScriptedServer server([&row](WsSession& session, std::size_t nth) {
      session.send(PayloadKind::text, ScriptedServer::hello);
      if (nth == 0) session.close(static_cast<CloseCode>(row.code), "why");
    });
    Told told;
    ClientOptions options = fixture::quick();
    options.later = 40ms;
    fixture::Runner runner;
    WsClient client(runner.executor(), server.url(), told.options(std::move(options)));
    client.connect();
    const ClientStatus end = told.next(ClientState::waiting, ClientState::stopped);
    CHECK(end.close_code == static_cast<CloseCode>(row.code));
    CHECK(end.reason == "why");
    CHECK(server.closed.expect().clean);
    if (row.comes == Comes::stops) {
      CHECK(end.state == ClientState::stopped);
      CHECK_FALSE(told.states.take(60ms));
      // The application may want it all the same.
      client.async_connect(net::use_future).get();
      CHECK(client.state() == ClientState::open);
      continue;
    }
    CHECK(end.state == ClientState::waiting);
    CHECK((end.retry_in >= 40ms) == (row.comes == Comes::later));
    CHECK(told.next(ClientState::open).session == "02ab");
  }
}

TEST_CASE("a server that says when to come back is taken at its word", "[clients][ws_client][reconnect]") {
  const auto code = GENERATE(CloseCode::service_restart, CloseCode::try_again_later, CloseCode::disconnected);
  ScriptedServer server([code](WsSession& session, std::size_t nth) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    if (nth > 0) return;
    session.send(PayloadKind::text, R"({"bye":{"code":"draining","retry_ms":300}})");
    session.close(code);
  });
  Told told;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), told.options());
  client.connect();
  const ClientStatus end = told.next(ClientState::waiting);
  const auto began = support::Clock::now();
  CHECK(end.reason == "draining");
  CHECK(end.retry_in >= 300ms);
  CHECK(end.retry_in <= 330ms);
  told.next(ClientState::open);
  CHECK(support::Clock::now() - began >= 295ms);
}

TEST_CASE("a connection that breaks is come back to at once", "[clients][ws_client][reconnect]") {
  ScriptedServer server([](WsSession& session, std::size_t nth) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    if (nth == 0) session.kill();
  });
  Told told;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), told.options());
  client.connect();
  const ClientStatus end = told.next(ClientState::waiting);
  CHECK(end.error);
  CHECK(end.close_code == CloseCode::no_status);
  CHECK(end.retry_in < 3ms);
  told.next(ClientState::open);
}

TEST_CASE("the status of a refused handshake is honoured", "[clients][ws_client][reconnect]") {
  struct Row {
    int status;
    std::vector<Header> headers;
    ClientState state;
    std::chrono::milliseconds least;
  };
  const std::vector<Row> rows{
      {400, {}, ClientState::stopped, 0ms},
      {401, {}, ClientState::stopped, 0ms},
      {403, {}, ClientState::stopped, 0ms},
      {404, {}, ClientState::waiting, 40ms},
      {429, {{"Retry-After", "17"}}, ClientState::waiting, 17'000ms},
      {500, {}, ClientState::waiting, 40ms},
      {503, {{"Tidings-Poll-After", "16420"}, {"Retry-After", "17"}}, ClientState::waiting, 16'420ms},
      {503, {}, ClientState::waiting, 40ms}};
  for (const Row& row : rows) {
    INFO("status " << row.status);
    ScriptedServer server([](WsSession&, std::size_t) {});
    server.status = row.status;
    server.headers = row.headers;
    Told told;
    ClientOptions options = fixture::quick();
    options.later = 40ms;
    fixture::Runner runner;
    WsClient client(runner.executor(), server.url(), told.options(std::move(options)));
    support::Mailbox<std::error_code> outcome;
    client.async_connect([&](net_error_code ec) { outcome.put(ec); });
    CHECK(outcome.expect());
    const ClientStatus end = told.next(ClientState::waiting, ClientState::stopped);
    CHECK(end.state == row.state);
    CHECK(end.http_status == row.status);
    CHECK(end.retry_in >= row.least);
    CHECK(end.retry_in <= row.least + row.least / 10 + 3ms);
  }
}

TEST_CASE("a client that shall not come back does not", "[clients][ws_client][reconnect]") {
  ScriptedServer server([](WsSession& session, std::size_t) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    session.close(CloseCode::going_away);
  });
  Told told;
  ClientOptions options = fixture::quick();
  options.reconnect = false;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), told.options(std::move(options)));
  client.connect();
  CHECK(told.next(ClientState::waiting, ClientState::stopped).state == ClientState::stopped);
}

TEST_CASE("credentials are asked for before each connection, and anew when they are refused", "[clients][ws_client]") {
  fixture::Pushed server;
  Told told;
  std::vector<bool> asked;
  std::mutex mutex;
  ClientOptions options = fixture::quick();
  options.token = [&](bool refused, Completion<std::string> done) {
    const std::lock_guard lock(mutex);
    asked.push_back(refused);
    // From another thread, as a request for a token would.
    std::thread([refused, done = std::move(done)]() mutable { done({}, refused ? "bob" : "nobody"); }).detach();
  };
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), told.options(std::move(options)));
  client.connect();
  CHECK(told.next(ClientState::open, ClientState::stopped).state == ClientState::open);
  const std::lock_guard lock(mutex);
  CHECK(asked == std::vector<bool>{false, true});
}

TEST_CASE("credentials that are refused twice stop it", "[clients][ws_client]") {
  fixture::Pushed server;
  Told told;
  ClientOptions options = fixture::quick();
  support::Mailbox<bool> asked;
  options.token = [&](bool refused, Completion<std::string> done) {
    asked.put(refused);
    done({}, "nobody");
  };
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), told.options(std::move(options)));
  client.connect();
  const ClientStatus end = told.next(ClientState::open, ClientState::stopped);
  CHECK(end.state == ClientState::stopped);
  CHECK(end.http_status == 401);
  CHECK(end.error == errc::unauthorized);
  CHECK_FALSE(asked.expect());
  CHECK(asked.expect());
  // Whoever begins anew still has refused ones.
  client.connect();
  CHECK(asked.expect());
}

TEST_CASE("a server that asks for new credentials gets them", "[clients][ws_client]") {
  ScriptedServer server([](WsSession& session, std::size_t) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    session.send(PayloadKind::text, R"({"renew":{"in_ms":30000}})");
  });
  std::atomic<int> count{0};
  ClientOptions options = fixture::quick();
  options.token = [&](bool, Completion<std::string> done) { done({}, "token-" + std::to_string(++count)); };
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.connect();
  CHECK(server.requests.expect().header("authorization") == "Bearer token-1");
  CHECK(server.came.expect().data == R"({"ref":"1","renew":"token-2"})");
}

TEST_CASE("a token function that never answers ends the attempt within its deadline", "[clients][ws_client]") {
  fixture::Pushed server;
  Told told;
  std::vector<Completion<std::string>> kept;
  ClientOptions options = fixture::quick();
  options.token_timeout = 100ms;
  options.token = [&](bool, Completion<std::string> done) { kept.push_back(std::move(done)); };
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), told.options(std::move(options)));
  client.connect();
  CHECK(told.next(ClientState::waiting).error == errc::timeout);
  client.close();
  told.next(ClientState::closed);
}

TEST_CASE("a close says its code and reason, and ends it for good", "[clients][ws_client]") {
  ScriptedServer server(
      [](WsSession& session, std::size_t) { session.send(PayloadKind::text, ScriptedServer::hello); });
  Told told;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), told.options());
  client.async_connect(net::use_future).get();
  auto receiving = client.async_receive(net::use_future);
  client.close(CloseCode{4001}, "enough");
  const CloseInfo info = server.closed.expect();
  CHECK(info.code == CloseCode{4001});
  CHECK(info.reason == "enough");
  CHECK(info.who == CloseInfo::Who::peer);
  CHECK(info.clean);
  told.next(ClientState::closed);
  CHECK_THROWS_AS(receiving.get(), net_system_error);
  CHECK_THROWS_AS(client.async_connect(net::use_future).get(), net_system_error);
}

TEST_CASE("a close ends within its timeout, whatever the server does", "[clients][ws_client]") {
  ScriptedServer server([](WsSession& session, std::size_t) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    session.pause_reading();
  });
  Told told;
  ClientOptions options = fixture::quick();
  options.close_timeout = 200ms;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), told.options(std::move(options)));
  client.async_connect(net::use_future).get();
  const auto began = support::Clock::now();
  client.close();
  told.next(ClientState::closed);
  CHECK(support::Clock::now() - began >= 150ms);
  CHECK(support::Clock::now() - began < 200ms + 5s);
}

TEST_CASE("what nobody understands ends the connection with 1002", "[clients][ws_client]") {
  const auto [bytes, code] = GENERATE(table<std::string, CloseCode>({
      {"no json", CloseCode::protocol_error},
      {R"({"at":"short","data":""})", CloseCode::protocol_error},
  }));
  ScriptedServer server([&text = bytes](WsSession& session, std::size_t nth) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    if (nth == 0) session.send(PayloadKind::text, text);
  });
  Told told;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), told.options());
  client.connect();
  CHECK(server.closed.expect().code == code);
  told.next(ClientState::waiting);
  told.next(ClientState::open);
}
