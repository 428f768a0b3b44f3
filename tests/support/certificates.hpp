// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_CERTIFICATES_HPP
#define TIDINGS_TESTS_SUPPORT_CERTIFICATES_HPP

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace support {

/// A key and a certificate, made for this process, signed by itself or by another.
class Certificate {
 public:
  struct Wanted {
    /// As in the extension: `DNS:localhost,IP:127.0.0.1`; empty = it may sign others.
    std::string names{};
    /// In seconds from now.
    long from = -3600;
    long to = 3600;
  };

  explicit Certificate(const Wanted& wanted, const Certificate* issuer = nullptr)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), x509_(X509_new(), X509_free) {
    static long serial = 1;
    X509* const x509 = x509_.get();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial);
    X509_gmtime_adj(X509_getm_notBefore(x509), wanted.from);
    X509_gmtime_adj(X509_getm_notAfter(x509), wanted.to);
    X509_set_pubkey(x509, key_.get());
    const std::string name = "tidings test " + std::to_string(serial++);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    const Certificate& signer = issuer == nullptr ? *this : *issuer;
    X509_set_issuer_name(x509, X509_get_subject_name(signer.x509_.get()));
    const bool authority = wanted.names.empty();
    extend(NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE", signer);
    if (!authority) extend(NID_subject_alt_name, wanted.names, signer);
    if (X509_sign(x509, signer.key_.get(), EVP_sha256()) == 0) throw std::runtime_error("not signed");
  }

  std::string pem() const {
    return text([this](BIO* out) { return PEM_write_bio_X509(out, x509_.get()); });
  }
  std::string key_pem() const {
    return text(
        [this](BIO* out) { return PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }

 private:
  void extend(int nid, const std::string& value, const Certificate& signer) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, signer.x509_.get(), x509_.get(), nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr) throw std::runtime_error("no extension: " + value);
    X509_add_ext(x509_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <class F>
  static std::string text(F write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    if (write(out.get()) != 1) throw std::runtime_error("no PEM");
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> x509_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_CERTIFICATES_HPP
