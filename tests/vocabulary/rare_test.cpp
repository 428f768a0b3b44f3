// SPDX-License-Identifier: BSL-1.0

#include <tidings/rare.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <utility>

using tidings::Rare;

TEST_CASE("a rare member is made when it is asked for, and goes", "[vocabulary][rare]") {
  Rare<std::string> rare;
  CHECK_FALSE(rare);
  rare.get() = "here";
  CHECK(rare);
  CHECK(rare.get() == "here");
  CHECK(rare->size() == 4);
  rare.set("another");
  CHECK(*rare == "another");
  rare.reset();
  CHECK_FALSE(rare);
  CHECK(rare.get().empty());
}

TEST_CASE("a rare member moves with its owner, and is destroyed once", "[vocabulary][rare]") {
  const auto watched = std::make_shared<int>(1);
  {
    Rare<std::shared_ptr<int>> first;
    first.set(watched);
    Rare<std::shared_ptr<int>> second(std::move(first));
    CHECK(watched.use_count() == 2);
    Rare<std::shared_ptr<int>> third;
    third.set(watched);
    third = std::move(second);
    CHECK(third);
  }
  CHECK(watched.use_count() == 1);
}
