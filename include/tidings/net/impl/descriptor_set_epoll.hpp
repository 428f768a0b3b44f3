// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_IMPL_DESCRIPTOR_SET_EPOLL_HPP
#define TIDINGS_NET_IMPL_DESCRIPTOR_SET_EPOLL_HPP

#include <tidings/net/descriptor_set.hpp>

// clang-format would put blanks around the slash.
// clang-format off
#include TIDINGS_ASIO_HEADER(posix/stream_descriptor.hpp)
// clang-format on

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace io {

template <class Context>
class BasicDescriptorSet<Context>::Impl {
 public:
  explicit Impl(Context& context) : epoll_(context, ::epoll_create1(EPOLL_CLOEXEC)), alive_(new bool(true)) { wait(); }
  ~Impl() { *alive_ = false; }

  std::error_code control(int operation, Watch& watch) {
    epoll_event event{};
    event.events = (watch.read ? EPOLLIN : 0U) | (watch.write ? EPOLLOUT : 0U);
    event.data.ptr = &watch;
    if (::epoll_ctl(epoll_.native_handle(), operation, watch.descriptor, &event) == 0) return {};
    return {errno, std::system_category()};
  }

  void remove(Watch& watch) {
    control(EPOLL_CTL_DEL, watch);
    // An event of it may wait in the batch that is being handed out.
    for (std::size_t i = next_; i < count_; ++i) {
      if (batch_[i].data.ptr == &watch) batch_[i].data.ptr = nullptr;
    }
  }

 private:
  void wait() {
    epoll_.async_wait(net::posix::stream_descriptor::wait_read, [this, alive = alive_](net_error_code ec) {
      if (!*alive || ec) return;
      hand_out();
      if (*alive) wait();
    });
  }

  void hand_out() {
    const std::shared_ptr<bool> alive = alive_;
    const int count = ::epoll_wait(epoll_.native_handle(), batch_.data(), static_cast<int>(batch_.size()), 0);
    count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    for (next_ = 0; next_ < count_;) {
      const epoll_event event = batch_[next_++];
      auto* const watch = static_cast<Watch*>(event.data.ptr);
      if (watch == nullptr) continue;
      const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
      const bool writable = watch->write && ((event.events & EPOLLOUT) != 0 || broken);
      const bool readable = (event.events & EPOLLIN) != 0 || (broken && !writable);
      // After the first call the watch may be gone: what is left comes again, the set is level-triggered.
      if (readable) {
        watch->events->on_readable();
      } else if (writable) {
        watch->events->on_writable();
      }
      if (!*alive) return;
    }
    count_ = next_ = 0;
  }

  net::posix::stream_descriptor epoll_;
  std::shared_ptr<bool> alive_;
  std::array<epoll_event, 256> batch_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

template <class Context>
BasicDescriptorSet<Context>::BasicDescriptorSet(Context& context) : impl_(std::make_unique<Impl>(context)) {}
template <class Context>
BasicDescriptorSet<Context>::~BasicDescriptorSet() = default;
template <class Context>
std::error_code BasicDescriptorSet<Context>::add(Watch& watch) {
  return impl_->control(EPOLL_CTL_ADD, watch);
}
template <class Context>
void BasicDescriptorSet<Context>::change(Watch& watch) {
  impl_->control(EPOLL_CTL_MOD, watch);
}
template <class Context>
void BasicDescriptorSet<Context>::remove(Watch& watch) {
  impl_->remove(watch);
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_IMPL_DESCRIPTOR_SET_EPOLL_HPP
