// SPDX-License-Identifier: BSL-1.0

#include "conformance/http/push_kit.hpp"

#include <tidings/hub.hpp>
#include <tidings/net/config.hpp>
#include <tidings/on_message.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/delayed_store.hpp"
#include "support/real_delays.hpp"

#include <memory>
#include <utility>

namespace conformance {

using namespace tidings;

struct PushKit::Application {
  template <bool Lossy>
  using UnkindStore = support::DelayedStore<MemoryStore, Lossy, support::RealDelays>;

  Application(HubOptions options, const MemoryStoreOptions& bounds)
      : store(bounds), hub(std::make_shared<Hub<>>(store, ledger, std::move(options))) {}
  Application(HubOptions options, const MemoryStoreOptions& bounds, const support::DelayedStoreOptions& unkind)
      : store(bounds), delays(std::make_unique<support::RealDelays>(1)) {
    if (unkind.lost_announcement > 0) {
      make_hub<UnkindStore<true>>(std::move(options), unkind);
    } else {
      make_hub<UnkindStore<false>>(std::move(options), unkind);
    }
  }
  template <class Unkind>
  void make_hub(HubOptions options, const support::DelayedStoreOptions& unkind) {
    Unkind between(*delays, store, std::make_shared<support::DelayedStoreOptions>(unkind));
    hub = std::make_shared<Hub<Unkind>>(std::move(between), ledger, std::move(options));
  }

  MemoryStore store;
  MemoryLedger ledger;
  // Null: the store is kind.
  std::unique_ptr<support::RealDelays> delays;
  // Of whatever store.
  std::shared_ptr<HubRef> hub;
};

namespace {

// What the query says; the names here need no decoding.
std::string user_of(const RequestSnapshot& request) {
  const std::size_t at = request.target.find("user=");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + 5;
  return request.target.substr(begin, request.target.find('&', begin) - begin);
}

Access let_in(const RequestSnapshot& request) {
  if (request.header("authorization") == "nobody") return reject(403);
  return Identity{.user = user_of(request), .topics = {"news"}, .may_subscribe = [](std::string_view) { return true; }};
}

EndpointOptions endpoint_options() {
  EndpointOptions options;
  options.max_upward_bytes = PushKit::max_upward_bytes;
  options.upward_rate = 100'000;
  options.upward_burst = 100'000;
  options.on_message = [](const SessionInfo&, const UpwardMessage& message) { return reply(message.data); };
  return options;
}

}  // namespace

HubOptions PushKit::plain_options() {
  HubOptions options;
  options.max_sessions_per_user = 1000;
  options.pong_evidence = false;
  return options;
}

PushKit::PushKit(HubOptions options, const MemoryStoreOptions& store)
    : PushKit(std::make_unique<Application>(std::move(options), store), make_authorize(let_in)) {}
PushKit::PushKit(HubOptions options, const MemoryStoreOptions& store, const support::DelayedStoreOptions& unkind)
    : PushKit(std::make_unique<Application>(std::move(options), store, unkind), make_authorize(let_in)) {}
PushKit::PushKit(Authorize authorize)
    : PushKit(std::make_unique<Application>(plain_options(), MemoryStoreOptions{}), std::move(authorize)) {}
PushKit::PushKit(std::unique_ptr<Application> application, Authorize authorize)
    : application_(std::move(application)),
      server_(start_push({*application_->hub, std::move(authorize), endpoint_options()})) {}
PushKit::~PushKit() = default;

void PushKit::end_hub() { application_->hub.reset(); }
Published PushKit::publish(Message message) const { return application_->hub->publish_and_wait(std::move(message)); }
Outcome PushKit::outcome(MessageId id) const {
  return application_->hub->async_status(id, net::use_future).get().recipients.at(0).outcome;
}
void PushKit::settle() const {
  if (application_->delays) application_->delays->settle();
}
void PushKit::disconnect(const std::string& user) const { application_->hub->disconnect(user); }

std::size_t PushKit::sockets() const {
  return static_cast<std::size_t>(application_->hub->counters()->ws_sessions.value());
}
std::size_t PushKit::sessions() const {
  const auto counters = application_->hub->counters();
  return static_cast<std::size_t>(counters->ws_sessions.value() + counters->sse_sessions.value() +
                                  counters->long_polls.value());
}

MemoryStore& PushKit::store() const { return application_->store; }
MemoryLedger& PushKit::ledger() const { return application_->ledger; }

}  // namespace conformance
