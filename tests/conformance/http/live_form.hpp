// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_HTTP_LIVE_FORM_HPP
#define TIDINGS_TESTS_CONFORMANCE_HTTP_LIVE_FORM_HPP

#include <tidings/hub/options.hpp>
#include <tidings/queue_policy.hpp>

#include <chrono>
#include <cstddef>

namespace conformance {

/// What the hub of a third of the schedules is like.
struct LiveForm {
  tidings::QueuePolicy policy = tidings::QueuePolicy::spill;
  std::size_t max_queue_bytes = 4000;
  std::size_t max_messages = 1000;

  bool drops() const { return policy == tidings::QueuePolicy::drop_oldest; }
  tidings::HubOptions options() const {
    tidings::HubOptions options;
    options.max_sessions_per_user = 1000;
    options.queue_policy = policy;
    options.max_queue_bytes = max_queue_bytes;
    options.catch_up_page = 3;
    options.sse_max_lifetime = options.ws_max_lifetime = std::chrono::seconds(1);
    options.sse_retry = std::chrono::milliseconds(10);
    return options;
  }
};

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_HTTP_LIVE_FORM_HPP
