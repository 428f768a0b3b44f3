// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/base64.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <optional>
#include <random>
#include <string>
#include <tuple>

using namespace tidings::protocol;

TEST_CASE("base64 has the vectors of RFC 4648 10", "[protocol][base64]") {
  auto [bytes, text] = GENERATE(table<std::string, std::string>({
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xFB\xFF\xFE", "+//+"},
  }));
  CHECK(encode_base64(bytes) == text);
  CHECK(decode_base64(text) == bytes);
  std::string out = "x";
  append_base64(out, bytes);
  CHECK(out == "x" + text);
}

TEST_CASE("base64url has its own two characters and no padding", "[protocol][base64]") {
  auto [bytes, text] = GENERATE(table<std::string, std::string>({
      {"", ""},
      {"f", "Zg"},
      {"fo", "Zm8"},
      {"foo", "Zm9v"},
      {"\xFB\xFF\xFE", "-__-"},
  }));
  CHECK(encode_base64url(bytes) == text);
  CHECK(decode_base64url(text) == bytes);
}

TEST_CASE("only what the encoder writes can be decoded", "[protocol][base64]") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Zm8", "Zm9vZ", "=", "==", "====", "Zm=v", "Zg==Zg==", "Zm9\n",
                           "Zm9v\n", " Zm9v", "-__-", "Zh==", "Zm9=", "Zm9v====", "\xC3\xA9mm"}) {
    CAPTURE(text);
    CHECK(decode_base64(text) == std::nullopt);
  }
  for (const char* text : {"Z", "Zg==", "Zm8=", "Zm9vZ", "+//+", "Zh", "Zm9", "Zm9v\n", " Zm9v", "Zg Z"}) {
    CAPTURE(text);
    CHECK(decode_base64url(text) == std::nullopt);
  }
}

TEST_CASE("random bytes come back", "[protocol][base64]") {
  std::minstd_rand random(5);
  for (int round = 0; round < 500; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 256);
    CHECK(decode_base64(encode_base64(bytes)) == bytes);
    CHECK(decode_base64url(encode_base64url(bytes)) == bytes);
  }
}
