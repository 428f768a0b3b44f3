// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_CIVETWEB_SETTINGS_HPP
#define TIDINGS_ADAPTER_CIVETWEB_SETTINGS_HPP

#include <tidings/adapter/civetweb_options.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// What `mg_start` must be given so that civetweb can push: threads, timeouts, and that it leaves preflights and pings
/// to us. `mount` throws for a server that was started otherwise.
///
/// ```cpp
/// tidings::adapter::CivetwebSettings settings;
/// settings.set("listening_ports", "8080");
/// mg_context* server = mg_start(nullptr, nullptr, settings.data());
/// ```
/// Lifetime  to be kept until `mg_start` has returned.
class CivetwebSettings {
 public:
  explicit CivetwebSettings(const CivetwebOptions& options = {})
      : settings_{{"num_threads", std::to_string(options.max_pinned + options.other_threads)},
                  {"request_timeout_ms", std::to_string(options.write_timeout.count())},
                  // Without it each short poll costs a connection.
                  {"enable_keep_alive", "yes"},
                  {"tcp_nodelay", "1"},
                  // By default it answers preflights itself: any origin may do anything.
                  {"access_control_allow_methods", ""},
                  // With it, our pings' pongs would be kept from us.
                  {"enable_websocket_ping_pong", "no"}} {}

  /// Sets an option of civetweb's, also one of the above.
  void set(const std::string& name, std::string value) {
    const auto found = std::find_if(settings_.begin(), settings_.end(), [&](auto& each) { return each.first == name; });
    if (found == settings_.end()) {
      settings_.emplace_back(name, std::move(value));
    } else {
      found->second = std::move(value);
    }
  }

  /// The list in civetweb's form; valid until the next call of `set`.
  const char** data() {
    list_.clear();
    for (const auto& [name, value] : settings_) list_.insert(list_.end(), {name.c_str(), value.c_str()});
    list_.push_back(nullptr);
    return list_.data();
  }

 private:
  std::vector<std::pair<std::string, std::string>> settings_;
  std::vector<const char*> list_;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_CIVETWEB_SETTINGS_HPP
