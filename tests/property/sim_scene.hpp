// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROPERTY_SIM_SCENE_HPP
#define TIDINGS_TESTS_PROPERTY_SIM_SCENE_HPP

#include <tidings/hub/core.hpp>

#include "support/sim_world.hpp"

#include "property/checks.hpp"
#include "property/scene.hpp"
#include "property/truth.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace property {

/// The scene of clients whose hub, store and connections are simulated.
struct SimScene : Scene {
  SimScene(support::SimWorld& w, std::shared_ptr<Truth> t, const TracedStore& s)
      : Scene{.truth = std::move(t), .state = [s](const std::string& topic) { return state_of(s, topic); }},
        world(w),
        store(s) {}

  support::SimWorld& world;
  TracedStore store;
  std::shared_ptr<tidings::hub::Core> core;
  std::vector<std::shared_ptr<support::SimLoop>> loops;
};

}  // namespace property

#endif  // TIDINGS_TESTS_PROPERTY_SIM_SCENE_HPP
