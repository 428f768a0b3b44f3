// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_TLS_HPP
#define TIDINGS_CLIENT_TLS_HPP

#include <tidings/client_options.hpp>
#include <tidings/net/client/secure_layer.hpp>
#include <tidings/net/client/tls_duplex.hpp>

#include <memory>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// How a client makes sure who is at the other end.
struct TlsOptions {
  /// Whom to trust, PEM: a file, or the text itself; beside the system's own unless `system_roots` is off.
  std::string ca_file{};
  std::string ca_text{};
  bool system_roots = true;
  /// The name that the certificate must have and that is asked for, where it is not the URL's host.
  std::string server_name{};
  /// Of the client itself, PEM; both or none.
  std::string certificate_file{};
  std::string key_file{};
  /// `none` lets anybody listen and speak in the middle: for tests.
  io::TlsVerify verify = io::TlsVerify::peer;
};

/// TLS for `ClientOptions::tls`, by OpenSSL: TLS 1.2 or newer, the chain and the host's name verified.
///
/// ```cpp
/// tidings::WsClient client{context.get_executor(), "wss://a.example/push", {.tls = tidings::client_tls()}};
/// ```
/// Clients may share one. Throws `std::system_error` for a file or text that cannot be used.
/// Source  RFC 9325 3.1.1: no version below 1.2.
inline std::shared_ptr<io::SecureLayer> client_tls(const TlsOptions& options = {}) {
  using Context = net::ssl::context;
  Context context(Context::tls_client);
  context.set_options(Context::default_workarounds | Context::no_sslv2 | Context::no_sslv3 | Context::no_tlsv1 |
                      Context::no_tlsv1_1);
  if (options.system_roots) context.set_default_verify_paths();
  if (!options.ca_file.empty()) context.load_verify_file(options.ca_file);
  if (!options.ca_text.empty()) {
    context.add_certificate_authority(net::buffer(options.ca_text.data(), options.ca_text.size()));
  }
  if (!options.certificate_file.empty()) {
    context.use_certificate_chain_file(options.certificate_file);
    context.use_private_key_file(options.key_file, Context::pem);
  }
  return std::make_shared<io::TlsLayer>(std::move(context), options.verify, options.server_name);
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_TLS_HPP
