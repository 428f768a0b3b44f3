// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_ORIGIN_POLICY_HPP
#define TIDINGS_PROTOCOL_HTTP_ORIGIN_POLICY_HPP

#include <tidings/http_types.hpp>
#include <tidings/version.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Which pages of other origins may use the endpoint. Pages of its own origin and programs that are no browsers always
/// may; who they are is for `authorize`.
struct OriginPolicy {
  /// Origins as browsers write them: `https://app.example`, `http://localhost:5173`, or `null` (sandboxed frames and
  /// files; everybody can make one). Compared whole: no wildcards, no paths. Default: none.
  std::vector<std::string> allowed_origins;
  /// Whether pages of allowed origins may send cookies and `Authorization`. Default: they may, since nearly every
  /// endpoint asks who is there.
  bool allow_credentials = true;
};

/// What OriginPolicy says of one request.
enum class OriginVerdict {
  /// No sign of a page: a program, or a browser's oldest kind of request.
  no_browser,
  /// A page of the endpoint's own origin, or the user's own doing (address bar, bookmark).
  same_origin,
  /// A page of an origin in `allowed_origins`; its answer needs cors_headers.
  allowed,
  /// Any other page: answer 403 before `authorize` is asked.
  refused,
};

/// The enumerator's own spelling.
const char* to_string(OriginVerdict verdict) noexcept;

/// Decides whether a request may come in, for all transports, methods and the acknowledgement alike.
///
/// A listed Origin is allowed. Otherwise `Sec-Fetch-Site`, which a page cannot forge, decides if it is there:
/// `same-origin` passes, `none` (the user's own doing, or an extension's) passes without an Origin, all else is
/// refused. With neither word from it, an Origin must name the host and port of `host`, default ports filled in by the
/// origin's own scheme. Behind a proxy that rewrites Host, browsers without `Sec-Fetch-Site` need their origin in the
/// list.
/// @param origin          Value of `Origin`, if the request has one.
/// @param sec_fetch_site  Value of `Sec-Fetch-Site`, if the request has one.
/// @param host            Value of `Host`; empty if there is none.
/// @param scheme          `http` or `https` where the server knows how it was reached from outside, else empty; then
///                        an Origin of the other scheme is not the same origin.
/// Source                RFC 6454 4 to 6; Fetch Metadata Request Headers 2.4; WHATWG Fetch 3.2.
OriginVerdict decide(const OriginPolicy& policy, std::optional<std::string_view> origin,
                     std::optional<std::string_view> sec_fetch_site, std::string_view host,
                     std::string_view scheme = {});

/// Headers for an answer to a request of this verdict: who may read it, and `Vary: Origin` as soon as the answer
/// depends on the origin, so that no cache hands one origin's answer to another.
///
/// @param origin  Value of `Origin`; repeated in the answer when the verdict is `allowed`. Never `*`.
/// Source        WHATWG Fetch 3.2.3.
std::vector<Header> cors_headers(const OriginPolicy& policy, OriginVerdict verdict, std::string_view origin);

/// Headers for the 204 that answers an `OPTIONS` preflight; without a grant unless the verdict is `allowed`.
///
/// @param origin  Value of `Origin`.
/// Source        WHATWG Fetch 4.8.
std::vector<Header> preflight_headers(const OriginPolicy& policy, OriginVerdict verdict, std::string_view origin);

}  // namespace protocol

TIDINGS_NAMESPACE_END

#include <tidings/protocol/http/impl/origin_policy.hpp>

#endif  // TIDINGS_PROTOCOL_HTTP_ORIGIN_POLICY_HPP
