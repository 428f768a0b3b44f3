// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_TRANSPORT_CURL_FIXTURE_HPP
#define TIDINGS_TESTS_TRANSPORT_CURL_FIXTURE_HPP

#include <tidings/curl_http_client.hpp>

#include "support/raw_server.hpp"
#include "support/waiting.hpp"

#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace fixture {

/// How calls ended.
struct Ended {
  std::error_code ec;
  tidings::HttpAnswer answer;
};

class Endings {
 public:
  tidings::Completion<tidings::HttpAnswer> completion() {
    return [this](std::error_code ec, tidings::HttpAnswer answer) { ended_.put({ec, std::move(answer)}); };
  }
  Ended next() { return ended_.expect("the call did not end"); }
  std::size_t count() const { return ended_.size(); }

 private:
  support::Mailbox<Ended> ended_;
};

inline tidings::HttpCall get(std::string url) {
  tidings::HttpCall call;
  call.url = std::move(url);
  return call;
}
inline tidings::HttpCall post(std::string url, std::string body) {
  tidings::HttpCall call = get(std::move(url));
  call.method = "POST";
  call.body = std::move(body);
  return call;
}

inline std::string answer_of(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
inline std::string read_head(support::RawClient& connection) { return connection.read_until("\r\n\r\n"); }

/// What came over connections that nobody has taken yet: once the client is gone.
inline std::vector<std::string> untaken(support::RawServer& server) {
  std::vector<std::string> all;
  for (;;) {
    try {
      all.push_back(server.next(std::chrono::milliseconds(0)).read_to_end());
    } catch (const std::runtime_error&) {
      return all;
    }
  }
}

}  // namespace fixture

#endif  // TIDINGS_TESTS_TRANSPORT_CURL_FIXTURE_HPP
