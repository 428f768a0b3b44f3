// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/deflate_codec.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace tidings;
using namespace tidings::protocol;

namespace {

constexpr std::size_t any_size = 1024 * 1024;

std::string json(int number) {
  std::string text = "[";
  for (int i = 0; text.size() < 2000; ++i)
    text += R"({"id":)" + std::to_string(number * 100 + i) + R"(,"name":"article"},)";
  return text + "0]";
}
std::string inflated(WsMessageCodec& codec, std::string_view message) {
  std::string out;
  return codec.inflate(message, any_size, out) == errc{} ? out : "malformed";
}

}  // namespace

TEST_CASE("sessions without memory use what is the thread's, in any order", "[protocol][ws][deflate]") {
  DeflateCodec one({}, {});
  DeflateCodec other({}, {.send_bits = 10});
  std::vector<std::string> deflated(10);
  for (int i = 0; i < 10; ++i)
    CHECK((i % 2 == 0 ? one : other).deflate(json(i), deflated[static_cast<std::size_t>(i)]));
  for (int i = 9; i >= 0; --i)
    CHECK(inflated(i % 3 == 0 ? one : other, deflated[static_cast<std::size_t>(i)]) == json(i));
  // An error of one is not the other's.
  CHECK(inflated(one, "garbage") == "malformed");
  CHECK(inflated(one, deflated[3]) == json(3));
}

TEST_CASE("a session with memory has it for itself, in the direction that was agreed on", "[protocol][ws][deflate]") {
  DeflateCodec sender({.threshold = 0}, {.send_takeover = true});
  DeflateCodec receiver({}, {.receive_takeover = true});
  DeflateCodec stranger({.threshold = 0}, {.send_takeover = true});
  CHECK(sender.form() == 0);
  CHECK(receiver.form() != 0);
  std::string first;
  std::string second;
  std::string empty;
  CHECK(sender.deflate(json(1), first));
  CHECK(sender.deflate("", empty));
  CHECK(sender.deflate(json(1), second));
  CHECK(second.size() * 4 < first.size());
  CHECK(inflated(receiver, first) == json(1));
  CHECK(inflated(receiver, empty).empty());
  CHECK(inflated(receiver, "").empty());
  CHECK(inflated(receiver, second) == json(1));
  std::string alone;
  CHECK(stranger.deflate(json(1), alone));
  CHECK(alone == first);
}

TEST_CASE("short messages, and those that become no shorter, go as they are", "[protocol][ws][deflate]") {
  std::string out;
  DeflateCodec codec({.threshold = 100}, {});
  CHECK_FALSE(codec.deflate(std::string(99, 'x'), out));
  CHECK(codec.deflate(std::string(100, 'x'), out));
  out.clear();
  DeflateCodec any_length({.threshold = 0}, {});
  CHECK_FALSE(any_length.deflate("abc", out));
  CHECK(out.empty());
  // Whoever remembers sends what it has deflated.
  DeflateCodec kept({.threshold = 0}, {.send_takeover = true});
  CHECK(kept.deflate("abc", out));
  CHECK(out.size() > 3);
}

TEST_CASE("a window of 2^8 is none that we deflate with, and one that we inflate with", "[protocol][ws][deflate]") {
  for (const bool kept : {false, true}) {
    DeflateCodec codec({.threshold = 0},
                       {.send_bits = 8, .receive_bits = 8, .send_takeover = kept, .receive_takeover = kept});
    std::string out;
    CHECK(codec.threshold() > any_size);
    CHECK_FALSE(codec.deflate(json(1), out));
    CHECK(out.empty());
    CHECK(inflated(codec, std::string_view("\xf2\x48\xcd\xc9\xc9\x07\x00", 7)) == "Hello");
  }
}

TEST_CASE("codecs of one form make the same of a message, others need not", "[protocol][ws][deflate]") {
  const auto form = [](const DeflateOptions& options, const DeflateTerms& terms) {
    return DeflateCodec(options, terms).form();
  };
  const std::uint64_t usual = form({}, {});
  CHECK(usual != 0);
  CHECK(form({}, {.receive_bits = 9, .receive_takeover = true}) == usual);
  CHECK(form({}, {.send_bits = 14}) != usual);
  CHECK(form({.threshold = 1}, {}) != usual);
  CHECK(form({.level = 1}, {}) != usual);
  CHECK(form({.memory_level = 7}, {}) != usual);
  CHECK(form({}, {.send_takeover = true}) == 0);
}

// Each on a thread of its own, which has nothing yet.
TEST_CASE("a thread keeps the compressors of four sets of options in all their windows", "[protocol][ws][deflate]") {
  std::size_t made = 0;
  bool all_shorter = true;
  std::thread([&] {
    for (int round = 0; round < 5; ++round) {
      for (int i = 0; i < 28; ++i) {
        std::string out;
        DeflateCodec codec({.level = 1 + i % 4}, {.send_bits = 9 + i / 4});
        all_shorter = codec.deflate(json(i), out) && all_shorter;
      }
    }
    made = ThreadZlib::here().deflaters_made();
  }).join();
  CHECK(all_shorter);
  CHECK(made == 28);
}

TEST_CASE("beyond its bound a thread lets go of the compressor that was not used for longest",
          "[protocol][ws][deflate]") {
  std::vector<std::size_t> made;
  std::thread([&] {
    ThreadZlib& zlib = ThreadZlib::here();
    const auto use = [&](int kind) {
      zlib.deflater(1 + kind % 9, 9, 1 + kind / 9);
      made.push_back(zlib.deflaters_made());
    };
    for (int kind = 0; kind < 28; ++kind) use(kind);
    made.clear();
    use(0);
    use(30);
    use(0);
    use(2);
    use(1);
    use(3);
  }).join();
  CHECK(made == std::vector<std::size_t>{28, 29, 29, 29, 30, 31});
}
