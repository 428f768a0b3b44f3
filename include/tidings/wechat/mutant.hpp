// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_MUTANT_HPP
#define TIDINGS_WECHAT_MUTANT_HPP

#include <tidings/version.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Known ways to decide badly. A test switches each on and must find it; elsewhere the switch is a constant `none` and
/// costs nothing.
enum class Mutant {
  none,
  retry_unknown_without_key,
  ignore_class,
  refresh_without_reread,
  forget_maybe_sent,
  refresh_without_end,
  adopt_older_token,
  refresh_without_double_check,
  expire_without_compare,
  row_after_call,
};

#if defined(TIDINGS_TEST_MUTANTS)
inline Mutant active_mutant = Mutant::none;
inline bool mutated(Mutant which) { return active_mutant == which; }
#else
constexpr bool mutated(Mutant) { return false; }
#endif

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_MUTANT_HPP
