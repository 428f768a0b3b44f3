// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_REQUESTS_HPP
#define TIDINGS_WECHAT_CALLBACK_REQUESTS_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/callback_digest.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Remembers signed requests for as long as their timestamp is good, so that a signature serves for one content only.
///
/// When there are too many, the ones with the oldest timestamps go, and with them the right of anything as old: the
/// window shrinks, and lets nothing in twice. The same holds for what a clock that jumped has removed.
/// Thread  none of its own.
class CallbackRequests {
 public:
  enum class Verdict {
    /// Not seen before.
    first,
    /// The same request again.
    again,
    /// The signature was used for another content.
    reused,
    /// So old that it may have been seen and forgotten.
    forgotten,
  };

  /// @param window  A timestamp is good so long before and after now; > 0.
  /// @param most    Requests remembered; at least 1.
  CallbackRequests(std::chrono::seconds window, std::size_t most) : window_(window), most_(most) {}

  /// Whether the timestamp, unix time in seconds, is near enough to now.
  bool in_time(std::int64_t timestamp, wall_time now) const {
    const std::int64_t second = now.ms / 1000;
    return timestamp >= second - window_.count() && timestamp <= second + window_.count();
  }

  /// @param signed_part  What the signature covers, and whose it is.
  /// @param content      What must be the same when it comes again.
  /// @param timestamp    In time.
  Verdict on_request(const CallbackDigest& signed_part, const CallbackDigest& content, std::int64_t timestamp,
                     wall_time now) {
    while (!seen_.empty() && !in_time(seen_.begin()->first.first, now) && seen_.begin()->first.first < now.ms / 1000) {
      drop_oldest();
    }
    const Key key(timestamp, signed_part);
    if (const auto found = seen_.find(key); found != seen_.end()) {
      return found->second == content ? Verdict::again : Verdict::reused;
    }
    if (timestamp <= floor_) return Verdict::forgotten;
    if (seen_.size() >= most_) {
      if (timestamp <= seen_.begin()->first.first) return Verdict::forgotten;
      drop_oldest();
    }
    seen_.emplace(key, content);
    return Verdict::first;
  }

  std::size_t size() const { return seen_.size(); }

 private:
  using Key = std::pair<std::int64_t, CallbackDigest>;

  void drop_oldest() {
    floor_ = std::max(floor_, seen_.begin()->first.first);
    seen_.erase(seen_.begin());
  }

  std::chrono::seconds window_;
  std::size_t most_;
  // By timestamp.
  std::map<Key, CallbackDigest> seen_;
  // Of what was removed, the newest timestamp.
  std::int64_t floor_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CALLBACK_REQUESTS_HPP
