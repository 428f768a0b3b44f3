// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_BEAST_EXCHANGE_HPP
#define TIDINGS_ADAPTER_IMPL_BEAST_EXCHANGE_HPP

#include <tidings/adapter/beast_exchange.hpp>
#include <tidings/adapter/impl/beast_answers.hpp>
#include <tidings/adapter/impl/beast_bytes.hpp>
#include <tidings/adapter/impl/beast_transfer.hpp>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

template <class BeastStream, class Body, class Fields, class Handler>
void serve(Handler&& handler, BeastStream stream, boost::beast::flat_buffer buffer,
           boost::beast::http::request<Body, Fields> request, BeastNext<BeastStream> next,
           const BeastOptions& options) {
  using Connection = detail::BeastConnection<BeastStream>;
  RequestSnapshot copy = snapshot(BeastRequest<Body, Fields>(request, detail::peer_of(stream)));
  const detail::BeastTerms terms{copy.version, request.keep_alive(), copy.method == "HEAD"};
  const std::shared_ptr<detail::BeastGate> gate = detail::BeastGateService::gate_of(stream.get_executor());
  auto connection =
      std::make_shared<Connection>(gate, std::move(stream), std::move(buffer), std::move(next), terms, options);
  gate->keep(connection);
  auto response = std::make_shared<detail::BeastResponse<BeastStream>>(gate, connection);
  try {
    // With a share of our own: an exception must not drop the response, which would say 503.
    std::forward<Handler>(handler)(std::move(copy), BeastExchange<BeastStream>(response));
  } catch (...) {
    response->respond({500, {{"Content-Type", "text/plain"}}}, share_bytes("internal error\n"));
    // A stream that has begun can only be dropped.
    response->abort();
    throw;
  }
}

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_BEAST_EXCHANGE_HPP
