// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROPERTY_SCHEDULE_HPP
#define TIDINGS_TESTS_PROPERTY_SCHEDULE_HPP

#include <tidings/hub/engine.hpp>
#include <tidings/store/memory_ledger.hpp>

#include "support/delayed_store.hpp"

#include "property/checks.hpp"
#include "property/reader.hpp"
#include "property/sim_scene.hpp"
#include "property/truth.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace property {

/// What one schedule came to.
struct Outcome {
  /// Empty = every promise held.
  std::string violation;
  std::size_t deliveries = 0;
  std::size_t duplicates = 0;
  std::size_t gaps = 0;
  /// Times that a loop left out announcements.
  std::size_t overflows = 0;
};

/// One random history of a hub: publications, subscriptions, cuts, slow readers, trims, expiry, epochs, an unkind store;
/// then peace, in which everybody must come to have everything. All choices come from the seed.
class Schedule {
 public:
  explicit Schedule(std::uint64_t seed)
      : world_(seed), truth_(std::make_shared<Truth>([this] { return world_.wall_now(); })), scene_(make_scene()) {
    start_core();
    make_readers();
  }
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;
  ~Schedule() {
    readers_.clear();
    scene_.core.reset();
  }

  Outcome run() {
    const std::size_t steps = 40 + world_.pick(80);
    for (std::size_t i = 0; i < steps && scene_.violation.empty(); ++i) {
      act();
      world_.run_for(std::chrono::milliseconds(world_.pick(60)));
      check_answers();
    }
    if (world_.chance(0.3)) come_late();
    peace();
    return {scene_.violation, scene_.deliveries, scene_.duplicates, scene_.gaps,
            scene_.core->counters().mailbox_overflows.value()};
  }

 private:
  SimScene make_scene() {
    tidings::MemoryStoreOptions options;
    options.clock = [this] { return world_.wall_now(); };
    options.seed = world_.engine()() | 1U;
    if (world_.chance(0.4)) options.max_messages = 3 + world_.pick(20);
    return SimScene(world_, truth_, TracedStore(std::move(options), truth_));
  }

  void start_core() {
    const std::size_t loops = 1 + world_.pick(3);
    tidings::hub::Core::Loops executors;
    for (std::size_t i = 0; i < loops; ++i) {
      scene_.loops.push_back(world_.make_loop());
      executors.push_back(scene_.loops.back());
    }
    delayed_ = world_.chance(0.6);
    unkind_ = std::make_shared<support::DelayedStoreOptions>();
    if (delayed_) {
      unkind_->longest_delay = std::chrono::milliseconds(world_.pick(80));
      unkind_->failure = world_.chance(0.5) ? 0.05 : 0;
      unkind_->lost_announcement = world_.chance(0.5) ? 0.2 : 0;
      unkind_->late_announcement = world_.chance(0.5) ? 0.2 : 0;
      unkind_->double_announcement = world_.chance(0.5) ? 0.2 : 0;
    }
    tidings::delivery::AnyStore store = make_store();
    scene_.core =
        std::make_shared<tidings::hub::Engine>(std::move(executors), std::move(store),
                                               tidings::delivery::AnyLedger(ledger_), hub_options(), world_.engine()());
    scene_.core->start([](std::error_code) {});
    for (std::size_t i = 0; i < loops; ++i) tick(i);
  }

  tidings::delivery::AnyStore make_store() {
    using tidings::delivery::AnyStore;
    if (!delayed_) return AnyStore(scene_.store);
    if (world_.chance(0.3)) return AnyStore(support::DelayedStore<TracedStore, false>(world_, scene_.store, unkind_));
    return AnyStore(support::DelayedStore<TracedStore, true>(world_, scene_.store, unkind_));
  }

  tidings::HubOptions hub_options() {
    using tidings::QueuePolicy;
    tidings::HubOptions options;
    options.max_queue_bytes = 150 + world_.pick(2000);
    if (world_.chance(0.3)) options.max_mailbox_bytes = world_.pick(400);
    const std::array policies{QueuePolicy::spill,    QueuePolicy::spill,       QueuePolicy::conflate,
                              QueuePolicy::drop_new, QueuePolicy::drop_oldest, QueuePolicy::close};
    options.queue_policy = policies[world_.pick(policies.size())];
    scene_.drops = options.queue_policy == QueuePolicy::drop_new || options.queue_policy == QueuePolicy::drop_oldest;
    options.catch_up_page = 1 + world_.pick(8);
    options.position_check = std::chrono::seconds(2);
    options.sse_max_lifetime = std::chrono::seconds(10);
    options.sse_retry = std::chrono::milliseconds(10);
    options.poll_interval = std::chrono::seconds(2);
    options.max_lag = std::chrono::seconds(3);
    options.pong_wait = std::chrono::seconds(4);
    options.close_timeout = std::chrono::seconds(1);
    return options;
  }

  void tick(std::size_t loop) {
    world_.after(std::chrono::milliseconds(250), [this, loop] {
      scene_.loops[loop]->post([this, loop] {
        if (scene_.core) scene_.core->tick(loop, world_.now());
      });
      tick(loop);
    });
  }

  void make_readers() {
    const std::size_t topics = 1 + world_.pick(3);
    for (std::size_t i = 0; i < topics; ++i) topics_.push_back("t" + std::to_string(i));
    const std::size_t users = 1 + world_.pick(3);
    for (std::size_t i = 0; i < users; ++i) {
      users_.push_back("u" + std::to_string(i));
      for (const std::string& topic : topics_) {
        if (world_.chance(0.4)) scene_.store.add_member(topic, users_.back(), [](std::error_code) {});
      }
    }
    for (const std::string& topic : topics_) truth_->know(topic);
    for (const std::string& user : users_) truth_->know("@" + user);
    truth_->know("extra");
    const std::size_t readers = 1 + world_.pick(5);
    for (std::size_t i = 0; i < readers; ++i) {
      tidings::Identity identity;
      if (!world_.chance(0.15)) identity.user = users_[world_.pick(users_.size())];
      for (const std::string& topic : topics_) {
        if (world_.chance(0.8)) identity.topics.push_back(topic);
      }
      if (identity.user.empty() && identity.topics.empty()) identity.topics.push_back(topics_[0]);
      identity.may_subscribe = [](std::string_view topic) { return topic == "extra"; };
      // A drain needs somebody whose cursor is kept.
      const std::size_t kinds = identity.user.empty() ? 5 : 6;
      readers_.push_back(std::make_shared<Reader>(scene_, static_cast<Reader::Kind>(world_.pick(kinds)),
                                                  "r" + std::to_string(i), std::move(identity)));
    }
  }

  // ---- the turmoil ----

  void act() {
    Reader& reader = *readers_[world_.pick(readers_.size())];
    switch (world_.pick(20)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5: publish(); break;
      case 6: burst(); break;
      case 7:
      case 8:
      case 9:
      case 10: reader.go(); break;
      case 11:
      case 12:
      case 13: reader.read(1 + world_.pick(600)); break;
      case 14: reader.read(1'000'000); break;
      case 15: reader.acknowledge(); break;
      case 16: reader.cut(std::chrono::milliseconds(world_.pick(3000))); break;
      case 17: seldom(reader); break;
      case 18: world_.run_for(std::chrono::milliseconds(world_.pick(1500))); break;
      default:
        for (const auto& each : readers_) each->go();
        break;
    }
  }

  void seldom(Reader& reader) {
    switch (world_.pick(10)) {
      case 0:
      case 1: trim(random_topic(), world_.pick(4)); break;
      case 2: begin_epoch(random_topic()); break;
      case 3: scene_.core->disconnect_user(reader.user()); break;
      case 4: reader.forget_cursor(std::array<std::string, 3>{"", "top", "start"}[world_.pick(3)]); break;
      case 5: reader.spoil_cursor(); break;
      case 6: hold_somebody(); break;
      case 7:
        scene_.core->add_member(topics_[world_.pick(topics_.size())], users_[world_.pick(users_.size())],
                                [](std::error_code) {});
        break;
      case 8: {
        reader.ask_for("extra");
        for_sessions([this](const std::vector<tidings::SessionInfo>& all) {
          for (const tidings::SessionInfo& each : all) scene_.core->subscribe(each.id, {"extra"});
        });
        break;
      }
      default: reader.cut(std::chrono::milliseconds(0)); break;
    }
  }

  // The last messages of a topic while its rooms are being made: nothing comes behind them that would show a hole.
  void come_late() {
    for (const auto& each : readers_) {
      each->ask_for("extra");
      each->go();
    }
    for_sessions([this](const std::vector<tidings::SessionInfo>& all) {
      for (const tidings::SessionInfo& each : all) scene_.core->subscribe(each.id, {"extra"});
    });
    for (std::size_t i = 0, count = 1 + world_.pick(4); i < count; ++i) {
      world_.run_for(std::chrono::milliseconds(world_.pick(60)));
      publish("extra");
    }
  }

  void trim(const std::string& topic, std::size_t keep) {
    scene_.trace("trim " + topic + " to " + std::to_string(keep));
    scene_.store.trim(topic, keep, [](std::error_code) {});
  }
  void begin_epoch(const std::string& topic) {
    scene_.trace("new epoch of " + topic);
    scene_.store.begin_epoch(topic);
  }

  template <class F>
  void for_sessions(F f) {
    scene_.core->sessions([this, f = std::move(f)](std::error_code, const std::vector<tidings::SessionInfo>& all) {
      // The answer may come while the schedule is taken down.
      if (scene_.core) f(all);
    });
  }

  void hold_somebody() {
    const bool held = world_.chance(0.5);
    for_sessions([this, held](const std::vector<tidings::SessionInfo>& all) {
      if (!all.empty()) scene_.core->hold(all[world_.pick(all.size())].id, held);
    });
  }

  std::string random_topic() {
    const std::size_t choice = world_.pick(topics_.size() + users_.size() + 1);
    if (choice < topics_.size()) return topics_[choice];
    if (choice == topics_.size()) return "extra";
    return "@" + users_[choice - topics_.size() - 1];
  }

  void publish() { publish(random_topic()); }
  void publish(std::string topic) {
    tidings::Message message;
    message.topic = std::move(topic);
    message.event = world_.chance(0.3) ? "created" : "";
    message.data = "m" + std::to_string(++published_);
    if (world_.chance(0.25)) message.key = "k" + std::to_string(world_.pick(2));
    if (world_.chance(0.2)) message.ttl = std::chrono::milliseconds(20 + world_.pick(1500));
    if (world_.chance(0.1)) {
      scene_.core->publish_to(users_, std::move(message), [](std::error_code, tidings::Published) {});
    } else {
      scene_.core->publish(std::move(message), [](std::error_code, tidings::Published) {});
    }
  }
  void burst() {
    for (std::size_t i = 0, count = 2 + world_.pick(12); i < count; ++i) publish();
  }

  // ---- peace ----

  void peace() {
    *unkind_ = {};
    release_all();
    for (int round = 0; round < 60 && scene_.violation.empty(); ++round) {
      for (const auto& reader : readers_) {
        reader->go();
        reader->read(1'000'000);
        if (round % 5 == 0) reader->acknowledge();
      }
      world_.run_for(std::chrono::milliseconds(round < 30 ? 200 : 700));
    }
    for (const auto& reader : readers_) reader->read(1'000'000);
    if (scene_.violation.empty()) {
      for (const auto& reader : readers_) reader->check_complete();
    }
    check_answers();
  }

  void release_all() {
    for_sessions([this](const std::vector<tidings::SessionInfo>& all) {
      for (const tidings::SessionInfo& each : all) scene_.core->hold(each.id, false);
    });
  }

  void check_answers() {
    check_acknowledged(scene_, scene_.store);
    check_proved(scene_, ledger_);
  }

  support::SimWorld world_;
  std::shared_ptr<Truth> truth_;
  SimScene scene_;
  tidings::MemoryLedger ledger_;
  std::shared_ptr<support::DelayedStoreOptions> unkind_;
  bool delayed_ = false;
  std::vector<std::string> topics_;
  std::vector<std::string> users_;
  std::vector<std::shared_ptr<Reader>> readers_;
  int published_ = 0;
};

}  // namespace property

#endif  // TIDINGS_TESTS_PROPERTY_SCHEDULE_HPP
