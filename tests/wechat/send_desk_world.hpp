// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_WECHAT_SEND_DESK_WORLD_HPP
#define TIDINGS_TESTS_WECHAT_SEND_DESK_WORLD_HPP

#include <tidings/store/memory_attempts.hpp>
#include <tidings/store/memory_token_store.hpp>
#include <tidings/wechat/sender.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace send_desk {

using namespace tidings;
using namespace tidings::wechat;
using namespace std::chrono_literals;

/// Time that stands still until it is moved, and a queue of work: the thread of the decisions.
struct Thread {
  steady_time steady{std::chrono::hours(1)};
  wall_time wall{1'700'000'000'000};
  std::deque<UniqueFunction<void()>> work{};

  Surroundings around() {
    return {[this] {
              return Moment{steady, wall};
            },
            [] { return 0.5; }, [this](UniqueFunction<void()> each) { work.push_back(std::move(each)); }};
  }
  void pass(std::chrono::milliseconds span) {
    steady += span;
    wall = wall + span;
  }
  void run() {
    while (!work.empty()) {
      UniqueFunction<void()> each = std::move(work.front());
      work.pop_front();
      each();
    }
  }
};

/// The API as the sender sees it: tokens that can be taken away, a memory of keys, answers by a script.
class Api {
 public:
  struct Answer {
    std::error_code ec{};
    HttpAnswer answer{};
    /// The message is delivered although the answer says otherwise.
    bool delivers = false;
  };

  void call(HttpCall request, Completion<HttpAnswer> done) {
    held_.push_back([this, request = std::move(request), done = std::move(done)]() mutable {
      Answer answer =
          request.url.find("token?") == std::string::npos && request.url.find("stable_token") == std::string::npos
              ? send(request)
              : token();
      done(answer.ec, std::move(answer.answer));
    });
    if (!hold) release();
  }
  void release() {
    while (!held_.empty()) release_one();
  }
  void release_one() {
    UniqueFunction<void()> each = std::move(held_.front());
    held_.pop_front();
    each();
  }
  /// Calls are answered when `release` says so.
  bool hold = false;
  std::size_t held() const { return held_.size(); }
  /// As if the process had died.
  void forget() {
    for (UniqueFunction<void()>& each : held_) lost_.push_back(std::move(each));
    held_.clear();
  }

  static Answer code(int number) {
    return {{}, {200, {}, nlohmann::json{{"errcode", number}, {"errmsg", "said"}}.dump(), true}};
  }
  static Answer silence(bool delivers) { return {errc::connection_lost, {}, delivers}; }
  static Answer unreachable() { return {errc::peer_gone, {0, {}, {}, false}, false}; }

  /// What the next sends get; then all are accepted.
  std::deque<Answer> script{};
  /// Else this says what they get; none = they are accepted, if their token is good.
  std::function<std::optional<Answer>()> trouble{};
  /// Somebody else has refreshed the token.
  void rotate() { valid_ = "t" + std::to_string(++minted_); }
  std::string valid() const { return valid_; }

  int token_calls = 0;
  int sends = 0;
  /// What tokens get instead; 0 = a token.
  int token_code = 0;
  std::vector<std::string> bodies{};
  std::map<std::string, int> delivered{};

 private:
  Answer token() {
    ++token_calls;
    if (token_code != 0) return code(token_code);
    if (valid_.empty()) rotate();
    return {{}, {200, {}, nlohmann::json{{"access_token", valid_}, {"expires_in", 7200}}.dump(), true}};
  }
  Answer send(const HttpCall& request) {
    ++sends;
    const nlohmann::json body = nlohmann::json::parse(request.body);
    bodies.push_back(request.body);
    Answer answer = code(0);
    bool scripted = false;
    if (!script.empty()) {
      answer = std::move(script.front());
      script.pop_front();
      scripted = true;
    } else if (std::optional<Answer> other = trouble ? trouble() : std::nullopt) {
      answer = std::move(*other);
      scripted = true;
    } else if (request.url.find("access_token=" + valid_) == std::string::npos) {
      return code(40001);
    }
    const std::string key = body.value("client_msg_id", "");
    const bool good = !scripted || answer.delivers;
    const bool repeated = good && !key.empty() && !seen_.insert(key).second;
    if (good && !repeated) ++delivered[body["touser"].get<std::string>() + "/" + key];
    if (!scripted) {
      answer.answer.body =
          nlohmann::json{{"errcode", 0}, {"errmsg", "ok"}, {"msgid", 3557254367693750000 + sends}}.dump();
    }
    return answer;
  }

  std::deque<UniqueFunction<void()>> held_{};
  std::deque<UniqueFunction<void()>> lost_{};
  std::set<std::string> seen_{};
  std::string valid_{};
  int minted_ = 0;
};

/// One process that sends.
class Process {
 public:
  using Desk = Sender<Api, MemoryTokenStore, MemoryAttempts>;

  Process(Thread& thread, Api& api, MemoryTokenStore& tokens, MemoryAttempts ledger, std::string name,
          SenderOptions options = {})
      : thread_(thread), ledger_(std::move(ledger)) {
    options.on_alarm = [this](const Alarm& alarm) { alarms[alarm.kind] += alarm.count; };
    Account account{.name = "oa", .app = "wx1", .secret = "s", .hosts = {"http://one", "http://two"}};
    desk = std::make_shared<Desk>(api, tokens, ledger_, account, std::move(name), thread.around(), options);
    desk->recover([](std::error_code) {});
    thread.run();
  }

  /// @returns where its report will be.
  std::shared_ptr<std::pair<std::error_code, SendReport>> send(const std::string& user, bool keyed = true,
                                                               Endpoint endpoint = Endpoint::template_message) {
    Outgoing message;
    message.message = {7, ++number};
    message.endpoint = endpoint;
    message.recipients = {{user, "openid-" + user}};
    nlohmann::json body{{"touser", "openid-" + user}};
    if (keyed) {
      message.key = to_string(message.message);
      message.key_life = 10min;
      body["client_msg_id"] = message.key;
    }
    message.body = body.dump();
    auto place = std::make_shared<std::pair<std::error_code, SendReport>>(errc::timeout, SendReport{});
    desk->send(std::move(message), [place](std::error_code ec, SendReport report) {
      *place = {ec, std::move(report)};
    });
    thread_.run();
    return place;
  }
  /// Lets time pass, from one thing that is due to the next.
  void wait(std::chrono::milliseconds span) {
    const steady_time end = thread_.steady + span;
    while (true) {
      const auto next = desk->next_time();
      if (!next || *next > end) break;
      if (*next > thread_.steady) thread_.pass(std::chrono::ceil<std::chrono::milliseconds>(*next - thread_.steady));
      desk->on_time();
      thread_.run();
    }
    if (thread_.steady < end) thread_.pass(std::chrono::ceil<std::chrono::milliseconds>(end - thread_.steady));
  }
  std::vector<AttemptLine> history(const std::string& user) {
    std::vector<AttemptLine> lines;
    ledger_.history(user, 100, [&](std::error_code, std::vector<AttemptLine> all) { lines = std::move(all); });
    std::reverse(lines.begin(), lines.end());
    return lines;
  }
  /// The states of the attempts, in their order.
  std::string states(const std::string& user) {
    std::string text;
    for (const AttemptLine& each : history(user))
      text += (text.empty() ? "" : " ") + std::string(to_string(each.attempt.state));
    return text;
  }

  std::shared_ptr<Desk> desk{};
  std::map<Alarm::Kind, std::uint64_t> alarms{};
  std::uint64_t number = 0;

 private:
  Thread& thread_;
  MemoryAttempts ledger_;
};

/// All of it.
struct World {
  Thread thread{};
  Api api{};
  MemoryTokenStore tokens{};
  MemoryAttempts ledger{};

  Process process(std::string name = "p1", SenderOptions options = {}) {
    return Process(thread, api, tokens, ledger, std::move(name), std::move(options));
  }
};

}  // namespace send_desk

#endif  // TIDINGS_TESTS_WECHAT_SEND_DESK_WORLD_HPP
