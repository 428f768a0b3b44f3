// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_UPWARD_HANDLER_HPP
#define TIDINGS_DELIVERY_UPWARD_HANDLER_HPP

#include <tidings/delivery/carrier.hpp>
#include <tidings/position.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A topic and the position up to which something holds.
using TopicPosition = std::pair<std::string, Position>;

/// What the client of a session with a way back says, for whoever understands it.
///
/// Thread    the session's loop. Lifetime  owned by the session's carrier; may end the session in a call.
template <class Loop>
class BasicUpwardHandler {
 public:
  BasicUpwardHandler() = default;
  BasicUpwardHandler(const BasicUpwardHandler&) = delete;
  BasicUpwardHandler& operator=(const BasicUpwardHandler&) = delete;
  virtual ~BasicUpwardHandler() = default;

  /// One envelope: text, UTF-8, within the bound of a message.
  virtual void on_text(BasicSession<Loop>& session, std::string_view text) = 0;
  /// The other end has taken everything up to these positions.
  virtual void on_pong_evidence(BasicSession<Loop>& session, std::vector<TopicPosition> positions) = 0;
};

using UpwardHandler = BasicUpwardHandler<LoopExecutor>;

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_UPWARD_HANDLER_HPP
