// SPDX-License-Identifier: BSL-1.0
//
// RFC 6455 4: the handshake, of a server and of a client.

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "conformance/ws/rule.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

using namespace conformance;
using support::RawClient;

namespace {

const std::string sample_key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
// RFC 6455 1.3.
const std::string sample_accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const std::string host = "Host: h\r\n";
const std::string upgrade = "Upgrade: websocket\r\n";
const std::string connection_line = "Connection: Upgrade\r\n";
const std::string version = "Sec-WebSocket-Version: 13\r\n";

// ---- the library as a server ----

struct RequestRow {
  const char* rule;
  std::string headers;
  /// Stands in the answer.
  std::string answer;
  std::string method = "GET";
  std::string http = "HTTP/1.1";
};

std::vector<RequestRow> good_requests() {
  const std::string all = host + upgrade + connection_line + version + sample_key;
  return {
      {"4.2.2 the key of the standard", all, sample_accept},
      {"4.2.2 another key",
       host + upgrade + connection_line + version + "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n",
       "Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n"},
      {"4.2.1 names in small letters",
       "host: h\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
       "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
       sample_accept},
      {"4.2.1 names in capitals",
       "HOST: h\r\nUPGRADE: WEBSOCKET\r\nCONNECTION: UPGRADE\r\nSEC-WEBSOCKET-VERSION: 13\r\n"
       "SEC-WEBSOCKET-KEY: dGhlIHNhbXBsZSBub25jZQ==\r\n",
       sample_accept},
      {"4.2.1 another order", sample_key + version + connection_line + upgrade + host, sample_accept},
      {"4.2.1 Connection is a list", host + upgrade + "Connection: keep-alive, Upgrade\r\n" + version + sample_key,
       sample_accept},
      {"4.2.1 Connection in two lines",
       host + upgrade + "Connection: keep-alive\r\nConnection: upgrade\r\n" + version + sample_key, sample_accept},
      {"4.2.1 Upgrade is a list", host + "Upgrade: h2c, WebSocket\r\n" + connection_line + version + sample_key,
       sample_accept},
      {"4.2.1 blanks around values",
       "Host:h\r\nUpgrade:\twebsocket \r\nConnection:  Upgrade\r\nSec-WebSocket-Version:13\t\r\n"
       "Sec-WebSocket-Key:dGhlIHNhbXBsZSBub25jZQ==  \r\n",
       sample_accept},
      {"4.2.1 other headers", all + "User-Agent: x\r\nCookie: a=b\r\nX-Empty:\r\n", sample_accept},
      {"4.2.2 the first of ours that is offered", all + "Sec-WebSocket-Protocol: other, second, first\r\n",
       "Sec-WebSocket-Protocol: first\r\n"},
      {"4.2.2 offered in two lines", all + "Sec-WebSocket-Protocol: other\r\nSec-WebSocket-Protocol: second\r\n",
       "Sec-WebSocket-Protocol: second\r\n"},
  };
}

// What must not stand in the answer.
std::vector<RequestRow> requests_for_too_much() {
  const std::string all = host + upgrade + connection_line + version + sample_key;
  return {
      {"4.2.2 no subprotocol of ours", all + "Sec-WebSocket-Protocol: other, FIRST\r\n", "Sec-WebSocket-Protocol"},
      {"4.2.2 no subprotocol asked for", all, "Sec-WebSocket-Protocol"},
      {"9.1 extensions are not agreed on",
       all + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n", "Sec-WebSocket-Extensions"},
  };
}

std::vector<RequestRow> bad_requests() {
  const auto with_key = [](const std::string& key) {
    return host + upgrade + connection_line + version + "Sec-WebSocket-Key: " + key + "\r\n";
  };
  const auto with_version = [](const std::string& number) {
    return host + upgrade + connection_line + "Sec-WebSocket-Version: " + number + "\r\n" + sample_key;
  };
  const std::string all = host + upgrade + connection_line + version + sample_key;
  const std::string right_version = "\r\nSec-WebSocket-Version: 13\r\n";
  return {
      {"4.2.1 1 POST", all + "Content-Length: 0\r\n", " 405 ", "POST"},
      {"4.2.1 1 HEAD", all, " 405 ", "HEAD"},
      {"4.2.1 1 HTTP/1.0", all, " 400 ", "GET", "HTTP/1.0"},
      {"4.2.1 2 no Host", upgrade + connection_line + version + sample_key, " 400 "},
      {"4.2.1 3 no Upgrade", host + connection_line + version + sample_key, " 426 "},
      {"4.2.1 3 another Upgrade", host + "Upgrade: h2c\r\n" + connection_line + version + sample_key, " 426 "},
      {"4.2.1 3 nearly websocket", host + "Upgrade: websockets\r\n" + connection_line + version + sample_key, " 426 "},
      {"4.2.1 4 no Connection", host + upgrade + version + sample_key, " 400 "},
      {"4.2.1 4 another Connection", host + upgrade + "Connection: keep-alive\r\n" + version + sample_key, " 400 "},
      {"4.2.1 5 no key", host + upgrade + connection_line + version, " 400 "},
      {"4.2.1 5 empty key", with_key(""), " 400 "},
      {"4.2.1 5 key of 15 bytes", with_key("dGhlIHNhbXBsZSBub25j"), " 400 "},
      {"4.2.1 5 key of 17 bytes", with_key("dGhlIHNhbXBsZSBub25jZTI="), " 400 "},
      {"4.2.1 5 key that is no base64", with_key("dGhlIHNhbXBsZSBub25jZ*=="), " 400 "},
      {"4.2.1 5 key without its padding", with_key("dGhlIHNhbXBsZSBub25jZQ"), " 400 "},
      {"11.3.1 two keys", all + sample_key, " 400 "},
      {"4.2.1 6 no version", host + upgrade + connection_line + sample_key, right_version},
      {"4.4 version 8", with_version("8"), right_version},
      {"4.4 version 0", with_version("0"), right_version},
      {"4.4 version 14", with_version("14"), right_version},
      {"4.4 version 013", with_version("013"), right_version},
      {"4.4 version 1 3", with_version("1 3"), right_version},
      {"4.4 a list of versions", with_version("13, 8"), right_version},
      {"4.1 10 a subprotocol that is no token", all + "Sec-WebSocket-Protocol: a b\r\n", " 400 "},
      {"4.1 10 a subprotocol twice", all + "Sec-WebSocket-Protocol: first, first\r\n", " 400 "},
  };
}

struct Shaken {
  RawClient raw{server_port()};
  std::shared_ptr<Report> report = std::make_shared<Report>();
  std::string answer{};
};

std::string request_text(const RequestRow& row, const std::string& target) {
  return row.method + " " + target + " " + row.http + "\r\n" + row.headers + "\r\n";
}

// The answer to a request and, if it is good, to a message behind it.
Shaken shake_hands(const RequestRow& row, Delivery delivery, bool good) {
  Shaken shaken;
  const std::string request = request_text(row, new_target({.subprotocols = {"first", "second"}}, shaken.report));
  const std::string message = Peer{true}.text("hello");
  if (delivery == Delivery::bytewise) {
    // All of it: the edges are not what matters here.
    for (const char each : request) send_bytewise(shaken.raw, std::string(1, each));
  } else {
    shaken.raw.send(request + (delivery == Delivery::glued ? message : std::string()));
  }
  shaken.answer = shaken.raw.read_until("\r\n\r\n");
  if (good) {
    if (delivery != Delivery::glued) shaken.raw.send(message);
    CHECK(shaken.raw.read_exactly(7) == "\x81\x05hello");
  }
  return shaken;
}

Delivery any_delivery() { return GENERATE(Delivery::whole, Delivery::bytewise, Delivery::glued); }

// ---- the library as a client ----

struct AnswerRow {
  const char* rule;
  std::string answer;
  std::string subprotocol{};
};

const std::string switching = "HTTP/1.1 101 Switching Protocols\r\n";

std::vector<AnswerRow> good_answers() {
  const std::string all = upgrade + connection_line + sample_accept;
  return {
      {"4.1 as in the standard", switching + all},
      {"4.1 no reason", "HTTP/1.1 101 \r\n" + all},
      {"4.1 another reason", "HTTP/1.1 101 Fine\r\n" + all},
      {"4.1 2 case of Upgrade", switching + "UPGRADE: WebSocket\r\n" + connection_line + sample_accept},
      {"4.1 3 case of Connection", switching + upgrade + "connection: UPGRADE\r\n" + sample_accept},
      {"4.1 3 Connection is a list", switching + upgrade + "Connection: keep-alive, upgrade\r\n" + sample_accept},
      {"4.1 4 blanks around the key",
       switching + upgrade + connection_line + "Sec-WebSocket-Accept:   s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\t \r\n"},
      {"4.1 other headers", switching + all + "Server: x\r\nDate: today\r\nX-Empty:\r\n"},
      {"4.1 6 a subprotocol", switching + all + "Sec-WebSocket-Protocol: second\r\n", "second"},
  };
}

std::vector<AnswerRow> bad_answers() {
  const std::string all = upgrade + connection_line + sample_accept;
  const auto with_accept = [](const std::string& value) {
    return switching + upgrade + connection_line + "Sec-WebSocket-Accept: " + value + "\r\n";
  };
  return {
      {"4.1 1 another status", "HTTP/1.1 200 OK\r\n" + all},
      {"4.1 1 unauthorized", "HTTP/1.1 401 Unauthorized\r\n"},
      {"4.1 1 unavailable", "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\n"},
      {"4.1 HTTP/1.0", "HTTP/1.0 101 Switching Protocols\r\n" + all},
      {"4.1 HTTP/2", "HTTP/2 101 Switching Protocols\r\n" + all},
      {"4.1 a status of two digits", "HTTP/1.1 10 x\r\n" + all},
      {"4.1 a status of four digits", "HTTP/1.1 1011 x\r\n" + all},
      {"4.1 no status line", "hello\r\n" + all},
      {"4.1 2 no Upgrade", switching + connection_line + sample_accept},
      {"4.1 2 another Upgrade", switching + "Upgrade: h2c\r\n" + connection_line + sample_accept},
      {"4.1 3 no Connection", switching + upgrade + sample_accept},
      {"4.1 3 another Connection", switching + upgrade + "Connection: close\r\n" + sample_accept},
      {"4.1 4 no accept", switching + upgrade + connection_line},
      {"4.1 4 empty accept", with_accept("")},
      {"4.1 4 our own key", with_accept("dGhlIHNhbXBsZSBub25jZQ==")},
      {"4.1 4 accept of another key", with_accept("HSmrc0sMlYUkAGmm5OPpG2HaGWk=")},
      {"4.1 4 accept in small letters", with_accept("s3pplmbitxaq9kygzzhzrbk+xoo=")},
      {"4.1 4 accept twice", switching + all + sample_accept},
      {"4.1 5 an extension", switching + all + "Sec-WebSocket-Extensions: permessage-deflate\r\n"},
      {"4.1 6 a subprotocol that was not offered", switching + all + "Sec-WebSocket-Protocol: third\r\n"},
      {"4.1 6 a subprotocol in another case", switching + all + "Sec-WebSocket-Protocol: FIRST\r\n"},
      {"4.1 6 two subprotocols", switching + all + "Sec-WebSocket-Protocol: first, second\r\n"},
      {"RFC 9112 5 no colon", switching + all + "hello\r\n"},
      {"RFC 9112 5.1 blank before the colon", switching + upgrade + "Connection : Upgrade\r\n" + sample_accept},
      {"RFC 9112 5.2 a folded line", switching + all + "X: a\r\n b\r\n"},
  };
}

// Gives the client its answer, and what stands behind it.
Client::Status deliver_answer(Client& client, Delivery delivery, const std::string& answer, const std::string& behind) {
  Client::Status status = Client::Status::need_more;
  if (delivery == Delivery::bytewise) {
    for (std::size_t at = 0; at < answer.size() && status == Client::Status::need_more; ++at) {
      client.raw.send(answer.substr(at, 1));
      status = client.take(1);
    }
    client.raw.send(behind);
    return status;
  }
  client.raw.send(delivery == Delivery::glued ? answer + behind : answer);
  while (status == Client::Status::need_more) status = client.take();
  if (delivery == Delivery::whole) client.raw.send(behind);
  return status;
}

}  // namespace

TEST_CASE("4.2: a server answers a good request", "[ws]") {
  const Delivery delivery = any_delivery();
  for (const RequestRow& row : good_requests()) {
    INFO(row.rule);
    const Shaken shaken = shake_hands(row, delivery, true);
    CHECK(shaken.answer.starts_with("HTTP/1.1 101 "));
    CHECK(shaken.answer.find("\r\nUpgrade: websocket\r\n") != std::string::npos);
    CHECK(shaken.answer.find("\r\nConnection: Upgrade\r\n") != std::string::npos);
    CHECK(shaken.answer.find(row.answer) != std::string::npos);
  }
}

TEST_CASE("4.2: a server agrees to nothing that is not its own", "[ws]") {
  const Delivery delivery = any_delivery();
  for (const RequestRow& row : requests_for_too_much()) {
    INFO(row.rule);
    const Shaken shaken = shake_hands(row, delivery, true);
    CHECK(shaken.answer.starts_with("HTTP/1.1 101 "));
    CHECK(shaken.answer.find(row.answer) == std::string::npos);
  }
}

TEST_CASE("4.2: a server refuses a bad request in HTTP", "[ws]") {
  const Delivery delivery = any_delivery();
  for (const RequestRow& row : bad_requests()) {
    INFO(row.rule);
    const Shaken shaken = shake_hands(row, delivery, false);
    CHECK(shaken.answer.substr(8, 2) == " 4");
    CHECK(shaken.answer.find(row.answer) != std::string::npos);
    CHECK_FALSE(shaken.report->ended());
  }
}

TEST_CASE("4.2: a request may be cut anywhere", "[ws]") {
  const RequestRow row = good_requests().front();
  const std::string message = Peer{true}.text("hello");
  const std::size_t size = request_text(row, "/").size();
  for (std::size_t cut = 1; cut <= size; ++cut) {
    auto report = std::make_shared<Report>();
    const std::string bytes = request_text(row, new_target({}, report)) + message;
    RawClient raw(server_port());
    raw.send(bytes.substr(0, cut - 1));
    send_bytewise(raw, bytes.substr(cut - 1, 1));
    raw.send(bytes.substr(cut));
    CHECK(raw.read_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
    CHECK(raw.read_exactly(7) == "\x81\x05hello");
  }
}

TEST_CASE("4.1: a client's request is what the standard asks for", "[ws]") {
  const Client client({.subprotocols = {"first", "second"}}, "/path?query=1");
  const std::string& request = client.request;
  CHECK(request.starts_with("GET /path?query=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n"));
  for (const std::string& line :
       {upgrade, connection_line, version, sample_key, std::string("Sec-WebSocket-Protocol: first, second\r\n")}) {
    CHECK(request.find("\r\n" + line) != std::string::npos);
  }
  CHECK(request.find("Sec-WebSocket-Extensions") == std::string::npos);
}

TEST_CASE("4.1: a client takes a good answer", "[ws]") {
  const Delivery delivery = any_delivery();
  for (const AnswerRow& row : good_answers()) {
    INFO(row.rule);
    Client client({.subprotocols = {"first", "second"}});
    CHECK(deliver_answer(client, delivery, row.answer + "\r\n", Peer{false}.text("hello")) == Client::Status::accepted);
    CHECK(client.http_status() == 101);
    CHECK(client.subprotocol() == row.subprotocol);
    Connection connection = std::move(client).start();
    CHECK(connection.next() == "text(hello) ");
  }
}

TEST_CASE("4.1: a client fails the connection at a bad answer", "[ws]") {
  const Delivery delivery = any_delivery();
  for (const AnswerRow& row : bad_answers()) {
    INFO(row.rule);
    Client client({.subprotocols = {"first", "second"}});
    CHECK(deliver_answer(client, delivery, row.answer + "\r\n", Peer{false}.text("hello")) == Client::Status::refused);
    CHECK(client.error() == "handshake_failed");
  }
}

TEST_CASE("4.1: a client tells the status of a refusal, and bounds its size", "[ws]") {
  Client refused;
  CHECK(deliver_answer(refused, Delivery::whole, "HTTP/1.1 429 Too Many Requests\r\n\r\n", "") ==
        Client::Status::refused);
  CHECK(refused.http_status() == 429);
  Client flooded;
  CHECK(deliver_answer(flooded, Delivery::whole, switching + "X: " + std::string(20'000, 'x'), "") ==
        Client::Status::refused);
  CHECK(flooded.error() == "header_too_large");
}

TEST_CASE("4.1: an answer may be cut anywhere", "[ws]") {
  const std::string answer = good_answers().front().answer + "\r\n";
  const std::string bytes = answer + Peer{false}.text("hello");
  for (std::size_t cut = 1; cut <= answer.size(); ++cut) {
    Client client;
    client.raw.send(bytes.substr(0, cut));
    Client::Status status = client.take();
    client.raw.send(bytes.substr(cut));
    while (status == Client::Status::need_more) status = client.take();
    CHECK(status == Client::Status::accepted);
    CHECK(std::move(client).start().next() == "text(hello) ");
  }
}
