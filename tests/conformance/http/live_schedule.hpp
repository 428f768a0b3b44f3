// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_HTTP_LIVE_SCHEDULE_HPP
#define TIDINGS_TESTS_CONFORMANCE_HTTP_LIVE_SCHEDULE_HPP

#include <tidings/message.hpp>
#include <tidings/net/clock.hpp>

#include "support/waiting.hpp"

#include "conformance/http/push_kit.hpp"
#include "conformance/http/push_reader.hpp"
#include "property/checks.hpp"
#include "property/scene.hpp"
#include "property/truth.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace conformance {

/// One random history, in topics and with users of its own, of a hub that goes on serving.
class LiveSchedule {
 public:
  struct Manners {
    /// The hub's policy gives messages up.
    bool drops = false;
    /// Between two steps, now and then.
    std::chrono::microseconds longest_pause{1500};
    /// For what has not come yet, once there is peace.
    std::chrono::milliseconds patience = support::failure_limit;
  };

  LiveSchedule(const PushKit& kit, unsigned seed, Manners manners)
      : kit_(kit),
        random_(seed),
        manners_(manners),
        prefix_("s" + std::to_string(seed)),
        scene_(make_scene(manners.drops)) {
    for (unsigned i = 0, topics = 1 + pick(3); i < topics; ++i) topics_.push_back(prefix_ + "t" + std::to_string(i));
    for (unsigned i = 0, users = 1 + pick(3); i < users; ++i) users_.push_back(prefix_ + "u" + std::to_string(i));
    for (const std::string& topic : topics_) {
      for (const std::string& user : users_) {
        if (pick(10) < 4) kit.store().add_member(topic, user, [](std::error_code) {});
      }
    }
    for (unsigned i = 0, readers = 1 + pick(5); i < readers; ++i) make_reader(i);
  }

  /// The first promise that was broken; empty = none.
  std::string run() {
    for (unsigned i = 0, steps = 40 + pick(60); i < steps && scene_.violation.empty(); ++i) {
      act();
      // Sometimes the hub and the server get a word in.
      if (pick(4) == 0)
        std::this_thread::sleep_for(
            std::chrono::microseconds(pick(static_cast<unsigned>(manners_.longest_pause.count()))));
    }
    peace();
    kit_.settle();
    property::check_acknowledged(scene_, kit_.store());
    property::check_proved(scene_, kit_.ledger());
    return scene_.violation;
  }
  const property::Scene& scene() const { return scene_; }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

  property::Scene make_scene(bool drops) const {
    return {.truth = std::make_shared<property::Truth>(tidings::io::wall_now),
            .state = [store = kit_.store()](const std::string& topic) { return property::state_of(store, topic); },
            .drops = drops};
  }
  void make_reader(unsigned number) {
    PushReader::Wish wish;
    for (const std::string& topic : topics_) {
      if (wish.topics.empty() || pick(5) != 0) wish.topics += (wish.topics.empty() ? "" : ",") + topic;
    }
    if (pick(7) != 0) wish.user = users_[pick(static_cast<unsigned>(users_.size()))];
    for (const std::string& topic : topics_) scene_.truth->know(topic);
    scene_.truth->know("news");
    if (!wish.user.empty()) scene_.truth->know("@" + wish.user);
    // A drain needs somebody whose cursor is kept; WebSockets are the last kind.
    std::vector<PushReader::Kind> kinds{PushReader::Kind::own_sse, PushReader::Kind::bare_sse,
                                        PushReader::Kind::long_poll, PushReader::Kind::short_poll};
    if (!wish.user.empty()) kinds.push_back(PushReader::Kind::drain);
    if (server_facts().upgrades) kinds.insert(kinds.end(), 2, PushReader::Kind::websocket);
    readers_.push_back(std::make_unique<PushReader>(scene_, random_, kit_.port(),
                                                    kinds[pick(static_cast<unsigned>(kinds.size()))],
                                                    prefix_ + "r" + std::to_string(number), std::move(wish)));
  }

  // ---- the turmoil ----

  void act() {
    PushReader& reader = *readers_[pick(static_cast<unsigned>(readers_.size()))];
    switch (pick(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: publish(); break;
      case 5:
        for (unsigned i = 0, count = 2 + pick(12); i < count; ++i) publish();
        break;
      case 6:
      case 7: reader.go(); break;
      case 8:
      case 9:
      case 10: reader.read(); break;
      case 11: reader.acknowledge(); break;
      case 12:
      case 13: reader.cut(); break;
      case 14: seldom(reader); break;
      default:
        for (const auto& each : readers_) each->go();
        break;
    }
  }
  void seldom(PushReader& reader) {
    switch (pick(8)) {
      case 0:
      case 1: kit_.store().trim(random_topic(), pick(4), [](std::error_code) {}); break;
      case 2: kit_.store().begin_epoch(random_topic()); break;
      case 3: kit_.disconnect(users_[pick(static_cast<unsigned>(users_.size()))]); break;
      case 4: reader.forget_cursor(std::array<std::string, 3>{"", "top", "start"}[pick(3)]); break;
      case 5: reader.spoil_cursor(); break;
      default: reader.cut(); break;
    }
  }

  std::string random_topic() {
    const unsigned choice = pick(static_cast<unsigned>(topics_.size() + users_.size()));
    return choice < topics_.size() ? topics_[choice] : "@" + users_[choice - topics_.size()];
  }
  void publish() {
    tidings::Message message;
    message.topic = random_topic();
    message.event = pick(3) == 0 ? "created" : "";
    // Now and then more than sockets hold.
    message.data = "m" + std::to_string(++published_) + std::string(pick(20) == 0 ? 20'000 : pick(60), '.');
    if (pick(4) == 0) message.key = "k" + std::to_string(pick(2));
    property::Truth::Entry entry{
        .number = published_, .topic = message.topic, .offset = 0, .expires = {}, .key = message.key};
    if (pick(5) == 0) {
      message.ttl = std::chrono::milliseconds(1 + pick(50));
      entry.expires = tidings::wall_time{tidings::io::wall_now().ms + message.ttl.count()};
    }
    entry.offset = kit_.publish(std::move(message)).position.offset;
    scene_.truth->record(std::move(entry));
  }

  // ---- peace ----

  void peace() {
    support::eventually(
        [&] {
          bool complete = true;
          for (const auto& reader : readers_) {
            reader->go();
            reader->read();
            complete = complete && reader->complete();
          }
          return complete || !scene_.violation.empty();
        },
        manners_.patience);
    if (!scene_.violation.empty()) return;
    for (const auto& reader : readers_) reader->check_complete();
  }

  const PushKit& kit_;
  std::minstd_rand random_;
  Manners manners_;
  std::string prefix_;
  property::Scene scene_;
  std::vector<std::string> topics_;
  std::vector<std::string> users_;
  std::vector<std::unique_ptr<PushReader>> readers_;
  int published_ = 0;
};

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_HTTP_LIVE_SCHEDULE_HPP
