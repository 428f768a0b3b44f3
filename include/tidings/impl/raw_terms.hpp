// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_RAW_TERMS_HPP
#define TIDINGS_IMPL_RAW_TERMS_HPP

#include <tidings/delivery/upward_handler.hpp>
#include <tidings/version.hpp>
#include <tidings/ws_options.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// What raw sessions of one kind have in common; they share it.
struct RawTerms {
  WsOptions options;
  /// A handler threw; may be empty.
  std::function<void(std::string_view what)> on_error;
  /// Of those that read topics: a pong proved what they have.
  std::function<void(delivery::Session&, std::vector<delivery::TopicPosition>)> on_evidence{};
};

/// Terms for one more session: those of the last on this thread, if they are the same.
///
/// @tparam Terms  `RawTerms`; a parameter so that only a unit that accepts sessions compiles this.
template <class Terms = RawTerms>
std::shared_ptr<const Terms> share_terms(const WsOptions& options,
                                         std::function<void(std::string_view what)> on_error) {
  if (on_error) return std::make_shared<const Terms>(Terms{options, std::move(on_error), {}});
  thread_local std::shared_ptr<const Terms> last;
  if (!last || last->options != options) last = std::make_shared<const Terms>(Terms{options, {}, {}});
  return last;
}

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_RAW_TERMS_HPP
