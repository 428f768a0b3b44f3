// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_PROXY_CONNECT_HPP
#define TIDINGS_CLIENT_PROXY_CONNECT_HPP

#include <tidings/client/response_reader.hpp>
#include <tidings/client/url.hpp>
#include <tidings/error.hpp>
#include <tidings/http_types.hpp>
#include <tidings/protocol/base64.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// A proxy that lets TCP through: `http://[user:password@]host:port`.
struct Proxy {
  std::string host{};
  int port = 0;
  /// Of `Proxy-Authorization`; empty = none.
  std::string authorization{};
};

namespace detail {

// Unescaped; a plus is a plus, other than in a query.
inline std::string userinfo_of(std::string_view escaped) {
  std::string text;
  for (const char c : escaped) text.append(c == '+' ? "%2B" : std::string(1, c));
  return protocol::percent_decode(text);
}

}  // namespace detail

/// Reads a proxy's URL, user and password still escaped; only `http:`, and with a port of its own or 80.
inline std::optional<Proxy> parse_proxy(std::string_view text) {
  const std::size_t begin = text.find("://");
  const std::size_t at = text.rfind('@');
  std::string bare(text);
  Proxy proxy;
  if (begin != std::string_view::npos && at != std::string_view::npos && at > begin) {
    const std::string_view user = text.substr(begin + 3, at - begin - 3);
    proxy.authorization = "Basic " + protocol::encode_base64(detail::userinfo_of(user));
    bare.erase(begin + 3, at - begin - 2);
  }
  const std::optional<Url> url = parse_url(bare);
  if (!url || url->secure || !protocol::iequals(bare.substr(0, 5), "http:")) return std::nullopt;
  proxy.host = url->host;
  proxy.port = url->port;
  return proxy;
}

/// Asks a proxy for a tunnel and reads its answer.
///
/// Source  RFC 9110 9.3.6.
class ProxyConnect {
 public:
  enum class Status {
    need_more,
    /// The tunnel is open.
    open,
    /// error(), status() and headers() say why.
    refused,
  };

  /// Appends the request.
  ///
  /// @param host  Name or address, without brackets.
  static void encode(std::string& out, std::string_view host, int port, const Proxy& proxy) {
    std::string authority;
    const bool v6 = host.find(':') != std::string_view::npos;
    authority.append(v6 ? "[" : "").append(host).append(v6 ? "]:" : ":").append(std::to_string(port));
    out.append("CONNECT ").append(authority).append(" HTTP/1.1\r\nHost: ").append(authority).append("\r\n");
    if (!proxy.authorization.empty()) {
      out.append("Proxy-Authorization: ").append(proxy.authorization).append("\r\n");
    }
    out.append("\r\n");
  }

  /// Takes the next bytes of the connection.
  ///
  /// Errors  errc::proxy_refused: another status than 2xx; errc::handshake_failed: no HTTP, or bytes of the tunnel before
  ///         anything was said; errc::header_too_large.
  Status feed(std::string_view bytes) {
    const ResponseReader::Event event = reader_.read(bytes);
    if (event == ResponseReader::Event::need_more) return Status::need_more;
    if (event == ResponseReader::Event::fault) return refuse(reader_.error());
    if (reader_.status() >= 300) return refuse(errc::proxy_refused);
    // The client speaks first in HTTP and in TLS.
    return bytes.empty() ? Status::open : refuse(errc::handshake_failed);
  }

  std::error_code error() const noexcept { return error_; }
  int status() const noexcept { return reader_.status(); }
  const std::vector<Header>& headers() const noexcept { return reader_.headers(); }

 private:
  Status refuse(std::error_code why) {
    error_ = why;
    return Status::refused;
  }

  ResponseReader reader_{ResponseReader::Asked::connect};
  std::error_code error_;
};

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_PROXY_CONNECT_HPP
