// SPDX-License-Identifier: BSL-1.0

#include <tidings/deflate.hpp>
#include <tidings/error.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <malloc.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

using namespace tidings;

namespace {

constexpr const char* chromium = "permessage-deflate; client_max_window_bits";

}  // namespace

TEST_CASE("options out of their range are refused", "[vocabulary][deflate]") {
  CHECK_THROWS_AS(make_deflate({.level = 0}), std::invalid_argument);
  CHECK_THROWS_AS(make_deflate({.level = 10}), std::invalid_argument);
  CHECK_THROWS_AS(make_deflate({.memory_level = 0}), std::invalid_argument);
  CHECK_THROWS_AS(make_deflate({.memory_level = 10}), std::invalid_argument);
  // zlib's deflate cannot do 8.
  CHECK_THROWS_AS(make_deflate({.send_window_bits = 8}), std::invalid_argument);
  CHECK_THROWS_AS(make_deflate({.send_window_bits = 16}), std::invalid_argument);
  CHECK_THROWS_AS(make_deflate({.receive_window_bits = 8}), std::invalid_argument);
  CHECK_THROWS_AS(make_deflate({.receive_window_bits = 16}), std::invalid_argument);
  CHECK_NOTHROW(make_deflate({.level = 9, .memory_level = 9, .send_window_bits = 9, .receive_window_bits = 9}));
}

TEST_CASE("sessions that remember nothing share one codec, others have their own", "[vocabulary][deflate]") {
  const auto deflate = make_deflate();
  std::string answer;
  const auto one = deflate->accept(chromium, "", answer);
  CHECK(answer == "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  CHECK(deflate->accept(chromium, "", answer) == one);
  CHECK(deflate->accept("permessage-deflate; server_max_window_bits=9", "", answer) != one);
  const auto keeping = make_deflate({.send_takeover = true, .receive_takeover = true});
  const auto own = keeping->accept(chromium, "", answer);
  CHECK(answer == "permessage-deflate");
  CHECK(keeping->accept(chromium, "", answer) != own);
}

TEST_CASE("without an offer, or with a browser that fails at it, nothing is agreed on", "[vocabulary][deflate]") {
  const auto deflate = make_deflate();
  std::string answer;
  CHECK(deflate->accept("", "", answer) == nullptr);
  CHECK(deflate->accept("permessage-deflate; foo", "", answer) == nullptr);
  CHECK(deflate->accept(chromium, "Mozilla/5.0 (Macintosh) Version/15.1 Safari/605.1.15", answer) == nullptr);
  CHECK(deflate->accept(chromium, "Mozilla/5.0 (Macintosh) Version/15.6 Safari/605.1.15", answer) != nullptr);
}

TEST_CASE("a client takes what it offered, or nothing, or the handshake fails", "[vocabulary][deflate]") {
  const auto client = make_deflate();
  std::error_code ec = errc::timeout;
  CHECK(client->agree("", ec) == nullptr);
  CHECK_FALSE(ec);
  std::string answer;
  const auto server = make_deflate()->accept(client->offer(), "", answer);
  const auto agreed = client->agree(answer, ec);
  CHECK_FALSE(ec);
  REQUIRE((server && agreed));
  const std::string message(3000, 'x');
  std::string deflated;
  std::string inflated;
  CHECK(server->deflate(message, deflated));
  CHECK(agreed->inflate(deflated, message.size(), inflated) == errc{});
  CHECK(inflated == message);
  CHECK(client->agree("permessage-deflate", ec) == nullptr);
  CHECK(ec == errc::handshake_failed);
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("the memory of a session is what its options say", "[vocabulary][deflate]") {
  const auto [send, receive, memory] =
      GENERATE(table<int, int, int>({{15, 15, 8}, {12, 12, 5}, {9, 9, 1}, {15, 9, 9}}));
  const DeflateOptions options{.memory_level = memory,
                               .send_window_bits = send,
                               .receive_window_bits = receive,
                               .send_takeover = true,
                               .receive_takeover = true};
  const auto deflate = make_deflate(options);
  constexpr std::size_t sessions = 50;
  std::vector<WsCompression::Codec> all;
  all.reserve(sessions);
  const struct mallinfo2 before = ::mallinfo2();
  for (std::size_t i = 0; i < sessions; ++i) {
    std::string answer;
    all.push_back(deflate->accept(chromium, "", answer));
    // zlib takes an expander's window when it is first needed.
    std::string message;
    std::string out;
    REQUIRE(all.back()->deflate(std::string(5000, 'x'), message));
    REQUIRE(all.back()->inflate(message, 5000, out) == errc{});
  }
  const struct mallinfo2 after = ::mallinfo2();
  const double used = static_cast<double>(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / sessions;
  const auto said = static_cast<double>(options.send_bytes() + options.receive_bytes());
  CAPTURE(send, receive, memory, used, said);
  CHECK(used <= said * 1.1);
  CHECK(used >= said * 0.85);
}
#endif

TEST_CASE("without takeover a session has no memory of its own", "[vocabulary][deflate]") {
  CHECK(DeflateOptions{}.send_bytes() == 0);
  CHECK(DeflateOptions{}.receive_bytes() == 0);
  CHECK(DeflateOptions{.send_window_bits = 9, .send_takeover = true}.send_bytes() < 150 * 1024);
}
