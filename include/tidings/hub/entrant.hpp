// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_ENTRANT_HPP
#define TIDINGS_HUB_ENTRANT_HPP

#include <tidings/hub/arrival.hpp>
#include <tidings/identity.hpp>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// Who comes in, and since when: what is taken away from this user after `arrival` is not given to the session.
struct Entrant {
  /// @param a  From before `authorize` was asked. Null = now.
  Entrant(Identity i, Arrival a = nullptr) : identity(std::move(i)), arrival(std::move(a)) {}

  Identity identity;
  Arrival arrival;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_ENTRANT_HPP
