// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_INTEGRATION_CONTROL_HPP
#define TIDINGS_TESTS_INTEGRATION_CONTROL_HPP

#include <tidings/hub.hpp>
#include <tidings/protocol/client_request.hpp>
#include <tidings/protocol/http/query.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace integration {

struct Reply {
  int status = 200;
  std::string text;
};

/// What a test can make happen, by POST:
///
///   /control/publish?topic=T&count=N   N messages with the data 1, 2, 3 ... over the life of the program; answered with
///                                      the last number when all are stored
///   /control/drain                     ends all sessions and refuses new ones; answered when none is left
///   /control/disconnect?user=U         ends that user's sessions
///   /control/sessions                  answers `SSE LONG_POLLS`: how many are open now
///   /control/stop                      ends the program
class Control {
 public:
  using Done = tidings::UniqueFunction<void(Reply)>;

  Control(tidings::HubRef hub, std::function<void()> stop) : hub_(std::move(hub)), stop_(std::move(stop)) {}

  /// Calls `done` once, from any thread.
  void post(const std::string& target, Done done) {
    using tidings::protocol::query_value;
    const std::string path = target.substr(0, target.find('?'));
    if (path == "/control/publish") {
      const std::uint64_t count = tidings::protocol::query_number(target, "count").value_or(1);
      publish(query_value(target, "topic").value_or("orders"), count, std::move(done));
    } else if (path == "/control/drain") {
      hub_.async_shutdown(std::chrono::milliseconds{0}, std::chrono::milliseconds{200},
                          [done = std::move(done)](std::error_code ec) mutable {
                            done({ec ? 500 : 200, ec.message()});
                          });
    } else if (path == "/control/disconnect") {
      hub_.disconnect(query_value(target, "user").value_or(""));
      done({});
    } else if (path == "/control/sessions") {
      const auto counters = hub_.counters();
      done({200, std::to_string(counters->sse_sessions.value()) + ' ' + std::to_string(counters->long_polls.value())});
    } else if (path == "/control/stop") {
      done({});
      stop_();
    } else {
      done({404, path});
    }
  }

 private:
  void publish(const std::string& topic, std::uint64_t count, Done done) {
    struct Batch {
      Done done;
      std::atomic<std::uint64_t> left;
      std::atomic<int> status{200};
    };
    if (count == 0) count = 1;
    auto batch = std::make_shared<Batch>();
    batch->done = std::move(done);
    batch->left = count;
    const std::uint64_t last = published_ += count;
    for (std::uint64_t number = last - count + 1; number <= last; ++number) {
      tidings::Message message{.topic = topic, .event = "created", .data = std::to_string(number)};
      hub_.publish(std::move(message), [batch, last](std::error_code ec, const tidings::Published&) {
        if (ec) batch->status = 400;
        if (--batch->left == 0) batch->done({batch->status.load(), std::to_string(last)});
      });
    }
  }

  tidings::HubRef hub_;
  std::function<void()> stop_;
  std::atomic<std::uint64_t> published_{0};
};

}  // namespace integration

#endif  // TIDINGS_TESTS_INTEGRATION_CONTROL_HPP
