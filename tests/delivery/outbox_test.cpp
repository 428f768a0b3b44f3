// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/outbox.hpp>

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <string>
#include <system_error>
#include <vector>

using namespace tidings;
using delivery::Outbox;

namespace {

/// An outbox with pieces of 10 bytes, and what became of each.
struct Box {
  explicit Box(QueuePolicy policy, std::size_t max_bytes = 30) : outbox(max_bytes, policy) {}

  std::error_code push(char name, const std::string& key = {}, std::size_t size = 10) {
    std::vector<Completion<>> gone;
    const std::error_code ec = outbox.push(
        {share_bytes(std::string(size, name)), key, [this, name](std::error_code why) { fate[name] = why; }}, gone);
    for (Completion<>& each : gone) each(ec ? ec : errc::queue_full);
    return ec;
  }
  std::string take(std::size_t max_gather) {
    std::vector<Completion<>> on_way;
    std::string names;
    const SharedBytes bytes = outbox.take(max_gather, on_way);
    for (std::size_t i = 0; i < bytes->size(); i += 10) names += (*bytes)[i];
    for (Completion<>& each : on_way) each({});
    return names;
  }

  // Declared first: completions of what is left use it.
  std::map<char, std::error_code> fate;
  Outbox outbox;
};

}  // namespace

TEST_CASE("an outbox gathers pieces up to the bound of one write", "[delivery][outbox]") {
  Box box(QueuePolicy::close, 100);
  for (const char name : {'a', 'b', 'c', 'd'}) CHECK_FALSE(box.push(name));
  CHECK(box.outbox.bytes() == 40);
  CHECK(box.take(25) == "ab");
  CHECK(box.outbox.bytes() == 40);
  box.outbox.written();
  CHECK(box.outbox.bytes() == 20);
  CHECK(box.take(5) == "c");
  box.outbox.written();
  CHECK(box.take(1000) == "d");
  box.outbox.written();
  CHECK(box.outbox.empty());
  CHECK(box.outbox.bytes() == 0);
}

TEST_CASE("bytes on their way count against the bound", "[delivery][outbox]") {
  Box box(QueuePolicy::close);
  CHECK_FALSE(box.push('a'));
  CHECK(box.take(10) == "a");
  CHECK_FALSE(box.push('b'));
  CHECK_FALSE(box.push('c'));
  CHECK(box.push('d') == errc::slow_consumer);
  CHECK(box.fate.at('d') == errc::slow_consumer);
  box.outbox.written();
  CHECK_FALSE(box.push('e'));
}

TEST_CASE("an empty outbox takes a piece of any size", "[delivery][outbox]") {
  for (const QueuePolicy policy : {QueuePolicy::close, QueuePolicy::drop_new, QueuePolicy::drop_oldest}) {
    Box box(policy);
    CHECK_FALSE(box.push('a', {}, 1000));
    CHECK(box.fate.empty());
  }
}

TEST_CASE("drop_new gives up the new piece and says so", "[delivery][outbox]") {
  Box box(QueuePolicy::drop_new);
  for (const char name : {'a', 'b', 'c', 'd'}) CHECK_FALSE(box.push(name));
  CHECK(box.fate.size() == 1);
  CHECK(box.fate.at('d') == errc::queue_full);
  CHECK(box.outbox.dropped() == 1);
  CHECK(box.take(100) == "abc");
}

TEST_CASE("drop_oldest gives up as many old pieces as make room", "[delivery][outbox]") {
  Box box(QueuePolicy::drop_oldest);
  for (const char name : {'a', 'b', 'c'}) CHECK_FALSE(box.push(name));
  CHECK_FALSE(box.push('d', {}, 20));
  CHECK(box.fate.size() == 2);
  CHECK(box.fate.at('a') == errc::queue_full);
  CHECK(box.fate.at('b') == errc::queue_full);
  CHECK(box.outbox.dropped() == 2);
  CHECK(box.outbox.bytes() == 30);
}

TEST_CASE("drop_oldest gives up the new piece when what is on its way leaves no room", "[delivery][outbox]") {
  Box box(QueuePolicy::drop_oldest);
  CHECK_FALSE(box.push('a', {}, 30));
  CHECK(box.take(100) == "aaa");
  CHECK_FALSE(box.push('b'));
  CHECK(box.fate.at('b') == errc::queue_full);
  CHECK(box.outbox.dropped() == 1);
}

TEST_CASE("conflate replaces a piece of the same key, and closes when that is not enough", "[delivery][outbox]") {
  Box box(QueuePolicy::conflate);
  CHECK_FALSE(box.push('a', "price"));
  CHECK_FALSE(box.push('b', "volume"));
  CHECK_FALSE(box.push('c', "price"));
  CHECK(box.fate.at('a') == errc::queue_full);
  CHECK(box.outbox.dropped() == 0);
  CHECK_FALSE(box.push('d'));
  CHECK_FALSE(box.push('e', "volume"));
  CHECK(box.push('f') == errc::slow_consumer);
  CHECK(box.take(100) == "cde");
}

TEST_CASE("clear hands out every completion", "[delivery][outbox]") {
  Box box(QueuePolicy::close, 100);
  for (const char name : {'a', 'b', 'c'}) CHECK_FALSE(box.push(name));
  std::vector<Completion<>> given_up;
  box.outbox.clear(given_up);
  CHECK(given_up.size() == 3);
  CHECK(box.outbox.empty());
  CHECK(box.outbox.bytes() == 0);
  for (Completion<>& each : given_up) each(errc::peer_gone);
  CHECK(box.fate.at('b') == errc::peer_gone);
}

TEST_CASE("what is pushed behind a message in parts waits for its end", "[delivery][outbox][parts]") {
  Box box(QueuePolicy::close, 1000);
  box.push('a');
  box.push('b');
  CHECK(box.outbox.begin_parts(PayloadKind::text) == 1);
  CHECK(box.outbox.begin_parts(PayloadKind::text) == 0);
  CHECK(box.outbox.parts(1) != nullptr);
  CHECK(box.outbox.parts(2) == nullptr);
  box.push('c');
  Completion<> done;
  CHECK(box.outbox.parts()->push("part", false, done));
  CHECK(box.outbox.ready());
  CHECK_FALSE(box.outbox.part_ready());
  CHECK(box.take(1) == "a");
  CHECK(box.take(1) == "b");
  CHECK_FALSE(box.outbox.ready());
  CHECK(box.outbox.part_ready());
  CHECK(*box.outbox.parts()->take().bytes == "part");
  CHECK_FALSE(box.outbox.part_ready());
  CHECK_FALSE(box.outbox.ready());
  box.outbox.end_parts();
  CHECK(box.outbox.ready());
  CHECK(box.take(1) == "c");
  CHECK(box.outbox.begin_parts(PayloadKind::binary) == 2);
  CHECK(box.outbox.parts(1) == nullptr);
}

TEST_CASE("what a policy gives up before a message in parts is not waited for", "[delivery][outbox][parts]") {
  Box box(QueuePolicy::drop_oldest);
  box.push('a');
  box.push('b');
  box.outbox.begin_parts(PayloadKind::text);
  box.push('c');
  // Gives up a and b, which stand before.
  box.push('d', {}, 20);
  CHECK(box.fate['a'] == errc::queue_full);
  CHECK(box.fate['b'] == errc::queue_full);
  CHECK_FALSE(box.outbox.ready());
  Completion<> done;
  box.outbox.parts()->push("x", true, done);
  CHECK(box.outbox.part_ready());
  Box other(QueuePolicy::conflate);
  other.push('a', "key");
  other.outbox.begin_parts(PayloadKind::text);
  other.push('b', "key");
  CHECK_FALSE(other.outbox.ready());
}

TEST_CASE("clearing tells the parts too", "[delivery][outbox][parts]") {
  Box box(QueuePolicy::close);
  box.outbox.begin_parts(PayloadKind::text);
  std::error_code why;
  Completion<> done([&why](std::error_code ec) { why = ec; });
  box.outbox.parts()->push("x", false, done);
  std::vector<Completion<>> given_up;
  box.outbox.clear(given_up);
  CHECK(box.outbox.parts() == nullptr);
  REQUIRE(given_up.size() == 1);
  given_up[0](errc::closed);
  CHECK(why == errc::closed);
}
