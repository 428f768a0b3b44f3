// SPDX-License-Identifier: BSL-1.0
//
// Random worlds: an API that is silent, deaf, busy or in a mood, tokens that others rotate, and processes that die at any
// moment. What was delivered is compared with what the ledger says.

#include <tidings/delivery/random.hpp>

#include <catch2/catch_test_macros.hpp>

#include "wechat/send_desk_world.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

using namespace send_desk;

namespace {

class RandomSends {
 public:
  RandomSends(std::uint64_t seed, bool dies) : random_(seed), dies_(dies) {
    world_.api.hold = true;
    world_.api.trouble = [this] { return trouble(); };
    share_ = 0.3 * random_.uniform();
  }

  /// Says what was wrong; nothing if all was right.
  std::string run(int sends) {
    sends_ = sends;
    begin();
    int sent = 0;
    for (int step = 0; step < 200'000; ++step) {
      if (sent < sends && chance(0.3)) send(sent++);
      if (world_.api.held() > 0 && chance(0.5)) world_.api.release_one();
      for (double more = 0.7; !world_.thread.work.empty() && chance(more);) work_one();
      if (chance(0.1)) pass();
      // A token that is refused twice in a row stops the account: somebody looks, and finds nothing wrong.
      if (process_->desk->is_stopped() && chance(0.05)) process_->desk->resume();
      if (dies_ && sent < sends && chance(0.02)) die();
      if (sent == sends && is_over()) return check(sends);
    }
    return "no end of sending";
  }
  int deaths() const { return deaths_; }

 private:
  bool chance(double share) { return random_.uniform() < share; }
  void begin() {
    process_ = std::make_unique<Process>(world_.thread, world_.api, world_.tokens, world_.ledger,
                                         "p" + std::to_string(++deaths_));
  }
  void work_one() {
    UniqueFunction<void()> each = std::move(world_.thread.work.front());
    world_.thread.work.pop_front();
    each();
  }
  void pass() {
    world_.thread.pass(std::chrono::milliseconds(static_cast<int>(4000 * random_.uniform())));
    process_->desk->on_time();
  }
  // What it had asked for may still happen, or not.
  void die() {
    while (world_.api.held() > 0 && chance(0.5)) world_.api.release_one();
    world_.api.forget();
    world_.thread.work.clear();
    process_.reset();
    begin();
  }
  bool is_keyed(int number) const { return number % 2 == 0; }
  void send(int number) {
    Outgoing message;
    message.message = {1, static_cast<std::uint64_t>(number + 1)};
    message.endpoint = is_keyed(number) ? Endpoint::template_message : Endpoint::customer_message;
    const std::string user = "u" + std::to_string(number);
    message.recipients = {{user, user}};
    nlohmann::json body{{"touser", user}};
    if (is_keyed(number)) {
      body["client_msg_id"] = message.key = to_string(message.message);
      message.key_life = 10min;
    }
    message.body = body.dump();
    process_->desk->send(std::move(message), {});
  }
  std::optional<Api::Answer> trouble() {
    if (chance(0.02)) world_.api.rotate();
    if (!chance(share_)) return std::nullopt;
    switch (static_cast<int>(6 * random_.uniform())) {
      case 0: return Api::silence(false);
      case 1: return Api::silence(true);
      case 2: return Api::unreachable();
      case 3: return Api::code(-1);
      case 4: return Api::Answer{{}, {502, {}, "<html>", true}, chance(0.5)};
      default: return Api::Answer{{}, {200, {}, "{\"errco", true}, chance(0.5)};
    }
  }
  bool is_over() const {
    return world_.thread.work.empty() && world_.api.held() == 0 && process_->desk->under_way() == 0 && !left_behind();
  }
  bool left_behind() const {
    for (int i = 0; i < sends_; ++i) {
      const std::string states = process_->states("u" + std::to_string(i));
      if (states.ends_with("queued") || states.ends_with("sending")) return true;
    }
    return false;
  }
  std::string check(int sends) {
    std::map<std::string, int> got;
    for (const auto& [whom, times] : world_.api.delivered) got[whom.substr(0, whom.find('/'))] += times;
    for (int i = 0; i < sends; ++i) {
      const std::string user = "u" + std::to_string(i);
      const std::string states = process_->states(user);
      const bool accepted = states.find("accepted") != std::string::npos;
      const bool unclear = states.find("unknown") != std::string::npos;
      const std::string about = user + " (" + states + "): delivered " + std::to_string(got[user]) + " times";
      if (states.empty()) return about + ", and nobody knows";
      if (got[user] > 1) return about;
      if (accepted && got[user] != 1) return about + ", called accepted";
      if (!accepted && !unclear && got[user] != 0) return about + ", called failed";
    }
    return {};
  }

  delivery::Random random_;
  bool dies_;
  double share_ = 0;
  int sends_ = 0;
  World world_{};
  std::unique_ptr<Process> process_{};
  int deaths_ = 0;
};

std::string run_worlds(std::uint64_t worlds, bool dies, int sends) {
  for (std::uint64_t seed = 0; seed < worlds; ++seed) {
    const std::string wrong = RandomSends(seed, dies).run(sends);
    if (!wrong.empty()) return "seed " + std::to_string(seed) + ": " + wrong;
  }
  return {};
}

struct Switch {
  explicit Switch(Mutant which) { active_mutant = which; }
  ~Switch() { active_mutant = Mutant::none; }
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;
};

}  // namespace

TEST_CASE("nobody gets a message twice, and the ledger knows of each, also when processes die", "[wechat][property]") {
  CHECK(run_worlds(100, false, 40) == "");
  CHECK(run_worlds(200, true, 40) == "");
}

TEST_CASE("a call before its row is found by processes that die", "[wechat][mutants]") {
  const Switch on(Mutant::row_after_call);
  CHECK(run_worlds(200, true, 40) != "");
}

TEST_CASE("sending again without a key is found", "[wechat][mutants]") {
  const Switch on(Mutant::retry_unknown_without_key);
  CHECK(run_worlds(50, false, 40) != "");
}
