// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/handshake.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <tuple>
#include <vector>

using namespace tidings;
using namespace tidings::protocol;

namespace {

RequestSnapshot good_request() {
  RequestSnapshot request;
  request.method = "GET";
  request.target = "/chat";
  request.headers = {{"host", "server.example.com"},
                     {"upgrade", "websocket"},
                     {"connection", "Upgrade"},
                     {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
                     {"sec-websocket-protocol", "chat, superchat"},
                     {"sec-websocket-version", "13"}};
  return request;
}

void set_header(RequestSnapshot& request, const std::string& name, const std::string& value) {
  std::erase_if(request.headers, [&](const Header& each) { return each.name == name; });
  if (value != "-") request.headers.push_back({name, value});
}

int status_of(const RequestSnapshot& request) {
  WsOffer offer;
  const int status = read_ws_offer(request, offer).status;
  return status == 0 ? 101 : status;
}

}  // namespace

TEST_CASE("RFC 6455 1.3: the handshake of the standard is accepted", "[protocol][ws]") {
  WsOffer offer;
  REQUIRE(read_ws_offer(good_request(), offer).status == 0);
  CHECK(offer.subprotocols == std::vector<std::string>{"chat", "superchat"});
  std::string out;
  CHECK_FALSE(encode_ws_accept(out, offer, "chat"));
  CHECK(out ==
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
}

TEST_CASE("RFC 6455 4.2.1: what a handshake must have, and how its want is answered", "[protocol][ws]") {
  const auto [name, value, status] = GENERATE(table<std::string, std::string, int>({
      {"upgrade", "WebSocket", 101},
      {"upgrade", "h2c, websocket", 101},
      {"upgrade", "-", 426},
      {"upgrade", "h2c", 426},
      {"upgrade", "websockets", 426},
      {"connection", "keep-alive, Upgrade", 101},
      {"connection", "upgrade", 101},
      {"connection", "-", 400},
      {"connection", "keep-alive", 400},
      {"sec-websocket-version", " 13 ", 101},
      {"sec-websocket-version", "-", 426},
      {"sec-websocket-version", "8", 426},
      {"sec-websocket-version", "13, 8", 426},
      {"sec-websocket-key", "-", 400},
      {"sec-websocket-key", "", 400},
      {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ", 400},
      {"sec-websocket-key", "dGhlIHNhbXBsZSBub25j", 400},
      {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", 400},
      {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZR==", 400},
      {"sec-websocket-protocol", "-", 101},
      {"sec-websocket-protocol", "a b", 400},
      {"sec-websocket-protocol", "chat,,superchat", 400},
      {"sec-websocket-protocol", "chat, chat", 400},
      {"sec-websocket-extensions", "permessage-deflate; client_max_window_bits", 101},
  }));
  INFO(name << ": " << value);
  RequestSnapshot request = good_request();
  set_header(request, name, value);
  CHECK(status_of(request) == status);
}

TEST_CASE("RFC 6455 11.3: what may come in several fields is one list, and what may not is refused", "[protocol][ws]") {
  RequestSnapshot request = good_request();
  set_header(request, "connection", "keep-alive");
  request.headers.push_back({"Connection", "upgrade"});
  set_header(request, "upgrade", "h2c");
  request.headers.push_back({"Upgrade", "websocket"});
  request.headers.push_back({"Sec-WebSocket-Protocol", "third"});
  WsOffer offer;
  CHECK(wants_websocket(request));
  CHECK(read_ws_offer(request, offer).status == 0);
  CHECK(offer.subprotocols == std::vector<std::string>{"chat", "superchat", "third"});
  SECTION("a key") { request.headers.push_back({"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}); }
  SECTION("a version") { request.headers.push_back({"Sec-WebSocket-Version", "13"}); }
  SECTION("a subprotocol again") { request.headers.push_back({"Sec-WebSocket-Protocol", "chat"}); }
  CHECK(read_ws_offer(request, offer).status >= 400);
}

TEST_CASE("RFC 6455 4.1, 4.4: only a GET of HTTP/1.1 shakes hands, and a wrong version hears the right one",
          "[protocol][ws]") {
  RequestSnapshot request = good_request();
  request.method = "POST";
  CHECK(status_of(request) == 405);
  request = good_request();
  request.version = 10;
  CHECK(status_of(request) == 400);
  request = good_request();
  set_header(request, "sec-websocket-version", "25");
  WsOffer offer;
  const std::vector<Header> headers = read_ws_offer(request, offer).headers;
  CHECK(headers.back().name == "Sec-WebSocket-Version");
  CHECK(headers.back().value == "13");
}

TEST_CASE("a token offered as a subprotocol stands for the header that a browser cannot send", "[protocol][ws]") {
  const auto authorization_of = [](const std::string& offered, const std::string& said = "") {
    RequestSnapshot request = good_request();
    set_header(request, "sec-websocket-protocol", offered);
    if (!said.empty()) set_header(request, "authorization", said);
    read_bearer_subprotocol(request);
    return std::string(request.header("authorization").value_or(""));
  };
  CHECK(authorization_of("tidings.v1, bearer.abc.d-e_f") == "Bearer abc.d-e_f");
  CHECK(authorization_of("bearer.x,tidings.v1") == "Bearer x");
  CHECK(authorization_of("tidings.v1, bearer.x", "Basic y") == "Basic y");
  CHECK(authorization_of("tidings.v1").empty());
  // As a proxy may send it: one field for each.
  RequestSnapshot apart = good_request();
  set_header(apart, "sec-websocket-protocol", "tidings.v1");
  apart.headers.push_back({"Sec-WebSocket-Protocol", "bearer.z"});
  read_bearer_subprotocol(apart);
  CHECK(apart.header("authorization") == "Bearer z");
}

TEST_CASE("the server's order decides on the subprotocol", "[protocol][ws]") {
  const WsOffer offer{"", {"chat", "superchat"}};
  CHECK(choose_subprotocol(offer, std::vector<std::string>{"superchat", "chat"}) == "superchat");
  CHECK(choose_subprotocol(offer, std::vector<std::string>{"other", "chat"}) == "chat");
  CHECK(choose_subprotocol(offer, std::vector<std::string>{"other", "Chat"}).empty());
  CHECK(choose_subprotocol(offer, {}).empty());
}

TEST_CASE("an answer cannot smuggle a header in", "[protocol][ws]") {
  std::string out;
  CHECK(encode_ws_accept(out, {}, "chat\r\nX: y") == errc::invalid_header_value);
  CHECK(encode_ws_accept(out, {}, "", std::vector<Header>{{"Set-Cookie", "a\r\nX: y"}}) == errc::invalid_header_value);
  CHECK(out.empty());
}
