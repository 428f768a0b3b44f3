// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROPERTY_SCENE_HPP
#define TIDINGS_TESTS_PROPERTY_SCENE_HPP

#include <tidings/topic_state.hpp>

#include "property/truth.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace property {

/// What all clients of one schedule share: what is true, what they got, and the first promise that was broken.
struct Scene {
  std::shared_ptr<Truth> truth;
  /// What the store says of a topic at present.
  std::function<tidings::TopicState(const std::string& topic)> state;
  /// Queue policies that give messages up explain gaps.
  bool drops = false;
  std::map<std::string, std::set<std::pair<std::string, std::uint64_t>>> received{};  // user -> topic, offset
  /// user, topic -> how far the WebSockets of the user were when they answered a ping. Offsets go on over epochs here.
  std::map<std::pair<std::string, std::string>, std::uint64_t> answered{};
  std::string violation{};
  std::size_t deliveries = 0;
  std::size_t duplicates = 0;
  std::size_t gaps = 0;

  void fail(const std::string& text) {
    trace(text);
    if (violation.empty()) violation = text;
  }
  /// With TIDINGS_TRACE set, what happens is told.
  void trace(const std::string& text) const {
    static const bool wanted = std::getenv("TIDINGS_TRACE") != nullptr;
    if (wanted) std::fprintf(stderr, "%lld %s\n", static_cast<long long>(truth->now().ms % 10'000'000), text.c_str());
  }
};

}  // namespace property

#endif  // TIDINGS_TESTS_PROPERTY_SCENE_HPP
