// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_TCP_HPP
#define TIDINGS_NET_CLIENT_TCP_HPP

#include <tidings/net/config.hpp>

// clang-format would put blanks around the slash.
// clang-format off
#include TIDINGS_ASIO_HEADER(ip/address.hpp)
#include TIDINGS_ASIO_HEADER(ip/tcp.hpp)
// clang-format on

TIDINGS_NAMESPACE_BEGIN

namespace io {

using Tcp = net::ip::tcp;

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_TCP_HPP
