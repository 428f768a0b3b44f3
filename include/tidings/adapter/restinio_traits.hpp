// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_RESTINIO_TRAITS_HPP
#define TIDINGS_ADAPTER_RESTINIO_TRAITS_HPP

#include <tidings/adapter/restinio_listener.hpp>

#include <restinio/traits.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// Traits of a RESTinio server that pushes.
///
/// @tparam Base  The application's own traits, without a listener for connections.
template <class Base = restinio::default_traits_t>
struct RestinioTraits : Base {
  using connection_state_listener_t = RestinioListener;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_RESTINIO_TRAITS_HPP
