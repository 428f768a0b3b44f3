// SPDX-License-Identifier: BSL-1.0
//
// A request that does not tell its peer.
//
// error: r\.peer\(\)
// error: HttpRequest

#include <tidings/request_snapshot.hpp>

struct Request {
  std::string method() const;
  std::string target() const;
  std::optional<std::string> header(std::string_view) const;
#ifdef GOOD
  std::string peer() const;
#endif
  std::string body() const;
  int http_version() const;
};

tidings::RequestSnapshot copy(const Request& request) { return tidings::snapshot(request); }
