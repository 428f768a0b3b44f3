// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_REQUEST_TARGET_HPP
#define TIDINGS_CLIENT_REQUEST_TARGET_HPP

#include <tidings/client/url.hpp>
#include <tidings/client_options.hpp>
#include <tidings/version.hpp>

#include <span>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// What a client of the hub asks for beside its URL.
struct Wanted {
  std::span<const std::string> topics{};
  /// Empty = none.
  std::string_view cursor{};
  ClientOptions::From from = ClientOptions::From::unsaid;
  std::string_view device{};
  /// An event stream whose events carry their own tokens.
  bool own_ids = false;
};

/// The URL's target with the query that says it. Source  docs/guides/wire.md, "Query parameters and request headers".
inline std::string request_target(const Url& url, const Wanted& wanted) {
  std::string target = url.target;
  const auto put = [&target](std::string_view name) {
    target.append(target.find('?') == std::string::npos ? "?" : "&").append(name).append("=");
  };
  if (!wanted.topics.empty()) {
    put("topics");
    bool first = true;
    for (const std::string& each : wanted.topics) {
      if (!std::exchange(first, false)) target.push_back(',');
      protocol::append_percent_encoded(target, each);
    }
  }
  if (!wanted.cursor.empty()) {
    put("after");
    target.append(wanted.cursor);
  }
  if (wanted.from != ClientOptions::From::unsaid) {
    put("from");
    target.append(wanted.from == ClientOptions::From::top ? "top" : "start");
  }
  if (wanted.own_ids) {
    put("ids");
    target.append("own");
  }
  put("device");
  return target.append(wanted.device);
}

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_REQUEST_TARGET_HPP
