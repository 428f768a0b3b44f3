// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_TLS_DUPLEX_HPP
#define TIDINGS_NET_CLIENT_TLS_DUPLEX_HPP

#include <tidings/error.hpp>
#include <tidings/net/client/secure_layer.hpp>
#include <tidings/net/client/stream_duplex.hpp>
#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(ssl.hpp)

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Whether the other end's certificate is looked at.
enum class TlsVerify {
  /// The chain up to somebody who is trusted, and the name.
  peer,
  none,
};

/// A TLS connection over TCP.
class TlsDuplex final : public StreamDuplex<net::ssl::stream<Tcp::socket>> {
 public:
  TlsDuplex(Tcp::socket socket, net::ssl::context& context, TlsVerify verify, std::string server_name)
      : StreamDuplex(std::move(socket), context), verify_(verify), server_name_(std::move(server_name)) {}

  void open(const std::string& host, Done done) override {
    const std::string& name = server_name_.empty() ? host : server_name_;
    if (!expect(name)) return done(errc::untrusted_certificate, 0);
    stream_.async_handshake(net::ssl::stream_base::client, [self = shared_from_this(),
                                                            done = std::move(done)](net_error_code ec) mutable {
      const bool untrusted = ec.category() == net::error::get_ssl_category() &&
                             ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED;
      done(untrusted ? make_error_code(errc::untrusted_certificate) : std::error_code(ec), 0);
    });
  }

 private:
  // RFC 6125: the name, or the address, that the certificate must have; names go along as SNI (RFC 6066 3).
  bool expect(const std::string& name) {
    SSL* const ssl = stream_.native_handle();
    net_error_code ec;
    net::ip::make_address(name, ec);
    const bool is_name = static_cast<bool>(ec);
    if (is_name && SSL_set_tlsext_host_name(ssl, name.c_str()) != 1) return false;
    if (verify_ == TlsVerify::none) {
      stream_.set_verify_mode(net::ssl::verify_none);
      return true;
    }
    stream_.set_verify_mode(net::ssl::verify_peer);
    if (!is_name) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name.c_str()) == 1;
  }

  TlsVerify verify_;
  std::string server_name_;
};

/// OpenSSL behind the clients.
class TlsLayer final : public SecureLayer {
 public:
  TlsLayer(net::ssl::context context, TlsVerify verify, std::string server_name)
      : context_(std::move(context)), verify_(verify), server_name_(std::move(server_name)) {}

  std::shared_ptr<Duplex> wrap(Tcp::socket socket) override {
    return std::make_shared<TlsDuplex>(std::move(socket), context_, verify_, server_name_);
  }

 private:
  net::ssl::context context_;
  TlsVerify verify_;
  std::string server_name_;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_TLS_DUPLEX_HPP
