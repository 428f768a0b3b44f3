// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_BEAST_TLS_HPP
#define TIDINGS_TESTS_SUPPORT_BEAST_TLS_HPP

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <utility>

namespace support {

/// What a server needs for TLS, with a key and a certificate made for this process.
inline std::shared_ptr<boost::asio::ssl::context> make_tls_context() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  if (!key || !certificate) throw std::runtime_error("no key");
  X509* const x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, key.get());
  X509_NAME* const name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(x509, name);
  if (X509_sign(x509, key.get(), EVP_sha256()) == 0) throw std::runtime_error("no certificate");
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  if (SSL_CTX_use_certificate(context->native_handle(), x509) != 1 ||
      SSL_CTX_use_PrivateKey(context->native_handle(), key.get()) != 1) {
    throw std::runtime_error("the certificate is not taken");
  }
  return context;
}

/// TLS on each connection of a BeastServer.
///
/// @tparam TlsStream  `beast::ssl_stream<beast::tcp_stream>` or `asio::ssl::stream<beast::tcp_stream>`.
template <class TlsStream = boost::beast::ssl_stream<boost::beast::tcp_stream>>
class TlsBeast {
 public:
  using Stream = TlsStream;

  template <class F>
  void open(boost::beast::tcp_stream plain, F opened) const {
    auto stream = std::make_shared<Stream>(std::move(plain), *context_);
    boost::beast::get_lowest_layer(*stream).expires_after(std::chrono::seconds(10));
    Stream& handshaking = *stream;
    handshaking.async_handshake(
        boost::asio::ssl::stream_base::server,
        [stream = std::move(stream), opened = std::move(opened)](boost::system::error_code ec) mutable {
          if (!ec) opened(std::move(*stream));
        });
  }

 private:
  // Shared with the streams, which need it until they go.
  std::shared_ptr<boost::asio::ssl::context> context_ = make_tls_context();
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_BEAST_TLS_HPP
