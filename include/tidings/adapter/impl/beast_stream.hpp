// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_BEAST_STREAM_HPP
#define TIDINGS_ADAPTER_IMPL_BEAST_STREAM_HPP

#include <tidings/adapter/impl/boost_asio.hpp>
#include <tidings/version.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <boost/beast/core/stream_traits.hpp>

#include <string>
#include <type_traits>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

template <class Stream>
struct IsPlainBeastStream : std::false_type {};
// A stream that limits its rate keeps its socket: the limit would be lost with it.
template <class Executor>
struct IsPlainBeastStream<
    boost::beast::basic_stream<boost::asio::ip::tcp, Executor, boost::beast::unlimited_rate_policy>> : std::true_type {
};

/// TCP with nothing in between: the socket may leave its stream.
template <class Stream>
inline constexpr bool is_plain_beast_stream = IsPlainBeastStream<Stream>::value;

/// Ends its side with a word of its own, as TLS does.
template <class Stream>
concept SaysGoodbye = requires(Stream& stream, void (*done)(boost::system::error_code)) {
  stream.async_shutdown(done);
};

template <class Stream>
auto& socket_of(Stream& stream) {
  auto& lowest = boost::beast::get_lowest_layer(stream);
  if constexpr (requires { lowest.socket(); }) {
    return lowest.socket();
  } else {
    return lowest;
  }
}

/// A stream with timeouts of its own, and perhaps a limited rate.
template <class Lowest>
concept KeepsTime = requires(Lowest& lowest) {
  lowest.expires_never();
  lowest.cancel();
  lowest.close();
};

/// Switches the timeouts off for what begins next.
template <class Stream>
void never_expires(Stream& stream) {
  auto& lowest = boost::beast::get_lowest_layer(stream);
  if constexpr (KeepsTime<std::remove_reference_t<decltype(lowest)>>) lowest.expires_never();
}

template <class Stream>
void cancel_all(Stream& stream) {
  auto& lowest = boost::beast::get_lowest_layer(stream);
  if constexpr (KeepsTime<std::remove_reference_t<decltype(lowest)>>) {
    lowest.cancel();
  } else {
    boost::system::error_code ignored;
    lowest.cancel(ignored);
  }
}

template <class Stream>
void close_lowest(Stream& stream) {
  auto& lowest = boost::beast::get_lowest_layer(stream);
  if constexpr (KeepsTime<std::remove_reference_t<decltype(lowest)>>) {
    lowest.close();
  } else {
    boost::system::error_code ignored;
    lowest.close(ignored);
  }
}

template <class Stream>
std::string peer_of(Stream& stream) {
  boost::system::error_code ec;
  const auto peer = socket_of(stream).remote_endpoint(ec);
  if constexpr (requires { peer.address(); }) {
    if (!ec) return peer.address().to_string();
  }
  return {};
}

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_BEAST_STREAM_HPP
