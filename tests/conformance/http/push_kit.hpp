// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_HTTP_PUSH_KIT_HPP
#define TIDINGS_TESTS_CONFORMANCE_HTTP_PUSH_KIT_HPP

#include <tidings/hub/access.hpp>
#include <tidings/hub/options.hpp>
#include <tidings/message.hpp>
#include <tidings/message_id.hpp>
#include <tidings/published.hpp>
#include <tidings/receipt.hpp>
#include <tidings/store/memory_ledger.hpp>
#include <tidings/store/memory_store.hpp>

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"

#include "conformance/http/server_under_test.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace support {
struct DelayedStoreOptions;
}

namespace conformance {

/// A hub on `/push` of a running server; the hub itself is compiled once for all cases.
///
/// Everybody may come in and is the `user` of the query, or anonymous; reads `news` and what the query asks for; what is
/// sent up comes back. `Authorization: nobody` is refused.
class PushKit {
 public:
  /// The largest envelope that is taken from a client.
  static constexpr std::size_t max_upward_bytes = 256 * 1024;

  /// As many sessions as anybody likes, and no pings beside those that keep the connection alive.
  static tidings::HubOptions plain_options();

  explicit PushKit(tidings::HubOptions options = plain_options(), const tidings::MemoryStoreOptions& store = {});
  /// With a store whose calls and answers take their time and overtake each other, and whose announcements may get lost.
  PushKit(tidings::HubOptions options, const tidings::MemoryStoreOptions& store,
          const support::DelayedStoreOptions& unkind);
  /// With an `authorize` of the case's own.
  explicit PushKit(tidings::Authorize authorize);
  PushKit(const PushKit&) = delete;
  PushKit& operator=(const PushKit&) = delete;
  ~PushKit();

  std::uint16_t port() const { return server_->port(); }
  void stop() { server_->stop(); }
  void unmount() { server_->unmount(); }
  /// Nothing is to be asked of the hub afterwards.
  void end_hub();
  /// A client that has sent the request.
  support::RawClient ask(const std::string& request) const {
    support::RawClient client(port());
    client.send(request);
    return client;
  }
  support::RawAnswer answer_to(const std::string& request) const {
    support::RawClient client = ask(request);
    return support::read_answer(client);
  }

  /// What is stored when this returns.
  tidings::Published publish(tidings::Message message) const;
  void publish(std::string data) const { publish({.topic = "news", .data = std::move(data)}); }
  /// What became of a message at its only recipient.
  tidings::Outcome outcome(tidings::MessageId id) const;
  void disconnect(const std::string& user) const;
  /// Waits until nothing is on its way between hub and store.
  void settle() const;
  std::size_t sockets() const;
  /// Of all transports, held polls among them.
  std::size_t sessions() const;
  /// The hub's.
  tidings::MemoryStore& store() const;
  tidings::MemoryLedger& ledger() const;

 private:
  struct Application;

  PushKit(std::unique_ptr<Application> application, tidings::Authorize authorize);

  std::unique_ptr<Application> application_;
  std::unique_ptr<PushUnderTest> server_;
};

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_HTTP_PUSH_KIT_HPP
