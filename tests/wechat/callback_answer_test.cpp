// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat_callback.hpp>

#include "support/scripted_responder.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>

#include "wechat/callback_sender.hpp"
#include "wechat/callback_vectors.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using support::CallbackSender;
using support::GivenAnswer;
using support::Mailbox;
using support::ResponderScript;
using support::ScriptedResponder;
using tidings::errc;
using tidings::RequestSnapshot;
using tidings::UniqueFunction;
using tidings::WechatCallback;
using tidings::WechatCallbackOptions;
using tidings::wechat::CallbackAccount;
using tidings::wechat::CallbackDecision;
using tidings::wechat::CallbackEvent;

CallbackAccount safe_account() {
  return {.name = "oa",
          .id = std::string(vectors::app),
          .token = std::string(vectors::token),
          .aes_key = std::string(vectors::aes_key)};
}

RequestSnapshot text_request(std::string_view msgid) {
  const std::string id(msgid);
  return CallbackSender(safe_account())
      .safe("<xml><FromUserName>o1</FromUserName><MsgType>text</MsgType><MsgId>" + id + "</MsgId></xml>",
            tidings::io::wall_now().ms / 1000, "n" + id);
}

GivenAnswer answered(WechatCallback& callback, const RequestSnapshot& request) {
  auto script = std::make_shared<ResponderScript>();
  callback.answer(request, ScriptedResponder<>(script));
  const std::optional<GivenAnswer> answer = script->answers.take(std::chrono::milliseconds(0));
  REQUIRE(answer);
  return *answer;
}

// Runs work when the test says so.
struct Executor {
  std::vector<UniqueFunction<void()>> work{};
  void run_all() {
    for (auto& each : std::exchange(work, {})) each();
  }
};

// A responder that looks, while it answers, whether the event was given.
struct Looking {
  static constexpr tidings::Capabilities capabilities{};
  Executor* executor;
  bool* early;
  void respond(tidings::ResponseHead, tidings::SharedBytes) { *early = !executor->work.empty(); }
  void on_gone(UniqueFunction<void()>) {}
};

}  // namespace

TEST_CASE("an event is given after its answer, once, on a thread of its own", "[wechat][callback]") {
  Mailbox<std::pair<std::string, std::string>> given;
  std::thread::id caller;
  WechatCallback callback({safe_account()}, [&](const std::string& account, const CallbackEvent& event) {
    CHECK(std::this_thread::get_id() != caller);
    given.put({account, event.msgid});
  });
  caller = std::this_thread::get_id();
  const RequestSnapshot request = text_request("1");
  const GivenAnswer answer = answered(callback, request);
  CHECK(answer.status == 200);
  CHECK(answer.body == "success");
  CHECK(given.expect() == std::pair<std::string, std::string>("oa", "1"));
  CHECK(answered(callback, request).body == "success");
  CHECK(answered(callback, text_request("2")).body == "success");
  // Had the first one been given again, it would be here.
  CHECK(given.expect().second == "2");
}

TEST_CASE("the answer does not wait for the application", "[wechat][callback]") {
  std::promise<void> released;
  std::shared_future<void> release = released.get_future().share();
  Mailbox<std::string> given;
  WechatCallback callback({safe_account()}, [&](const std::string&, const CallbackEvent& event) {
    release.wait();
    given.put(event.msgid);
  });
  CHECK(answered(callback, text_request("1")).status == 200);
  CHECK(answered(callback, text_request("2")).status == 200);
  CHECK(given.size() == 0);
  released.set_value();
  CHECK(given.expect() == "1");
  CHECK(given.expect() == "2");
}

TEST_CASE("nothing is given before its answer was handed over", "[wechat][callback]") {
  Executor executor;
  bool early = true;
  int given = 0;
  WechatCallback callback({safe_account()}, [&](const std::string&, const CallbackEvent&) { ++given; },
                          {.run = [&](UniqueFunction<void()> work) { executor.work.push_back(std::move(work)); }});
  callback.answer(text_request("1"), Looking{&executor, &early});
  CHECK_FALSE(early);
  REQUIRE(executor.work.size() == 1);
  CHECK(given == 0);
  executor.run_all();
  CHECK(given == 1);
}

TEST_CASE("a full queue sends WeChat away, and what comes again is new", "[wechat][callback]") {
  Executor executor;
  std::vector<std::string> given;
  std::vector<CallbackDecision::Kind> decided;
  WechatCallback callback({safe_account()},
                          [&](const std::string&, const CallbackEvent& event) { given.push_back(event.msgid); },
                          {.max_queue = 2,
                           .run = [&](UniqueFunction<void()> work) { executor.work.push_back(std::move(work)); },
                           .on_decision = [&](const CallbackDecision& each) { decided.push_back(each.kind); }});
  CHECK(answered(callback, text_request("1")).status == 200);
  CHECK(answered(callback, text_request("2")).status == 200);
  CHECK(callback.waiting() == 2);
  const RequestSnapshot request = text_request("3");
  const GivenAnswer busy = answered(callback, request);
  CHECK(busy.status == 503);
  CHECK(busy.body == "overloaded");
  CHECK(busy.header("Retry-After") == "5");
  executor.run_all();
  CHECK(callback.waiting() == 0);
  CHECK(answered(callback, request).status == 200);
  executor.run_all();
  CHECK(given == std::vector<std::string>{"1", "2", "3"});
  using Kind = CallbackDecision::Kind;
  CHECK(decided == std::vector{Kind::accepted, Kind::accepted, Kind::refused, Kind::accepted});
}

TEST_CASE("an exception out of a callback ends nothing", "[wechat][callback]") {
  Mailbox<std::string> failures;
  Mailbox<std::string> given;
  WechatCallback callback({safe_account()},
                          [&](const std::string&, const CallbackEvent& event) {
                            if (event.msgid == "1") throw std::runtime_error("mine");
                            given.put(event.msgid);
                          },
                          {.on_decision = [](const CallbackDecision&) { throw std::runtime_error("mine too"); },
                           .on_error =
                               [&](std::error_code ec, std::string_view context) {
                                 CHECK(ec == errc::callback_failed);
                                 failures.put(std::string(context));
                               }});
  CHECK(answered(callback, text_request("1")).status == 200);
  CHECK(answered(callback, text_request("2")).status == 200);
  CHECK(given.expect() == "2");
  CHECK(failures.size() == 3);
}

TEST_CASE("what was acknowledged is given before a callback ends, and handlers that outlive it refuse",
          "[wechat][callback]") {
  std::promise<void> released;
  std::shared_future<void> release = released.get_future().share();
  std::atomic<int> given{0};
  auto callback =
      std::make_unique<WechatCallback>(std::vector{safe_account()}, [&](const std::string&, const CallbackEvent&) {
        release.wait();
        ++given;
      });
  struct Exchange {
    std::shared_ptr<ResponderScript> script = std::make_shared<ResponderScript>();
    ScriptedResponder<> answer() { return ScriptedResponder<>(script); }
  };
  auto handler = callback->handler();
  for (const char* id : {"1", "2", "3"}) handler(text_request(id), Exchange());
  released.set_value();
  callback.reset();
  CHECK(given == 3);
  Exchange late;
  handler(text_request("4"), late);
  CHECK(late.script->answers.expect().status == 503);
  CHECK(given == 3);
}

TEST_CASE("with an executor nothing is given once the callback has gone", "[wechat][callback]") {
  Executor executor;
  int given = 0;
  {
    WechatCallback callback({safe_account()}, [&](const std::string&, const CallbackEvent&) { ++given; },
                            {.run = [&](UniqueFunction<void()> work) { executor.work.push_back(std::move(work)); }});
    CHECK(answered(callback, text_request("1")).status == 200);
  }
  executor.run_all();
  CHECK(given == 0);
}

TEST_CASE("a callback without a function or a queue is refused at once", "[wechat][callback]") {
  const auto nothing = [](const std::string&, const CallbackEvent&) {};
  CHECK_THROWS_AS(WechatCallback({safe_account()}, {}), std::invalid_argument);
  CHECK_THROWS_AS(WechatCallback({safe_account()}, nothing, {.max_queue = 0}), std::invalid_argument);
  CHECK_THROWS_AS(WechatCallback({}, nothing), std::invalid_argument);
}
