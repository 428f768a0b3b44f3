// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_OFFER_HPP
#define TIDINGS_NET_CLIENT_OFFER_HPP

#include <tidings/net/async_result.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>

#include <memory>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Somebody who waits for a value: called with it once, at any time. False = has been cancelled meanwhile, and the value
/// is as it was.
template <class T>
using Offer = UniqueFunction<bool(std::error_code, T&)>;

/// An asynchronous operation that waits for a value which must not be lost: one that is cancelled takes none.
///
/// @param home      As for async_result.
/// @param initiate  Called with an `Offer<T>`. One that is destroyed uncalled leaves its handler waiting: the owner keeps
///                  it until it has an answer.
template <class T, class HomeOf, class Initiate, class Token>
auto async_offer(HomeOf home, Initiate initiate, Token&& token) {
  return net::async_initiate<Token, void(net_error_code, T)>(
      [home = std::move(home)](auto handler, Initiate begin) {
        using Pending = PendingHandler<decltype(handler), T>;
        const auto allocator = net::get_associated_allocator(handler);
        auto pending = std::allocate_shared<Pending>(allocator, std::move(handler), home());
        pending->listen_for_cancellation(pending);
        begin(Offer<T>([pending](std::error_code ec, T& value) {
          if (!pending->claim()) return false;
          pending->deliver(ec, std::move(value), pending);
          return true;
        }));
      },
      token, std::move(initiate));
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_OFFER_HPP
