// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_RECONNECT_HPP
#define TIDINGS_CLIENT_RECONNECT_HPP

#include <tidings/client/close_rule.hpp>
#include <tidings/close_code.hpp>
#include <tidings/delivery/backoff.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <optional>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// How a connection ended, or the attempt at one.
struct Ended {
  enum class How {
    /// It broke, could not be had, or fell silent. Of an event stream also its end.
    cut,
    /// By a close frame with `code`.
    closed,
    /// By an answer with `http_status`.
    refused,
  };

  How how = How::cut;
  CloseCode code = CloseCode::no_status;
  int http_status = 0;
  /// How long the server wants us away.
  std::optional<std::chrono::milliseconds> hint{};
};

/// Decides whether and when a client comes back. No clock, no randomness: both are parameters.
class Reconnect {
 public:
  struct Options {
    /// The first wait is random between 0 and base (RFC 6455 7.2.3: 0 to 5 s), then the ceiling doubles up to cap; a
    /// connection that lived for `stable` forgets what failed before it.
    delivery::Backoff::Options backoff{.base = std::chrono::seconds(5)};
    /// Of an end that says "not at once" and not when.
    std::chrono::milliseconds least{5000};
    /// New credentials can be asked for.
    bool can_renew = false;
  };
  struct Next {
    enum class Act {
      /// Come back after `wait`.
      wait,
      stop,
    };
    Act act = Act::wait;
    std::chrono::milliseconds wait{0};
    /// Ask for new credentials before.
    bool renew = false;
  };

  explicit Reconnect(Options options) : options_(options), backoff_(options.backoff) {}

  /// An attempt begins, also where the connection before it has not ended.
  void on_begin() { open_ = false; }

  void on_open(steady_time now) {
    open_ = true;
    asked_ = false;
    backoff_.on_success(now);
  }

  /// @param jitter  In [0, 1).
  Next on_end(const Ended& ended, double jitter, steady_time now) {
    const bool was_open = std::exchange(open_, false);
    backoff_.on_lost(now);
    const Rule rule = ended.how == Ended::How::closed    ? close_rule(ended.code)
                      : ended.how == Ended::How::refused ? status_rule(ended.http_status)
                                                         : Rule::back;
    if (rule == Rule::stop) return {Next::Act::stop};
    if (rule == Rule::renew) {
      // Refused before it began: once with new credentials, at once; else nothing has changed.
      if (!was_open && (options_.can_renew || ended.how == Ended::How::refused)) {
        if (!options_.can_renew || std::exchange(asked_, true)) return {Next::Act::stop};
        return {Next::Act::wait, std::chrono::milliseconds(0), true};
      }
      asked_ = options_.can_renew;
      return {Next::Act::wait, backoff_.next(jitter, ended.hint), options_.can_renew};
    }
    const bool held_off = !ended.hint && rule == Rule::later;
    const std::chrono::milliseconds least = held_off ? options_.least : std::chrono::milliseconds(0);
    return {Next::Act::wait, least + backoff_.next(jitter, ended.hint)};
  }

  /// Somebody asked for it: what was is forgotten.
  void reset() {
    backoff_.reset();
    asked_ = false;
    open_ = false;
  }

 private:
  Options options_;
  delivery::Backoff backoff_;
  bool open_ = false;
  bool asked_ = false;  // for new credentials since it was open last
};

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_RECONNECT_HPP
