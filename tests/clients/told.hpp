// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CLIENTS_TOLD_HPP
#define TIDINGS_TESTS_CLIENTS_TOLD_HPP

#include <tidings/client_options.hpp>
#include <tidings/client_status.hpp>

#include "support/waiting.hpp"

#include "clients/client_fixture.hpp"

#include <utility>

namespace fixture {

/// A client of a server, and the states that it went through.
struct Told {
  support::Mailbox<tidings::ClientStatus> states;

  tidings::ClientOptions options(tidings::ClientOptions of = quick()) {
    of.on_state = [this](const tidings::ClientStatus& status) { states.put(status); };
    return of;
  }
  /// The next of these; others are passed over.
  tidings::ClientStatus next(tidings::ClientState a, tidings::ClientState b) {
    for (;;) {
      tidings::ClientStatus status = states.expect("no such state");
      if (status.state == a || status.state == b) return status;
    }
  }
  tidings::ClientStatus next(tidings::ClientState a) { return next(a, a); }
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_CLIENTS_TOLD_HPP
