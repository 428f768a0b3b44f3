// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_WAY_BACK_HPP
#define TIDINGS_WECHAT_WAY_BACK_HPP

#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>

#include <functional>
#include <memory>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A completion that comes from any thread, and back to that of the decisions as `f(self, ec, results...)`; passed over when
/// nobody holds them any more.
template <class... Results, class Self, class F>
auto way_back(std::weak_ptr<Self> weak, std::function<void(UniqueFunction<void()>)> post, F f) {
  return [weak = std::move(weak), post = std::move(post), f = std::move(f)](std::error_code ec,
                                                                            Results... results) mutable {
    post([weak = std::move(weak), f = std::move(f), ec, ... results = std::move(results)]() mutable {
      if (const auto self = weak.lock()) f(*self, ec, std::move(results)...);
    });
  };
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_WAY_BACK_HPP
