// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_HOSTS_HPP
#define TIDINGS_WECHAT_HOSTS_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/account.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Where an account's calls go.
///
/// Thread  one at a time.
class Hosts {
 public:
  explicit Hosts(const Account& account) : all_(account.hosts) {
    if (!all_.empty()) return;
    // D Interface_field_description, W:90454.
    if (account.platform == Platform::wecom) {
      all_ = {"https://qyapi.weixin.qq.com"};
    } else {
      all_ = {"https://api.weixin.qq.com", "https://api2.weixin.qq.com"};
    }
  }

  const std::string& current() const { return all_[at_]; }
  /// A call to it reached nobody: from now on the next one, unless somebody has moved on already.
  void on_unreachable(const std::string& host) {
    if (host == current()) at_ = (at_ + 1) % all_.size();
  }

 private:
  std::vector<std::string> all_;
  std::size_t at_ = 0;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_HOSTS_HPP
