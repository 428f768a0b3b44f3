// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_HTTP_KIT_HPP
#define TIDINGS_TESTS_CONFORMANCE_HTTP_KIT_HPP

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"

#include "conformance/http/application.hpp"
#include "conformance/http/server_under_test.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

/// What the cases of the kit share.
namespace conformance {

/// An application on a running server.
class Kit {
 public:
  support::RawClient connect(int receive_buffer = 0) const {
    return support::RawClient(server_->port(), receive_buffer);
  }
  /// A client that has sent the request.
  support::RawClient ask(const std::string& request, int receive_buffer = 0) const {
    support::RawClient client = connect(receive_buffer);
    client.send(request);
    return client;
  }
  OpenAnswer next_answer() { return application_.next_answer(); }
  OpenStream next_stream() { return application_.next_stream(); }
  /// The next stream, its head sent.
  OpenStream next_started_stream();
  std::uint16_t port() const { return server_->port(); }
  Application& application() { return application_; }
  void stop() { server_->stop(); }

 private:
  Application application_;
  // After the application: it goes first, and nothing comes in any more.
  std::unique_ptr<ServerUnderTest> server_ = start_server(application_);
};

inline tidings::ResponseHead json_head() { return {200, {{"Content-Type", "application/json"}}}; }

inline tidings::ResponseHead event_stream_head() {
  return {200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-cache"}}};
}

inline OpenStream Kit::next_started_stream() {
  OpenStream stream = next_stream();
  stream.start(event_stream_head());
  return stream;
}

/// An event of a stream, `size` bytes long at least.
inline std::string event(std::size_t id, std::size_t size = 0) {
  const std::string head = "id: " + std::to_string(id) + "\ndata: ";
  return head + std::string(size > head.size() + 2 ? size - head.size() - 2 : 1, 'x') + "\n\n";
}

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_HTTP_KIT_HPP
