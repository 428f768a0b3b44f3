// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_LISTENER_FIXTURE_HPP
#define TIDINGS_TESTS_ADAPTER_LISTENER_FIXTURE_HPP

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/waiting.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// What the tests of the listener share.
namespace fixture {

using tidings::Mount;
using tidings::RequestSnapshot;
using tidings::ResponseHead;
using tidings::adapter::Exchange;
using tidings::adapter::Listener;
using tidings::adapter::ListenerOptions;

inline ResponseHead text_head(int status = 200) { return {status, {{"Content-Type", "text/plain"}}}; }

/// A request that a test answers when it likes.
struct Held {
  RequestSnapshot request;
  Exchange exchange;
};

/// A listener on a hub of its own. `/echo` answers at once with method, target and body; `/hold` hands its requests to
/// the test; nothing else is served.
class Served {
 public:
  explicit Served(ListenerOptions options = {}, std::size_t loops = 1)
      : hub(loops),
        listener(hub, std::move(options)),
        echo_(listener.handle("/echo", echo())),
        hold_(listener.handle("/hold", hold())) {}

  support::RawClient connect(int receive_buffer = 0) const {
    return support::RawClient(listener.port(), receive_buffer);
  }
  support::RawClient ask(const std::string& bytes, int receive_buffer = 0) const {
    support::RawClient client = connect(receive_buffer);
    client.send(bytes);
    return client;
  }
  Held next_held() { return held_->expect("no request came to /hold"); }
  std::size_t echoed() const { return echoed_->count(); }
  /// Exceptions out of callbacks that were caught.
  std::uint64_t callback_errors() const {
    const auto counters = hub.counters();
    return counters ? counters->callback_errors.value() : 0;
  }
  /// What is posted now has run, and what was ready before it.
  void settle() {
    support::Tally done;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto state = hub.state().lock();
      for (std::size_t loop = 0; loop < state->loops(); ++loop) state->loop(loop).post([&done] { done.add(); });
      done.reaches((i + 1) * state->loops());
    }
  }

  // The hub outlives the listener here; the tests of lifetimes have their own.
  tidings::Hub<> hub;
  Listener listener;

 private:
  Listener::Handler echo() const {
    return [echoed = echoed_](RequestSnapshot request, Exchange exchange) {
      echoed->add();
      std::move(exchange).answer().respond(
          text_head(), tidings::share_bytes(request.method + " " + request.target + " " + request.body));
    };
  }
  Listener::Handler hold() const {
    return [held = held_](RequestSnapshot request, Exchange exchange) {
      held->put({std::move(request), std::move(exchange)});
    };
  }

  std::shared_ptr<support::Tally> echoed_ = std::make_shared<support::Tally>();
  std::shared_ptr<support::Mailbox<Held>> held_ = std::make_shared<support::Mailbox<Held>>();
  Mount echo_;
  Mount hold_;
};

inline std::string post(const std::string& target, const std::string& headers, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
}

/// With its length.
inline std::string post(const std::string& target, const std::string& body) {
  return post(target, "Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_LISTENER_FIXTURE_HPP
