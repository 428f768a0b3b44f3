// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_ARRIVAL_HPP
#define TIDINGS_HUB_ARRIVAL_HPP

#include <tidings/version.hpp>

#include <memory>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// What was withdrawn since somebody came in.
///
/// Thread  any.
struct Withdrawn {
  Withdrawn() = default;
  Withdrawn(const Withdrawn&) = delete;
  Withdrawn& operator=(const Withdrawn&) = delete;
  virtual ~Withdrawn() = default;

  /// Whether too much was withdrawn to remember it all: then everything counts as withdrawn.
  virtual bool lost() const = 0;
  /// Whether anything was withdrawn from this user.
  virtual bool concerns(std::string_view user) const = 0;
  /// Whether all sessions of this user were ended.
  virtual bool disconnected(std::string_view user) const = 0;
  virtual bool revoked(std::string_view user, std::string_view topic) const = 0;
};

/// Somebody on the way in: learns of everything that is withdrawn from its making on.
using Arrival = std::shared_ptr<const Withdrawn>;

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_ARRIVAL_HPP
