// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_ASYNC_RESULT_HPP
#define TIDINGS_NET_ASYNC_RESULT_HPP

#include <tidings/completion.hpp>
#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(any_io_executor.hpp)
#include TIDINGS_ASIO_HEADER(associated_allocator.hpp)
#include TIDINGS_ASIO_HEADER(associated_cancellation_slot.hpp)
#include TIDINGS_ASIO_HEADER(associated_executor.hpp)
#include TIDINGS_ASIO_HEADER(async_result.hpp)
#include TIDINGS_ASIO_HEADER(executor_work_guard.hpp)
#include TIDINGS_ASIO_HEADER(post.hpp)
#include TIDINGS_ASIO_HEADER(system_executor.hpp)

#include <atomic>
#include <memory>
#include <system_error>
#include <tuple>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// The one place where an `error_code` of ours becomes Asio's.
inline net_error_code to_net(std::error_code ec) { return ec; }

/// Where a handler without an executor of its own is called, and what keeps that place alive.
///
/// @tparam Executor  Asio's for any; a parameter so that only a unit that begins an operation compiles this.
template <class Executor>
struct BasicHome {
  Executor executor;
  std::shared_ptr<void> alive;

  static BasicHome on_system() { return {net::system_executor(), nullptr}; }
};

using Home = BasicHome<net::any_io_executor>;

/// A user's handler on its way: the first of completion and cancellation wins, and the handler is called on its own
/// executor, never inside the initiating function.
///
/// Thread  any.
template <class Handler, class... Results>
class PendingHandler {
 public:
  PendingHandler(Handler handler, Home home)
      : alive_(std::move(home.alive)),
        executor_(net::get_associated_executor(handler, home.executor)),
        work_(executor_),
        handler_(std::move(handler)) {}

  void complete(std::error_code ec, Results... results, const std::shared_ptr<PendingHandler>& self) {
    if (claim()) deliver(ec, std::move(results)..., self);
  }
  /// Whether nobody was before: then `deliver` follows.
  bool claim() { return !done_.exchange(true); }
  void deliver(std::error_code ec, Results... results, const std::shared_ptr<PendingHandler>& self) {
    // What is posted must not keep alive what it waits in.
    const std::shared_ptr<void> alive = std::move(alive_);
    net::post(executor_, [self, ec, results = std::make_tuple(std::move(results)...)]() mutable {
      // The slot belongs to the handler's own thread.
      if (auto slot = net::get_associated_cancellation_slot(self->handler_); slot.is_connected()) slot.clear();
      Handler handler = std::move(self->handler_);
      self->work_.reset();
      std::apply([&](Results&... each) { std::move(handler)(to_net(ec), std::move(each)...); }, results);
    });
  }

  void listen_for_cancellation(const std::shared_ptr<PendingHandler>& self) {
    auto slot = net::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    slot.assign([weak = std::weak_ptr(self)](net::cancellation_type type) {
      if (type == net::cancellation_type::none) return;
      if (const auto alive = weak.lock()) alive->complete(errc::cancelled, Results{}..., alive);
    });
  }

 private:
  using HandlerExecutor = net::associated_executor_t<Handler, net::any_io_executor>;

  std::shared_ptr<void> alive_;
  HandlerExecutor executor_;
  net::executor_work_guard<HandlerExecutor> work_;
  Handler handler_;
  std::atomic<bool> done_{false};
};

/// Turns one of our callback functions into an asynchronous operation with any completion token.
///
/// @param home      Called when the operation is begun: the `Home` of a handler without an executor of its own.
/// @param initiate  Called with a `Completion<Results...>`.
/// Cancellation     terminal, partial, total: the handler is called with errc::cancelled; what was begun goes on.
template <class... Results, class HomeOf, class Initiate, class Token>
auto async_result(HomeOf home, Initiate initiate, Token&& token) {
  return net::async_initiate<Token, void(net_error_code, Results...)>(
      [home = std::move(home)](auto handler, Initiate begin) {
        using Pending = PendingHandler<decltype(handler), Results...>;
        const auto allocator = net::get_associated_allocator(handler);
        auto pending = std::allocate_shared<Pending>(allocator, std::move(handler), home());
        pending->listen_for_cancellation(pending);
        begin(Completion<Results...>([pending](std::error_code ec, Results... results) {
          pending->complete(ec, std::move(results)..., pending);
        }));
      },
      token, std::move(initiate));
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_ASYNC_RESULT_HPP
