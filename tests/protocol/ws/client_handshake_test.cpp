// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/client_handshake.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>

using namespace tidings;
using namespace tidings::protocol;

namespace {

// RFC 6455 1.3: its key is the base64 of this.
constexpr std::string_view sample_nonce = "the sample nonce";
constexpr std::string_view good_answer =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";

WsClientHandshake asking(std::size_t max_header_bytes = 1024) {
  return WsClientHandshake({.target = "/chat",
                            .host = "a.example",
                            .nonce = std::string(sample_nonce),
                            .subprotocols = {"chat", "superchat"}},
                           max_header_bytes);
}

// The status, the error and what is left, of the answer in pieces.
std::string answered(std::string_view answer, std::size_t piece, std::size_t max_header_bytes = 1024) {
  WsClientHandshake handshake = asking(max_header_bytes);
  for (std::size_t at = 0; at < answer.size();) {
    std::size_t consumed = 0;
    const auto status = handshake.feed(answer.substr(at, piece), consumed);
    at += consumed;
    if (status == WsClientHandshake::Status::accepted) {
      return handshake.subprotocol() + ", left " + std::string(answer.substr(at));
    }
    if (status == WsClientHandshake::Status::refused) {
      return to_string(static_cast<errc>(handshake.error().value())) + std::string(" ") +
             std::to_string(handshake.http_status());
    }
    if (consumed != std::min(piece, answer.size() - (at - consumed))) return "not all taken";
  }
  return "more";
}

std::string replaced(std::string_view from, std::string_view to) {
  std::string answer(good_answer);
  return answer.replace(answer.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("RFC 6455 1.3: a client asks as the standard shows", "[protocol][ws]") {
  std::string out = "x";
  CHECK_FALSE(asking().encode(out));
  CHECK(out ==
        "xGET /chat HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: chat, superchat\r\n\r\n");
}

TEST_CASE("nothing can be smuggled into a handshake", "[protocol][ws]") {
  std::string out;
  CHECK(WsClientHandshake({.target = "/ HTTP/1.1\r\nX: y"}).encode(out) == errc::invalid_header_value);
  CHECK(WsClientHandshake({.target = "chat"}).encode(out) == errc::invalid_header_value);
  CHECK(WsClientHandshake({.host = "a\r\nX: y"}).encode(out) == errc::invalid_header_value);
  CHECK(WsClientHandshake({.subprotocols = {"a, b"}}).encode(out) == errc::invalid_header_value);
  CHECK(WsClientHandshake({.headers = {{"X", "a\nb"}}}).encode(out) == errc::invalid_header_value);
  CHECK(out.empty());
}

TEST_CASE("RFC 6455 4.1: which answers a client takes, in pieces of any size", "[protocol][ws]") {
  const std::string failed = "handshake_failed 101";
  const auto [answer, expected] = GENERATE_COPY(table<std::string, std::string>({
      {std::string(good_answer) + "\x81\x01x", "chat, left \x81\x01x"},
      {replaced("websocket", "WebSocket"), "chat, left "},
      {replaced("Connection: Upgrade", "connection:keep-alive , upgrade"), "chat, left "},
      {replaced("Sec-WebSocket-Protocol: chat\r\n", ""), ", left "},
      {replaced(" Switching Protocols", ""), "chat, left "},
      {replaced("101", "200"), "handshake_failed 200"},
      {replaced("101", "503"), "handshake_failed 503"},
      {replaced("101", "1010"), "handshake_failed 0"},
      {replaced("HTTP/1.1", "HTTP/1.0"), failed},
      {"HTTP/1.0 503 x\r\n\r\n", "handshake_failed 503"},
      {replaced("HTTP/1.1", "HTTP/1.x"), "handshake_failed 0"},
      {"HTTP/1.1 103 x\r\nLink: y\r\n\r\n" + std::string(good_answer), "chat, left "},
      {"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 102 x\r\n\r\n" + std::string(good_answer), "chat, left "},
      {"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 503 x\r\n\r\n", "handshake_failed 503"},
      // Nothing of an interim answer counts.
      {"HTTP/1.1 103 x\r\nUpgrade: websocket\r\n\r\n" + replaced("Upgrade: websocket\r\n", ""), failed},
      {replaced("Upgrade: websocket\r\n", ""), failed},
      {replaced("websocket", "h2c"), failed},
      {replaced("Connection: Upgrade", "Connection: close"), failed},
      {replaced("s3pP", "S3pP"), failed},
      {replaced("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", ""), failed},
      {replaced("chat", "other"), failed},
      {replaced("chat", "chat, superchat"), failed},
      {replaced("Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Extensions: permessage-deflate"), failed},
      {replaced("Connection:", "Connection :"), failed},
      {replaced("Connection:", " Connection:"), failed},
      {replaced("Connection: Upgrade", "Connection"), failed},
      {std::string(good_answer.substr(0, good_answer.size() - 1)), "more"},
      {"\r\n\r\n", "handshake_failed 0"},
      {"SSH-2.0-OpenSSH\r\n\r\n", "handshake_failed 0"},
  }));
  INFO(answer);
  for (std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{7}, answer.size()}) {
    if (expected.ends_with("x") && piece != answer.size()) continue;
    CHECK(answered(answer, piece) == expected);
  }
}

TEST_CASE("an answer's head is bounded", "[protocol][ws]") {
  CHECK(answered(good_answer, 1, good_answer.size() - 4) == "chat, left ");
  CHECK(answered(good_answer, good_answer.size(), good_answer.size() - 4) == "chat, left ");
  for (std::size_t piece : {std::size_t{1}, std::size_t{100}, good_answer.size()}) {
    CHECK(answered(good_answer, piece, good_answer.size() - 5) == "header_too_large 0");
    CHECK(answered(std::string(100'000, 'x'), piece, 1000) == "header_too_large 0");
    // Interim answers share it.
    std::string interim;
    for (int i = 0; i < 100; ++i) interim += "HTTP/1.1 100 x\r\n\r\n";
    CHECK(answered(interim, piece, 1000) == "header_too_large 0");
  }
}

TEST_CASE("RFC 6455 4.1: an extension may be agreed on if one was offered", "[protocol][ws]") {
  const std::string answer = replaced("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  CHECK(answered(answer, answer.size()) == "handshake_failed 101");
  WsClientHandshake offering({.nonce = std::string(sample_nonce),
                              .subprotocols = {"chat"},
                              .extensions = "permessage-deflate; client_max_window_bits"});
  std::string request;
  CHECK_FALSE(offering.encode(request));
  CHECK(request.find("\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n") !=
        std::string::npos);
  std::size_t consumed = 0;
  CHECK(offering.feed(answer, consumed) == WsClientHandshake::Status::accepted);
  CHECK(offering.extensions() == "permessage-deflate");
  // Or none.
  WsClientHandshake declined({.nonce = std::string(sample_nonce), .subprotocols = {"chat"}, .extensions = "x"});
  CHECK(declined.feed(good_answer, consumed) == WsClientHandshake::Status::accepted);
  CHECK(declined.extensions().empty());
}
