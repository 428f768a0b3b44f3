// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROPERTY_SCENE_HPP
#define TIDINGS_TESTS_PROPERTY_SCENE_HPP

#include <tidings/hub/core.hpp>
#include <tidings/store_types.hpp>
#include <tidings/topic_state.hpp>

#include "support/sim_world.hpp"

#include "property/truth.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace property {

/// What all readers of one schedule share.
struct Scene {
  Scene(support::SimWorld& w, std::shared_ptr<Truth> t, TracedStore s)
      : world(w), truth(std::move(t)), store(std::move(s)) {}

  support::SimWorld& world;
  std::shared_ptr<Truth> truth;
  TracedStore store;
  std::shared_ptr<tidings::hub::Core> core;
  std::vector<std::shared_ptr<support::SimLoop>> loops;
  /// Queue policies that give messages up explain gaps.
  bool drops = false;
  std::map<std::string, std::set<std::pair<std::string, std::uint64_t>>> received;  // user -> topic, offset
  /// user, topic -> how far the WebSockets of the user were when they answered a ping. Offsets go on over epochs here.
  std::map<std::pair<std::string, std::string>, std::uint64_t> answered;
  std::string violation;
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
    if (wanted)
      std::fprintf(stderr, "%lld %s\n", static_cast<long long>(world.wall_now().ms % 10'000'000), text.c_str());
  }
  tidings::TopicState state(const std::string& topic) {
    tidings::TopicState state;
    store.read(topic, 0, 0, [&](std::error_code, tidings::ReadResult result) { state = result.state; });
    return state;
  }
};

}  // namespace property

#endif  // TIDINGS_TESTS_PROPERTY_SCENE_HPP
