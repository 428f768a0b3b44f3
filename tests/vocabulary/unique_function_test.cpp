// SPDX-License-Identifier: BSL-1.0

#include <tidings/unique_function.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tidings;

namespace {

// Counts what lives of it; as large as asked, so that it is stored inside or outside.
template <std::size_t Size>
struct Counted {
  explicit Counted(int& c) : count(&c) { ++*count; }
  Counted(Counted&& other) noexcept : count(other.count), calls(other.calls) { ++*count; }
  Counted(const Counted&) = delete;
  ~Counted() { --*count; }
  int operator()(int x) { return x + ++calls; }

  int* count;
  int calls = 0;
  std::array<char, Size - sizeof(int*) - sizeof(int)> filler{};
};

// Its move may throw, so it must not be stored inside.
struct ThrowingMove {
  ThrowingMove() = default;
  ThrowingMove(ThrowingMove&&) noexcept(false) {}
  int operator()() const { return 1; }
};

struct alignas(64) Overaligned {
  bool operator()() const { return reinterpret_cast<std::uintptr_t>(this) % 64 == 0; }
};

int twice(int x) { return 2 * x; }

}  // namespace

TEMPLATE_TEST_CASE("a callable of any size is moved and destroyed once", "[vocabulary][unique_function]", Counted<16>,
                   Counted<48>, Counted<56>, Counted<200>) {
  int alive = 0;
  {
    UniqueFunction<int(int)> a = TestType(alive);
    CHECK(alive == 1);
    CHECK(a(10) == 11);
    UniqueFunction<int(int)> b = std::move(a);
    CHECK(alive == 1);
    CHECK_FALSE(static_cast<bool>(a));  // NOLINT(bugprone-use-after-move)
    CHECK(b(10) == 12);
    UniqueFunction<int(int)> c = TestType(alive);
    CHECK(alive == 2);
    c = std::move(b);
    CHECK(alive == 1);
    CHECK(c(10) == 13);
    UniqueFunction<int(int)>& same = c;
    c = std::move(same);
    CHECK(c(10) == 14);
    c = nullptr;
    CHECK(alive == 0);
    CHECK_FALSE(static_cast<bool>(c));
  }
  CHECK(alive == 0);
}

TEST_CASE("an empty function is false and throws when called", "[vocabulary][unique_function]") {
  UniqueFunction<void()> none;
  UniqueFunction<void()> null = nullptr;
  CHECK_FALSE(static_cast<bool>(none));
  CHECK_FALSE(static_cast<bool>(null));
  CHECK_THROWS_AS(none(), std::bad_function_call);
  UniqueFunction<void()> moved = std::move(none);
  CHECK_FALSE(static_cast<bool>(moved));
  moved = nullptr;
  CHECK_FALSE(static_cast<bool>(moved));
}

// C++23 [func.wrap.move.ctor]: the class stands in for std::move_only_function.
TEST_CASE("a null function pointer makes an empty function", "[vocabulary][unique_function]") {
  int (*const nothing)(int) = nullptr;
  const UniqueFunction<int(int)> function = nothing;
  CHECK_FALSE(static_cast<bool>(function));
}

TEST_CASE("whatever can be called can be stored", "[vocabulary][unique_function]") {
  UniqueFunction<int(int)> pointer = twice;
  CHECK(pointer(4) == 8);
  UniqueFunction<std::size_t(const std::string&)> member = &std::string::size;
  CHECK(member("four") == 4);
  auto held = std::make_unique<int>(9);
  UniqueFunction<int()> owner = [held = std::move(held)] { return *held; };
  CHECK(owner() == 9);
  UniqueFunction<void(int)> ignores_result = twice;
  ignores_result(1);
  UniqueFunction<int()> throwing = ThrowingMove{};
  UniqueFunction<int()> moved = std::move(throwing);
  CHECK(moved() == 1);
  UniqueFunction<bool()> aligned = Overaligned{};
  UniqueFunction<bool()> still = std::move(aligned);
  CHECK(still());
}

TEST_CASE("arguments and results keep their category", "[vocabulary][unique_function]") {
  int value = 1;
  UniqueFunction<int&(int&)> reference = [](int& x) -> int& { return x; };
  reference(value) = 5;
  CHECK(value == 5);
  UniqueFunction<std::unique_ptr<int>(std::unique_ptr<int>)> moves = [](std::unique_ptr<int> p) { return p; };
  CHECK(*moves(std::make_unique<int>(3)) == 3);
  UniqueFunction<std::string(std::string &&)> rvalue = [](std::string&& text) { return std::move(text); };
  CHECK(rvalue(std::string("moved")) == "moved");
}

TEST_CASE("an exception of the callable passes, and the callable stays", "[vocabulary][unique_function]") {
  int calls = 0;
  UniqueFunction<void()> throws = [&] {
    if (++calls == 1) throw std::runtime_error("first");
  };
  CHECK_THROWS_AS(throws(), std::runtime_error);
  CHECK(static_cast<bool>(throws));
  throws();
  CHECK(calls == 2);
}

TEST_CASE("an exception of the callable's constructor leaves nothing behind", "[vocabulary][unique_function]") {
  struct Throws {
    Throws() = default;
    Throws(const Throws&) { throw std::runtime_error("copy"); }
    void operator()() const {}
    std::array<char, 100> filler{};
  };
  const Throws throws;
  CHECK_THROWS_AS(UniqueFunction<void()>(throws), std::runtime_error);
}

TEST_CASE("functions move inside containers", "[vocabulary][unique_function]") {
  std::vector<UniqueFunction<int()>> list;
  for (int i = 0; i < 100; ++i) list.emplace_back([i, box = std::make_unique<int>(i)] { return i + *box; });
  list.erase(list.begin());
  CHECK(list[0]() == 2);
  CHECK(list[98]() == 198);
  STATIC_CHECK_FALSE(std::is_copy_constructible_v<UniqueFunction<void()>>);
  STATIC_CHECK(std::is_nothrow_move_constructible_v<UniqueFunction<void()>>);
  STATIC_CHECK_FALSE(std::is_constructible_v<UniqueFunction<void()>, int (*)(int)>);
}
