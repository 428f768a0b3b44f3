// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_BEAST_REQUEST_HPP
#define TIDINGS_ADAPTER_BEAST_REQUEST_HPP

#include <tidings/adapter/impl/boost_asio.hpp>
#include <tidings/protocol/http/field_lines.hpp>
#include <tidings/version.hpp>

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// A request that Beast has read. Models HttpRequest.
///
/// @tparam Body    `string_body`, `empty_body`, or one whose value has its bytes in `data()`, such as `dynamic_body`.
/// @tparam Fields  `fields`, or another one of Beast's form.
/// Lifetime  a view: the request must outlive it.
template <class Body, class Fields = boost::beast::http::fields>
class BeastRequest {
 public:
  using Message = boost::beast::http::request<Body, Fields>;

  /// @param peer  `ip` or `ip:port`; empty if unknown.
  BeastRequest(const Message& request, std::string peer) : request_(&request), peer_(std::move(peer)) {}

  std::string_view method() const { return view(request_->method_string()); }
  std::string_view target() const { return view(request_->target()); }
  /// Several fields of one name are one list (RFC 9110 5.3).
  std::optional<std::string> header(std::string_view name) const {
    std::optional<std::string> all;
    const auto [first, last] = request_->equal_range(boost::beast::string_view(name.data(), name.size()));
    for (auto each = first; each != last; ++each) protocol::add_field_line(all, view(each->value()));
    return all;
  }
  const std::string& peer() const { return peer_; }
  auto body() const {
    using Value = typename Body::value_type;
    if constexpr (std::convertible_to<const Value&, std::string_view>) {
      return std::string_view(request_->body());
    } else if constexpr (requires(const Value& value) { boost::beast::buffers_to_string(value.data()); }) {
      return boost::beast::buffers_to_string(request_->body().data());
    } else {
      static_assert(std::is_empty_v<Value>, "read the request with string_body, dynamic_body or empty_body");
      return std::string_view();
    }
  }
  int http_version() const { return static_cast<int>(request_->version()); }

 private:
  // Beast's views are Boost's, and not the same type in all versions.
  template <class Text>
  static std::string_view view(const Text& text) {
    return {text.data(), text.size()};
  }

  const Message* request_;
  std::string peer_;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_BEAST_REQUEST_HPP
