// SPDX-License-Identifier: BSL-1.0

#include "bench/link.hpp"

#include "bench/connecting.hpp"
#include <poll.h>

#ifdef TIDINGS_BENCH_TLS
#include <openssl/ssl.h>
#endif

#include <stdexcept>
#include <utility>

namespace bench {

#ifdef TIDINGS_BENCH_TLS

struct Link::Tls {
  explicit Tls(int descriptor) : session(SSL_new(context()), SSL_free) {
    SSL_set_fd(session.get(), descriptor);
    while (SSL_connect(session.get()) != 1) {
      const bool reads = SSL_get_error(session.get(), -1) == SSL_ERROR_WANT_READ;
      pollfd waiting{descriptor, static_cast<short>(reads ? POLLIN : POLLOUT), 0};
      if (::poll(&waiting, 1, 10'000) <= 0 || (waiting.revents & POLLHUP) != 0) fail("TLS handshake");
    }
  }
  bool send(std::string_view bytes) const {
    return SSL_write(session.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
  }
  ssize_t receive(std::span<char> buffer) const {
    const int count = SSL_read(session.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (count > 0) return count;
    errno = EAGAIN;
    return SSL_get_error(session.get(), count) == SSL_ERROR_WANT_READ ? -1 : 0;
  }

 private:
  static SSL_CTX* context() {
    static SSL_CTX* const shared = SSL_CTX_new(TLS_client_method());
    return shared;
  }

  std::unique_ptr<SSL, decltype(&SSL_free)> session;
};

#else

struct Link::Tls {
  explicit Tls(int) { throw std::runtime_error("built without OpenSSL"); }
  bool send(std::string_view) const { return false; }
  ssize_t receive(std::span<char>) const { return 0; }
};

#endif

Link::Link(std::size_t number, std::uint16_t port, bool tls) : descriptor_(connected_socket(number, port)) {
  if (tls) tls_ = std::make_unique<Tls>(descriptor_);
}

Link::Link(Link&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), tls_(std::move(other.tls_)) {}

Link::~Link() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Link::send(std::string_view bytes) {
  const bool sent =
      tls_ ? tls_->send(bytes)
           : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  if (!sent) fail("send");
}

ssize_t Link::receive(std::span<char> buffer) {
  return tls_ ? tls_->receive(buffer) : ::recv(descriptor_, buffer.data(), buffer.size(), 0);
}

}  // namespace bench
