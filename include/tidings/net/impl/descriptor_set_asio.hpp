// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_IMPL_DESCRIPTOR_SET_ASIO_HPP
#define TIDINGS_NET_IMPL_DESCRIPTOR_SET_ASIO_HPP

#include <tidings/net/descriptor_set.hpp>

// clang-format would put blanks around the slash.
// clang-format off
#include TIDINGS_ASIO_HEADER(ip/tcp.hpp)
// clang-format on

#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// The plain path: Asio watches each socket.
template <class Context>
class BasicDescriptorSet<Context>::Impl {
 public:
  explicit Impl(Context& context) : context_(context) {}
  ~Impl() {
    for (auto& [watch, entry] : entries_) entry->forget();
  }

  std::error_code add(Watch& watch) {
    auto entry = std::make_shared<Entry>(context_, watch);
    net_error_code ec;
    // The family does not matter for waiting.
    entry->socket.assign(net::ip::tcp::v4(), watch.descriptor, ec);
    if (ec) return ec;
    entries_[&watch] = entry;
    entry->arm();
    return {};
  }
  void change(Watch& watch) { entries_.at(&watch)->arm(); }
  void remove(Watch& watch) {
    const auto found = entries_.find(&watch);
    if (found == entries_.end()) return;
    found->second->forget();
    entries_.erase(found);
  }

 private:
  struct Entry : std::enable_shared_from_this<Entry> {
    Entry(Context& context, Watch& w) : socket(context), watch(&w) {}

    void arm() {
      if (watch == nullptr) return;
      if (watch->read && !std::exchange(waits_read, true)) {
        socket.async_wait(net::ip::tcp::socket::wait_read, [self = this->shared_from_this()](net_error_code ec) {
          self->waits_read = false;
          if (ec || self->watch == nullptr) return;
          if (self->watch->read) self->watch->events->on_readable();
          self->arm();
        });
      }
      if (watch->write && !std::exchange(waits_write, true)) {
        socket.async_wait(net::ip::tcp::socket::wait_write, [self = this->shared_from_this()](net_error_code ec) {
          self->waits_write = false;
          if (ec || self->watch == nullptr) return;
          if (self->watch->write) self->watch->events->on_writable();
          self->arm();
        });
      }
      // A broken connection is told of whatever is waited for, as by epoll.
      if (!watch->read && !watch->write && !std::exchange(waits_error, true)) {
        socket.async_wait(net::ip::tcp::socket::wait_error, [self = this->shared_from_this()](net_error_code ec) {
          self->waits_error = false;
          if (ec || self->watch == nullptr) return;
          if (!self->watch->read && !self->watch->write) self->watch->events->on_readable();
          self->arm();
        });
      }
    }

    // The descriptor is its owner's.
    void forget() {
      watch = nullptr;
      net_error_code ec;
      socket.release(ec);
    }

    net::ip::tcp::socket socket;
    Watch* watch;
    bool waits_read = false;
    bool waits_write = false;
    bool waits_error = false;
  };

  Context& context_;
  std::unordered_map<Watch*, std::shared_ptr<Entry>> entries_;
};

template <class Context>
BasicDescriptorSet<Context>::BasicDescriptorSet(Context& context) : impl_(std::make_unique<Impl>(context)) {}
template <class Context>
BasicDescriptorSet<Context>::~BasicDescriptorSet() = default;
template <class Context>
std::error_code BasicDescriptorSet<Context>::add(Watch& watch) {
  return impl_->add(watch);
}
template <class Context>
void BasicDescriptorSet<Context>::change(Watch& watch) {
  impl_->change(watch);
}
template <class Context>
void BasicDescriptorSet<Context>::remove(Watch& watch) {
  impl_->remove(watch);
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_IMPL_DESCRIPTOR_SET_ASIO_HPP
