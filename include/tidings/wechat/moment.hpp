// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_MOMENT_HPP
#define TIDINGS_WECHAT_MOMENT_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// One moment on both clocks: what is stored says wall time, what is waited for must not jump.
struct Moment {
  steady_time steady{};
  wall_time wall{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_MOMENT_HPP
