// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_DELAYED_STORE_HPP
#define TIDINGS_TESTS_SUPPORT_DELAYED_STORE_HPP

#include <tidings/store_concepts.hpp>

#include "support/sim_world.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// How unkind the store is.
struct DelayedStoreOptions {
  std::chrono::milliseconds longest_delay{0};
  double failure = 0;
  double lost_announcement = 0;
  double late_announcement = 0;
  double double_announcement = 0;
};

/// A store behind an unkind network: calls and answers take their time and overtake each other, some fail before or
/// after they took effect. Its announcements are reliable, or lost, late, reordered and repeated.
///
/// @tparam World  Where time and chance come from: a SimWorld, or RealDelays.
template <tidings::Store Inner, bool Lossy, class World = SimWorld>
class DelayedStore {
 public:
  static constexpr bool lossy_announcements = Lossy;

  DelayedStore(World& world, Inner inner, std::shared_ptr<DelayedStoreOptions> options)
      : world_(&world), inner_(std::move(inner)), options_(std::move(options)) {}

  void attach(tidings::Announce announce, tidings::Completion<> done) {
    if constexpr (!Lossy) {
      inner_.attach(std::move(announce), std::move(done));
      return;
    }
    inner_.attach(
        [world = world_, options = options_, announce](const tidings::StoredMessagePtr& message) {
          if (world->chance(options->lost_announcement)) return;
          const int times = world->chance(options->double_announcement) ? 2 : 1;
          for (int i = 0; i < times; ++i) {
            const auto base = world->pick(static_cast<std::size_t>(options->longest_delay.count()) + 1);
            const auto late = world->chance(options->late_announcement) ? 500 : 0;
            world->after(std::chrono::milliseconds(base + static_cast<std::size_t>(late)),
                         [announce, message] { announce(message); });
          }
        },
        std::move(done));
  }
  void detach(tidings::Completion<> done) { inner_.detach(std::move(done)); }

  void append(tidings::AppendRequest request, tidings::Completion<tidings::Appended> done) {
    later<tidings::Appended>(std::move(done), [inner = inner_, request = std::move(request)](auto answer) mutable {
      inner.append(std::move(request), std::move(answer));
    });
  }
  void read(const std::string& topic, std::uint64_t after, std::size_t limit,
            tidings::Completion<tidings::ReadResult> done) {
    later<tidings::ReadResult>(std::move(done), [inner = inner_, topic, after, limit](auto answer) mutable {
      inner.read(topic, after, limit, std::move(answer));
    });
  }
  void trim(const std::string& topic, std::size_t keep, tidings::Completion<> done) {
    later<>(std::move(done),
            [inner = inner_, topic, keep](auto answer) mutable { inner.trim(topic, keep, std::move(answer)); });
  }
  void add_member(const std::string& topic, const std::string& user, tidings::Completion<> done) {
    later<>(std::move(done),
            [inner = inner_, topic, user](auto answer) mutable { inner.add_member(topic, user, std::move(answer)); });
  }
  void remove_member(const std::string& topic, const std::string& user, tidings::Completion<> done) {
    later<>(std::move(done), [inner = inner_, topic, user](auto answer) mutable {
      inner.remove_member(topic, user, std::move(answer));
    });
  }
  void positions(const std::string& user, std::vector<std::string> topics,
                 tidings::Completion<std::vector<tidings::MemberPosition>> done) {
    later<std::vector<tidings::MemberPosition>>(
        std::move(done), [inner = inner_, user, topics = std::move(topics)](auto answer) mutable {
          inner.positions(user, topics, std::move(answer));
        });
  }
  void acknowledge(std::vector<tidings::Acknowledgement> list, tidings::Completion<> done) {
    later<>(std::move(done), [inner = inner_, list = std::move(list)](auto answer) mutable {
      inner.acknowledge(list, std::move(answer));
    });
  }
  void except(std::vector<tidings::ExceptionEntry> list, tidings::Completion<> done) {
    later<>(std::move(done),
            [inner = inner_, list = std::move(list)](auto answer) mutable { inner.except(list, std::move(answer)); });
  }
  void standings(const std::string& topic, tidings::Position position,
                 tidings::Completion<tidings::StandingsResult> done) {
    later<tidings::StandingsResult>(std::move(done), [inner = inner_, topic, position](auto answer) mutable {
      inner.standings(topic, position, std::move(answer));
    });
  }
  void mark_seen(tidings::SeenRequest request, tidings::Completion<std::size_t> done) {
    later<std::size_t>(std::move(done), [inner = inner_, request = std::move(request)](auto answer) mutable {
      inner.mark_seen(request, std::move(answer));
    });
  }
  void unread(const std::string& user, tidings::Completion<std::size_t> done) {
    later<std::size_t>(std::move(done),
                       [inner = inner_, user](auto answer) mutable { inner.unread(user, std::move(answer)); });
  }
  void inbox(const std::string& user, std::uint64_t before, std::size_t limit,
             tidings::Completion<tidings::InboxPage> done) {
    later<tidings::InboxPage>(std::move(done), [inner = inner_, user, before, limit](auto answer) mutable {
      inner.inbox(user, before, limit, std::move(answer));
    });
  }

 private:
  std::chrono::milliseconds delay() {
    return std::chrono::milliseconds(world_->pick(static_cast<std::size_t>(options_->longest_delay.count()) + 1));
  }

  // The call travels, takes effect, and its answer travels back; each part may fail.
  template <class... Results, class Call>
  void later(tidings::Completion<Results...> done, Call call) {
    auto shared = std::make_shared<tidings::Completion<Results...>>(std::move(done));
    const bool lost = world_->chance(options_->failure / 2);
    const bool answer_lost = world_->chance(options_->failure / 2);
    const auto back = delay();
    auto arrive = [world = world_, shared, call = std::move(call), lost, answer_lost, back]() mutable {
      if (lost) {
        world->after(back, [shared] { shared->fail(tidings::errc::store_unavailable); });
        return;
      }
      call(tidings::Completion<Results...>([world, shared, answer_lost, back](std::error_code ec, Results... results) {
        world->after(back, [shared, answer_lost, ec, results...] {
          if (answer_lost) {
            shared->fail(tidings::errc::store_unavailable);
          } else {
            (*shared)(ec, results...);
          }
        });
      }));
    };
    auto once = std::make_shared<decltype(arrive)>(std::move(arrive));
    world_->after(delay(), [once] { (*once)(); });
  }

  World* world_;
  Inner inner_;
  std::shared_ptr<DelayedStoreOptions> options_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_DELAYED_STORE_HPP
