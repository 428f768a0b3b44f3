// SPDX-License-Identifier: BSL-1.0

#include <tidings/endpoint.hpp>
#include <tidings/hub.hpp>

#include "support/scripted_responder.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using namespace tidings;
using support::ResponderScript;

namespace {

using Script = std::shared_ptr<ResponderScript>;

/// Polls whose `authorize` answers when the test says so.
struct Asking {
  explicit Asking(std::chrono::milliseconds authorize_timeout) {
    EndpointOptions options;
    options.authorize_timeout = authorize_timeout;
    endpoint = std::make_shared<Endpoint>(
        hub, [this](const RequestSnapshot&, Completion<Access> done) { asked.put(std::move(done)); }, options);
  }

  Script poll() {
    auto script = std::make_shared<ResponderScript>();
    endpoint->answer(RequestSnapshot{.method = "GET", .target = "/push?topics=orders"},
                     support::ScriptedResponder<>(script));
    return script;
  }

  support::Mailbox<Completion<Access>> asked;
  Hub<> hub;
  std::shared_ptr<Endpoint> endpoint;
};

// Whether the responder is gone; the server's thread drops it after the answer.
bool let_go(const Script& script) {
  const auto deadline = support::Clock::now() + support::failure_limit;
  while (script.use_count() > 1 && support::Clock::now() < deadline) std::this_thread::sleep_for(1ms);
  return script.use_count() == 1;
}

}  // namespace

TEST_CASE("who keeps the callback of authorize too long keeps nothing of the request", "[transport][endpoint]") {
  Asking asking(20ms);
  const Script script = asking.poll();
  Completion<Access> kept = asking.asked.expect();
  CHECK(script->answers.expect().status == 503);
  CHECK(let_go(script));
  // Too late.
  kept({}, Identity{.topics = {"orders"}});
}

TEST_CASE("a request that was let in late is not kept until its deadline", "[transport][endpoint]") {
  Asking asking(1h);
  const Script script = asking.poll();
  asking.asked.expect()({}, Identity{.topics = {"orders"}});
  CHECK(script->answers.expect().status == 200);
  CHECK(let_go(script));
  const Script refused = asking.poll();
  asking.asked.expect()({}, Rejection{403, {}});
  CHECK(refused->answers.expect().status == 403);
  CHECK(let_go(refused));
}
