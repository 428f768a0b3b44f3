// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_STORE_UNDER_TEST_HPP
#define TIDINGS_TESTS_SUPPORT_STORE_UNDER_TEST_HPP

#include <tidings/store_concepts.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace support {

/// What a test wants of a store; the defaults are out of the way.
struct StoreSetup {
  std::size_t max_messages = 1000;
  std::size_t max_bytes = 100'000'000;
  std::chrono::milliseconds max_age = std::chrono::hours(24 * 365);
  std::chrono::milliseconds idempotency_age = std::chrono::minutes(5);
  std::function<tidings::wall_time()> clock{};
};

/// A store with a clock of the test's, called as if it were blocking; its answers may come from any thread.
template <class Factory>
class StoreUnderTest {
 public:
  using Store = typename Factory::Store;
  static_assert(tidings::Store<Store>);

  explicit StoreUnderTest(StoreSetup setup = {}) : StoreUnderTest(std::move(setup), Factory::make) {}
  /// A store made by `make(setup)` instead: with bounds that only this kind of store has.
  template <class Make>
  StoreUnderTest(StoreSetup setup, Make&& make) : store_(make(with_clock(std::move(setup), now_))) {
    call<>([&](auto done) {
      store_.attach([heard = heard_](const tidings::StoredMessagePtr& message) { heard->note(message); },
                    std::move(done));
    });
  }
  void detach() {
    call<>([&](auto done) { store_.detach(std::move(done)); });
  }

  tidings::wall_time now() const { return {now_->load()}; }
  void advance(std::chrono::milliseconds span) { now_->fetch_add(span.count()); }
  Store& store() { return store_; }

  /// A request under the next id.
  tidings::AppendRequest request(const std::string& topic, std::string data) {
    tidings::AppendRequest request;
    request.id = {0x18C0'0000'0000'0000U, ++last_id_};
    request.message.topic = topic;
    request.message.data = std::move(data);
    return request;
  }
  tidings::Appended append(tidings::AppendRequest request) {
    return call<tidings::Appended>([&](auto done) { store_.append(std::move(request), std::move(done)); });
  }
  tidings::Appended append(const std::string& topic, std::string data) {
    return append(request(topic, std::move(data)));
  }
  tidings::Appended append_keyed(const std::string& topic, const std::string& key) {
    tidings::AppendRequest keyed = request(topic, "value");
    keyed.message.key = key;
    return append(std::move(keyed));
  }
  tidings::Appended append_for(const std::string& topic, std::string data, std::chrono::milliseconds ttl) {
    tidings::AppendRequest brief = request(topic, std::move(data));
    brief.message.ttl = ttl;
    return append(std::move(brief));
  }
  tidings::Appended append_once(const std::string& topic, const std::string& idempotency_key, std::string data) {
    tidings::AppendRequest once = request(topic, std::move(data));
    once.message.idempotency_key = idempotency_key;
    return append(std::move(once));
  }

  tidings::ReadResult read(const std::string& topic, std::uint64_t after, std::size_t limit = 100'000) {
    return call<tidings::ReadResult>([&](auto done) { store_.read(topic, after, limit, std::move(done)); });
  }
  void trim(const std::string& topic, std::size_t keep) {
    call<>([&](auto done) { store_.trim(topic, keep, std::move(done)); });
  }
  void add_member(const std::string& topic, const std::string& user) {
    call<>([&](auto done) { store_.add_member(topic, user, std::move(done)); });
  }
  void remove_member(const std::string& topic, const std::string& user) {
    call<>([&](auto done) { store_.remove_member(topic, user, std::move(done)); });
  }
  std::vector<tidings::MemberPosition> positions(const std::string& user, const std::vector<std::string>& topics) {
    return call<std::vector<tidings::MemberPosition>>(
        [&](auto done) { store_.positions(user, topics, std::move(done)); });
  }
  void acknowledge(const std::string& user, const std::string& topic, tidings::Position position,
                   tidings::Evidence evidence) {
    call<>([&](auto done) { store_.acknowledge({{user, topic, position, evidence}}, std::move(done)); });
  }
  /// Under the topic's present epoch.
  void acknowledge(const std::string& user, const std::string& topic, std::uint64_t offset,
                   tidings::Evidence evidence) {
    acknowledge(user, topic, tidings::Position{read(topic, 0, 0).state.epoch, offset}, evidence);
  }
  void except(const std::string& user, const std::string& topic, std::uint64_t from, std::uint64_t to,
              tidings::ExceptionReason reason) {
    call<>([&](auto done) { store_.except({{user, topic, {from, to, reason}}}, std::move(done)); });
  }
  tidings::StandingsResult standings(const std::string& topic, tidings::Position position) {
    return call<tidings::StandingsResult>([&](auto done) { store_.standings(topic, position, std::move(done)); });
  }
  tidings::StandingsResult standings(const std::string& topic, std::uint64_t offset) {
    return standings(topic, tidings::Position{read(topic, 0, 0).state.epoch, offset});
  }
  std::size_t mark_seen(const std::string& user, std::vector<tidings::Position> positions) {
    return call<std::size_t>([&](auto done) {
      store_.mark_seen({user, std::move(positions), false}, std::move(done));
    });
  }
  std::size_t mark_all_seen(const std::string& user) {
    return call<std::size_t>([&](auto done) { store_.mark_seen({user, {}, true}, std::move(done)); });
  }
  std::size_t unread(const std::string& user) {
    return call<std::size_t>([&](auto done) { store_.unread(user, std::move(done)); });
  }
  tidings::InboxPage inbox(const std::string& user, std::uint64_t before, std::size_t limit) {
    return call<tidings::InboxPage>([&](auto done) { store_.inbox(user, before, limit, std::move(done)); });
  }

  /// What was announced of a topic, in the order in which it came.
  std::vector<tidings::StoredMessagePtr> announced(const std::string& topic) const {
    const std::lock_guard lock(heard_->mutex);
    const auto found = heard_->messages.find(topic);
    return found == heard_->messages.end() ? std::vector<tidings::StoredMessagePtr>() : found->second;
  }

 private:
  struct Heard {
    void note(const tidings::StoredMessagePtr& message) {
      const std::lock_guard lock(mutex);
      messages[message->message.topic].push_back(message);
    }
    std::mutex mutex;
    std::map<std::string, std::vector<tidings::StoredMessagePtr>> messages;
  };

  static StoreSetup with_clock(StoreSetup setup, const std::shared_ptr<std::atomic<std::int64_t>>& now) {
    setup.clock = [now] { return tidings::wall_time{now->load()}; };
    return setup;
  }

  // Waits for the answer; an error is the test's end.
  template <class... Result, class Start>
  static auto call(Start&& start) {
    using Value = std::tuple<Result...>;
    auto promise = std::make_shared<std::promise<std::pair<std::error_code, Value>>>();
    auto future = promise->get_future();
    start(tidings::Completion<Result...>([promise](std::error_code ec, Result... result) {
      promise->set_value({ec, Value(std::move(result)...)});
    }));
    std::pair<std::error_code, Value> answer = future.get();
    if (answer.first) throw std::runtime_error("the store answered: " + answer.first.message());
    if constexpr (sizeof...(Result) == 1) return std::get<0>(std::move(answer.second));
  }

  std::shared_ptr<std::atomic<std::int64_t>> now_ = std::make_shared<std::atomic<std::int64_t>>(1'700'000'000'000);
  std::shared_ptr<Heard> heard_ = std::make_shared<Heard>();
  std::atomic<std::uint64_t> last_id_{0};
  Store store_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_STORE_UNDER_TEST_HPP
