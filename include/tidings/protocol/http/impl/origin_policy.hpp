// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_IMPL_ORIGIN_POLICY_HPP
#define TIDINGS_PROTOCOL_HTTP_IMPL_ORIGIN_POLICY_HPP

#include <tidings/defaults.hpp>
#include <tidings/protocol/http/authority.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/protocol/http/origin_policy.hpp>

#include <algorithm>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

struct ParsedOrigin {
  std::string_view scheme;
  Authority where;
};

inline int default_port(std::string_view scheme) {
  if (iequals(scheme, "http") || iequals(scheme, "ws")) return 80;
  if (iequals(scheme, "https") || iequals(scheme, "wss")) return 443;
  return 0;
}

inline std::optional<ParsedOrigin> parse_origin(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || !is_token(text.substr(0, colon))) return std::nullopt;
  std::optional<Authority> where = parse_authority(text.substr(colon + 3));
  if (!where) return std::nullopt;
  const std::string_view scheme = text.substr(0, colon);
  if (where->port == 0) where->port = default_port(scheme);
  return ParsedOrigin{scheme, *where};
}

inline bool is_same_origin(std::string_view a, std::string_view b) {
  const std::optional<ParsedOrigin> x = parse_origin(a);
  const std::optional<ParsedOrigin> y = parse_origin(b);
  if (!x || !y) return a == b && a == "null";
  return iequals(x->scheme, y->scheme) && iequals(x->where.host, y->where.host) && x->where.port == y->where.port;
}

// Host leaves its port out when it is the default of the scheme in use, which is then the origin's own scheme.
inline bool names_host(std::string_view origin, std::string_view host, std::string_view scheme) {
  const std::optional<ParsedOrigin> page = parse_origin(origin);
  const std::optional<Authority> here = parse_authority(host);
  if (!page || !here || default_port(page->scheme) == 0) return false;
  if (!scheme.empty() && !iequals(scheme, page->scheme)) return false;
  const int port = here->port != 0 ? here->port : default_port(page->scheme);
  return iequals(page->where.host, here->host) && page->where.port == port;
}

inline void append_grant(std::vector<Header>& headers, const OriginPolicy& policy, std::string_view origin) {
  headers.push_back({"Access-Control-Allow-Origin", std::string(origin)});
  if (policy.allow_credentials) headers.push_back({"Access-Control-Allow-Credentials", "true"});
}

}  // namespace detail

inline const char* to_string(OriginVerdict verdict) noexcept {
  switch (verdict) {
    case OriginVerdict::no_browser: return "no_browser";
    case OriginVerdict::same_origin: return "same_origin";
    case OriginVerdict::allowed: return "allowed";
    case OriginVerdict::refused: return "refused";
  }
  return "unknown";
}

inline OriginVerdict decide(const OriginPolicy& policy, std::optional<std::string_view> origin,
                            std::optional<std::string_view> sec_fetch_site, std::string_view host,
                            std::string_view scheme) {
  const auto is_this = [&](const std::string& each) { return detail::is_same_origin(each, *origin); };
  if (origin && std::any_of(policy.allowed_origins.begin(), policy.allowed_origins.end(), is_this)) {
    return OriginVerdict::allowed;
  }
  // A sandboxed frame of the endpoint's own site says `same-origin` with Origin `null`; it was sandboxed on purpose.
  if (origin && *origin == "null") return OriginVerdict::refused;
  if (sec_fetch_site == "same-origin") return OriginVerdict::same_origin;
  if (sec_fetch_site && sec_fetch_site != "none") return OriginVerdict::refused;
  if (!origin) return sec_fetch_site ? OriginVerdict::same_origin : OriginVerdict::no_browser;
  return detail::names_host(*origin, host, scheme) ? OriginVerdict::same_origin : OriginVerdict::refused;
}

inline std::vector<Header> cors_headers(const OriginPolicy& policy, OriginVerdict verdict, std::string_view origin) {
  std::vector<Header> headers;
  if (verdict == OriginVerdict::allowed && is_safe_header_value(origin)) {
    detail::append_grant(headers, policy, origin);
    headers.push_back({"Access-Control-Expose-Headers", "Tidings-Poll-After, ETag, Retry-After"});
  }
  if (!policy.allowed_origins.empty()) headers.push_back({"Vary", "Origin"});
  return headers;
}

inline std::vector<Header> preflight_headers(const OriginPolicy& policy, OriginVerdict verdict,
                                             std::string_view origin) {
  std::vector<Header> headers;
  if (verdict == OriginVerdict::allowed && is_safe_header_value(origin)) {
    detail::append_grant(headers, policy, origin);
    headers.push_back({"Access-Control-Allow-Methods", "GET, POST, OPTIONS"});
    headers.push_back({"Access-Control-Allow-Headers", "authorization, content-type, last-event-id, if-none-match"});
    headers.push_back({"Access-Control-Max-Age", std::to_string(defaults::preflight_max_age.count())});
  }
  headers.push_back({"Vary", "Origin"});
  return headers;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_IMPL_ORIGIN_POLICY_HPP
