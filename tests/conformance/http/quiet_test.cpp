// SPDX-License-Identifier: BSL-1.0

#include <catch2/catch_test_macros.hpp>

#include "conformance/http/kit.hpp"

#include <chrono>
#include <string>

using namespace conformance;
using namespace std::chrono_literals;
using support::get;
using support::RawClient;
using support::RawHead;

namespace {

// All that may be silent for long is so side by side.
void check_silence_of(std::chrono::seconds silence) {
  Kit kit;
  RawClient poller = kit.ask(get("/answer"));
  OpenAnswer answer = kit.next_answer();
  RawClient never_written = kit.ask(get("/stream/1"));
  OpenStream unwritten = kit.next_started_stream();
  const RawHead unwritten_head = support::read_head(never_written);
  RawClient once_written = kit.ask(get("/stream/2"));
  OpenStream written = kit.next_started_stream();
  written.write(event(0));
  REQUIRE(written.written());
  support::read_head(once_written);
  once_written.read_until("\n\n");

  CHECK(poller.wait_for_end(silence) == RawClient::End::open);
  CHECK(answer.gone()->count() == 0);
  CHECK(unwritten.events()->gone.count() == 0);
  CHECK(written.events()->gone.count() == 0);

  answer.respond(json_head(), "after a while");
  CHECK(support::read_answer(poller).body == "after a while");
  unwritten.write(event(0));
  REQUIRE(unwritten.written());
  unwritten.finish();
  CHECK(support::read_body(never_written, unwritten_head) == event(0));
  written.write(event(1));
  REQUIRE(written.written());
  once_written.read_until(event(1));
}

}  // namespace

// Servers cut what is silent: after 5 s or 10 s ...
TEST_CASE("13 s of silence do no harm to waiting answers and streams", "[conformance][http][slow]") {
  check_silence_of(13s);
}

// ... 30 s, or 60 s.
TEST_CASE("75 s of silence do no harm to waiting answers and streams", "[conformance][http][slow]") {
  check_silence_of(75s);
}
