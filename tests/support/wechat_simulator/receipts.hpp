// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_RECEIPTS_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_RECEIPTS_HPP

#include "support/wechat_simulator/call.hpp"

#include <cstdint>

namespace wechat_simulator {

/// What became of an accepted message: delivered or not, and the event that says so, behind the answer or, if so
/// configured, before it.
void tell_template_receipt(Call& call, const User& user, std::int64_t msgid);
void tell_subscribe_receipt(Call& call, const User& user, std::int64_t msgid);

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_RECEIPTS_HPP
