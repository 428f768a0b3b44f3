// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_DESCRIPTOR_SET_HPP
#define TIDINGS_NET_DESCRIPTOR_SET_HPP

#include <tidings/extern_template.hpp>
#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(io_context.hpp)

#include <cstdint>
#include <memory>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// What is told of a watched descriptor, on its loop. The watcher may stop watching, and destroy itself, in the call.
class DescriptorEvents {
 public:
  /// There is something to read, the end of it, or an error.
  virtual void on_readable() = 0;
  virtual void on_writable() = 0;

 protected:
  ~DescriptorEvents() = default;
};

/// One descriptor in a set. Owned by who watches; stays where it is while it watches.
struct Watch {
  DescriptorEvents* events = nullptr;
  int descriptor = -1;
  bool read = false;
  bool write = false;
};

/// The sockets that one loop watches itself, level-triggered. On Linux an epoll set of its own, in which Asio sees one
/// descriptor: a wait costs no system call per socket, and an idle socket no memory. Elsewhere Asio watches each.
///
/// @tparam Context  The `io_context` of the chosen Asio; a parameter so that only a unit that makes a loop compiles this.
/// Thread    the loop's only.
template <class Context>
class BasicDescriptorSet {
 public:
  explicit BasicDescriptorSet(Context& context);
  BasicDescriptorSet(const BasicDescriptorSet&) = delete;
  BasicDescriptorSet& operator=(const BasicDescriptorSet&) = delete;
  ~BasicDescriptorSet();

  /// Begins to watch; errors of the system, such as too many descriptors.
  std::error_code add(Watch& watch);
  /// `watch.read` or `watch.write` has changed.
  void change(Watch& watch);
  /// Stops watching; no event comes afterwards. Before the descriptor is closed.
  void remove(Watch& watch);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

using DescriptorSet = BasicDescriptorSet<net::io_context>;
TIDINGS_EXTERN_TEMPLATE(class BasicDescriptorSet<net::io_context>)

}  // namespace io

TIDINGS_NAMESPACE_END

#if defined(__linux__) && !defined(TIDINGS_NO_EPOLL)
#include <tidings/net/impl/descriptor_set_epoll.hpp>
#else
#include <tidings/net/impl/descriptor_set_asio.hpp>
#endif

#endif  // TIDINGS_NET_DESCRIPTOR_SET_HPP
