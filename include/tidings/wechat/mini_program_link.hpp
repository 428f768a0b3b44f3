// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_MINI_PROGRAM_LINK_HPP
#define TIDINGS_WECHAT_MINI_PROGRAM_LINK_HPP

#include <tidings/version.hpp>

#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A page of a mini-program that a message leads to.
struct MiniProgramLink {
  std::string appid;
  std::string pagepath{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_MINI_PROGRAM_LINK_HPP
