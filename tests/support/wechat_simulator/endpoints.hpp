// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_ENDPOINTS_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_ENDPOINTS_HPP

#include "support/wechat_simulator/call.hpp"
#include "support/wechat_simulator/json.hpp"

#include <string>

namespace wechat_simulator {

/// What answers a path: the members of a success beside errcode and errmsg. Throws a `Refusal`.
using Endpoint = Json (*)(Call& call);

/// None = there is no such path.
Endpoint find_endpoint(const std::string& path);
/// Whether the success of a path says errcode 0: those that bring a token of the first two platforms do not.
bool says_errcode(const std::string& path);
bool is_wecom_path(const std::string& path);
/// The usual words.
std::string error_text(int code);

Json plain_token(Call& call);
Json stable_token(Call& call);
Json wecom_token(Call& call);
Json clear_quota(Call& call);
Json clear_quota_by_secret(Call& call);
Json get_quota(Call& call);
Json send_template(Call& call);
Json send_notice(Call& call);
Json send_subscribe(Call& call);
Json send_customer(Call& call);
Json send_uniform(Call& call);
Json send_app_message(Call& call);

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_ENDPOINTS_HPP
