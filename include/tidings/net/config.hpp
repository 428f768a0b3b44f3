// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CONFIG_HPP
#define TIDINGS_NET_CONFIG_HPP

#include <tidings/net/impl/asio_beside_boost.hpp>
#include <tidings/version.hpp>

// Which Asio: `tidings::net` is an alias of its namespace, and the only way in which the library names it. Completion
// tokens get a `net_error_code`, and coroutines and futures throw a `net_system_error`.
#if defined(TIDINGS_USE_BOOST_ASIO)
#include <boost/asio/version.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#define TIDINGS_ASIO_VERSION BOOST_ASIO_VERSION
#define TIDINGS_ASIO_HEADER(name) <boost/asio/name>
namespace boost::asio {}
TIDINGS_NAMESPACE_BEGIN
namespace net = ::boost::asio;
using net_error_code = ::boost::system::error_code;
using net_system_error = ::boost::system::system_error;
TIDINGS_NAMESPACE_END
#else
#include <asio/version.hpp>

#include <system_error>
#define TIDINGS_ASIO_VERSION ASIO_VERSION
#define TIDINGS_ASIO_HEADER(name) <asio/name>
namespace asio {}
TIDINGS_NAMESPACE_BEGIN
namespace net = ::asio;
using net_error_code = ::std::error_code;
using net_system_error = ::std::system_error;
TIDINGS_NAMESPACE_END
#endif

#if TIDINGS_ASIO_VERSION < 102200
#error "tidings needs Asio 1.22 (Boost 1.78) or newer"
#endif

#endif  // TIDINGS_NET_CONFIG_HPP
