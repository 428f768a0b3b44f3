// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/part_queue.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

using namespace tidings;
using protocol::WsPart;

namespace {

struct Parts {
  delivery::BasicPartQueue<Completion<>> queue{PayloadKind::text, 200'000};
  std::string done{};

  bool push(const std::string& bytes, bool last = false) {
    Completion<> told([this, name = bytes.substr(0, 1)](std::error_code) { done += name; });
    return queue.push(bytes, last, told);
  }
  std::pair<std::string, WsPart> take() {
    auto frame = queue.take();
    for (Completion<>& each : frame.done) each({});
    return {*frame.bytes, frame.part};
  }
};

using Frame = std::pair<std::string, WsPart>;

}  // namespace

TEST_CASE("parts become frames: first, middle, last", "[delivery][parts]") {
  Parts parts;
  CHECK_FALSE(parts.queue.ready());
  CHECK_FALSE(parts.queue.begun());
  parts.push("a");
  CHECK(parts.queue.bytes() == 1);
  CHECK(parts.take() == Frame{"a", WsPart::first});
  CHECK(parts.queue.begun());
  CHECK(parts.queue.bytes() == 0);
  parts.push("b");
  CHECK(parts.take() == Frame{"b", WsPart::middle});
  parts.push("", true);
  CHECK(parts.queue.ready());
  CHECK_FALSE(parts.queue.over());
  CHECK(parts.take() == Frame{"", WsPart::last});
  CHECK(parts.queue.over());
  CHECK(parts.done == "ab");
}

TEST_CASE("small parts that wait become one frame, large ones stay alone", "[delivery][parts]") {
  Parts parts;
  for (const char* each : {"a", "b", "c"}) parts.push(each);
  const std::string large(defaults::max_gather_bytes, 'L');
  parts.push(large);
  parts.push("z", true);
  CHECK(parts.take() == Frame{"abc", WsPart::first});
  CHECK(parts.done == "abc");
  CHECK(parts.take() == Frame{large, WsPart::middle});
  CHECK(parts.take() == Frame{"z", WsPart::last});
  Parts whole;
  whole.push("a");
  whole.push("b", true);
  CHECK(whole.take() == Frame{"ab", WsPart::whole});
}

TEST_CASE("a large part is not copied", "[delivery][parts]") {
  Parts parts;
  std::string large(100'000, 'L');
  const char* const where = large.data();
  Completion<> done;
  parts.queue.push(std::move(large), false, done);
  CHECK(parts.queue.take().bytes->data() == where);
}

TEST_CASE("parts that wait are bounded, an empty queue takes any", "[delivery][parts]") {
  Parts parts;
  CHECK(parts.push(std::string(300'000, 'a')));
  CHECK_FALSE(parts.push("b"));
  CHECK(parts.queue.bytes() == 300'000);
  parts.take();
  CHECK(parts.push(std::string(150'000, 'c')));
  CHECK(parts.push(std::string(50'000, 'd')));
  CHECK_FALSE(parts.push("e"));
  CHECK(parts.done == "bae");
}
