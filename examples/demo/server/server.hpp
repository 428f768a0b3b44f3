// SPDX-License-Identifier: BSL-1.0
//
// What the demo needs of an HTTP server, and those that there are: one file each, beside this one.

#ifndef TIDINGS_EXAMPLES_DEMO_SERVER_SERVER_HPP
#define TIDINGS_EXAMPLES_DEMO_SERVER_SERVER_HPP

#include <tidings/endpoint_options.hpp>
#include <tidings/hub_ref.hpp>
#include <tidings/identity.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/unique_function.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace demo {

using Authorize = std::function<tidings::Access(const tidings::RequestSnapshot&)>;
/// Once, from any thread, also late.
using Answer = tidings::UniqueFunction<void(tidings::ResponseHead, std::string)>;
using Handler = std::function<void(tidings::RequestSnapshot, Answer)>;

struct Address {
  std::string address;
  std::uint16_t port = 0;
};

/// Bound to its port by the constructor, stopped by the destructor.
class Server {
 public:
  virtual ~Server() = default;

  /// Mounts the endpoint; before `start`, and before the path `/` is served.
  virtual void push(const std::string& path, Authorize authorize, tidings::EndpointOptions options) = 0;
  /// Gives a path and what is below it to the handler.
  virtual void serve(const std::string& path, Handler handler) = 0;
  virtual void start() = 0;

  virtual std::uint16_t port() const = 0;
  virtual bool has_websocket() const { return true; }
  /// What of it is worth knowing, for whoever starts it.
  virtual std::string note() const = 0;
};

using MakeServer = std::unique_ptr<Server>(const tidings::HubRef& hub, const Address& address);
MakeServer make_listener, make_beast, make_civetweb, make_restinio, make_httplib;

/// One that may be chosen.
struct Kind {
  const char* name;
  /// Null: this build is without it.
  MakeServer* make;
};

inline constexpr Kind kinds[] = {
    {"listener", make_listener},
#ifdef TIDINGS_DEMO_BEAST
    {"beast", make_beast},
#else
    {"beast", nullptr},
#endif
#ifdef TIDINGS_DEMO_CIVETWEB
    {"civetweb", make_civetweb},
#else
    {"civetweb", nullptr},
#endif
#ifdef TIDINGS_DEMO_RESTINIO
    {"restinio", make_restinio},
#else
    {"restinio", nullptr},
#endif
#ifdef TIDINGS_DEMO_HTTPLIB
    {"httplib", make_httplib},
#else
    {"httplib", nullptr},
#endif
};

}  // namespace demo

#endif  // TIDINGS_EXAMPLES_DEMO_SERVER_SERVER_HPP
