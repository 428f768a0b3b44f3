// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_MOUNT_HPP
#define TIDINGS_MOUNT_HPP

#include <tidings/unique_function.hpp>

#include <memory>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// An endpoint on a server, for as long as this lives. Keep it; the destructor detaches.
///
/// After detaching the path answers as if nothing were there (404), or refuses politely where a server cannot forget a
/// handler. Open sessions stay: they are the hub's. Hub, mount and server may be destroyed in any order.
class [[nodiscard]] Mount {
 public:
  Mount() = default;
  explicit Mount(UniqueFunction<void()> detach) : detach_(std::move(detach)) {}
  Mount(Mount&& other) noexcept : detach_(std::exchange(other.detach_, nullptr)) {}
  Mount& operator=(Mount&& other) noexcept {
    if (this != &other) {
      detach();
      detach_ = std::exchange(other.detach_, nullptr);
    }
    return *this;
  }
  ~Mount() { detach(); }

  void detach() {
    if (UniqueFunction<void()> f = std::exchange(detach_, nullptr)) f();
  }

 private:
  UniqueFunction<void()> detach_;
};

/// The mount of an endpoint on a route: detaching takes the route away and lets no more calls into what the endpoint was
/// given (`authorize`, `on_message`), also for sessions that stay open.
template <class Endpoint>
Mount mount_of(Mount route, std::shared_ptr<Endpoint> endpoint) {
  return Mount([route = std::move(route), endpoint = std::move(endpoint)]() mutable {
    route.detach();
    endpoint->detach();
  });
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_MOUNT_HPP
