// SPDX-License-Identifier: BSL-1.0

#include <tidings/completion.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tidings;

namespace {

struct Call {
  std::error_code ec;
  int number = 0;
  std::string text;
};

// Completes into `calls`.
Completion<int, std::string> noting(std::vector<Call>& calls) {
  return [&calls](std::error_code ec, int number, std::string text) { calls.push_back({ec, number, std::move(text)}); };
}

}  // namespace

TEST_CASE("a completion calls its function exactly once", "[vocabulary][completion]") {
  std::vector<Call> calls;
  {
    Completion<int, std::string> done = noting(calls);
    CHECK(static_cast<bool>(done));
    done({}, 7, "seven");
    CHECK_FALSE(static_cast<bool>(done));
    done({}, 8, "eight");
    done.fail(errc::timeout);
  }
  REQUIRE(calls.size() == 1);
  CHECK_FALSE(calls[0].ec);
  CHECK(calls[0].number == 7);
  CHECK(calls[0].text == "seven");
}

TEST_CASE("a failure carries the error and default values", "[vocabulary][completion]") {
  std::vector<Call> calls;
  noting(calls).fail(errc::store_unavailable);
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].ec == errc::store_unavailable);
  CHECK(calls[0].number == 0);
  CHECK(calls[0].text.empty());
}

TEST_CASE("a completion destroyed uncalled says closed", "[vocabulary][completion]") {
  std::vector<Call> calls;
  { const Completion<int, std::string> lost = noting(calls); }
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].ec == errc::closed);
}

TEST_CASE("a completion moved away is silent, the one assigned over says closed", "[vocabulary][completion]") {
  std::vector<Call> first;
  std::vector<Call> second;
  {
    Completion<int, std::string> a = noting(first);
    Completion<int, std::string> b = std::move(a);
    CHECK_FALSE(static_cast<bool>(a));  // NOLINT(bugprone-use-after-move)
    CHECK(first.empty());
    b = noting(second);
    REQUIRE(first.size() == 1);
    CHECK(first[0].ec == errc::closed);
    Completion<int, std::string>& same = b;
    b = std::move(same);
    CHECK(second.empty());
    b({}, 1, "x");
  }
  CHECK(first.size() == 1);
  REQUIRE(second.size() == 1);
  CHECK(second[0].number == 1);
}

TEST_CASE("an empty completion does nothing", "[vocabulary][completion]") {
  Completion<int> none;
  CHECK_FALSE(static_cast<bool>(none));
  none({}, 1);
  none.fail(errc::timeout);
}

TEST_CASE("a model that throws after taking a completion cannot leave the caller waiting", "[vocabulary][completion]") {
  std::vector<Call> calls;
  const auto model = [](Completion<int, std::string>) { throw 1; };
  CHECK_THROWS_AS(model(noting(calls)), int);
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].ec == errc::closed);
}

TEST_CASE("a function that throws counts as called", "[vocabulary][completion]") {
  int calls = 0;
  {
    Completion<> done = [&](std::error_code) {
      ++calls;
      throw std::string("no");
    };
    CHECK_THROWS_AS(done({}), std::string);
    done({});
  }
  CHECK(calls == 1);
}

TEST_CASE("a completion may be asked again and replaced by its own function", "[vocabulary][completion]") {
  int calls = 0;
  Completion<> done;
  done = [&](std::error_code) {
    ++calls;
    done({});
    done = [&](std::error_code) { calls += 10; };
  };
  done({});
  CHECK(calls == 1);
  done({});
  CHECK(calls == 11);
}

TEST_CASE("a completion takes values that can only be moved", "[vocabulary][completion]") {
  std::unique_ptr<int> got;
  Completion<std::unique_ptr<int>> done = [&](std::error_code, std::unique_ptr<int> value) { got = std::move(value); };
  done({}, std::make_unique<int>(5));
  REQUIRE(got);
  CHECK(*got == 5);
  STATIC_CHECK_FALSE(std::is_copy_constructible_v<Completion<int>>);
  STATIC_CHECK(std::is_nothrow_move_constructible_v<Completion<int>>);
  STATIC_CHECK_FALSE(std::is_constructible_v<Completion<int>, void (*)(std::error_code)>);
}
