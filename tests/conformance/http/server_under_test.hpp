// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_HTTP_SERVER_UNDER_TEST_HPP
#define TIDINGS_TESTS_CONFORMANCE_HTTP_SERVER_UNDER_TEST_HPP

#include <tidings/endpoint_options.hpp>
#include <tidings/http_types.hpp>
#include <tidings/hub/access.hpp>
#include <tidings/hub_ref.hpp>

#include "conformance/http/application.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

/// What the file of one adapter brings to the conformance kit; the cases themselves are compiled once for all.
///
/// ```cpp
/// class MyServer : public conformance::ServerUnderTest { ... };  // every request goes to Application
/// std::unique_ptr<conformance::ServerUnderTest> conformance::start_server(Application& application) {
///   return std::make_unique<MyServer>(application);
/// }
/// std::unique_ptr<conformance::PushUnderTest> conformance::start_push(Push push) { ... }  // the adapter's `mount`
/// conformance::ServerFacts conformance::server_facts() { return {.answers = ..., .streams = ...}; }
/// ```
/// In the handler: `application.wants_stream(snapshot) ? application.stream(snapshot, response)
///                                                     : application.answer(snapshot, responder)`.
namespace conformance {

/// A running server on a free port of 127.0.0.1.
class ServerUnderTest {
 public:
  virtual ~ServerUnderTest() = default;
  virtual std::uint16_t port() const = 0;
  /// Ends it as an application would, also with open answers and streams; once, and the destructor does it too.
  virtual void stop() = 0;
};

/// One that serves a hub by a mount.
class PushUnderTest : public ServerUnderTest {
 public:
  /// Ends the mount; the server goes on.
  virtual void unmount() = 0;
};

/// What `start_push` mounts on `/push`, the way the adapter's users do.
struct Push {
  tidings::HubRef hub;
  tidings::Authorize authorize{};
  tidings::EndpointOptions options{};
};

/// What the adapter promises; a case is skipped only by a capability that is false.
struct ServerFacts {
  tidings::Capabilities answers{};
  tidings::Capabilities streams{};
  /// Of what it brings for an upgrade; none: no WebSockets.
  std::optional<tidings::Capabilities> upgrades{};
  /// Bytes that a client sends behind its upgrade request, before the answer, are lost.
  bool drops_glued_frames = false;
  /// It runs on the hub's loops.
  bool ends_with_hub = false;
  /// Requests that may be open at once: threads, for a server that pins one to each. At least 8.
  std::size_t open_at_once = 200;
  /// How often it looks after a client that is idle.
  std::chrono::milliseconds tick{500};
};

// Defined by the adapter's file.
ServerFacts server_facts();
std::unique_ptr<ServerUnderTest> start_server(Application& application);
std::unique_ptr<PushUnderTest> start_push(Push push);

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_HTTP_SERVER_UNDER_TEST_HPP
