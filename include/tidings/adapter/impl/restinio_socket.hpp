// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_RESTINIO_SOCKET_HPP
#define TIDINGS_ADAPTER_IMPL_RESTINIO_SOCKET_HPP

#include <tidings/adapter/impl/restinio_response.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// A connection that was taken from RESTinio for a WebSocket, as its own `upgrade` takes it; plain or TLS.
///
/// Thread    any; everything is done on a strand of the connection's, which also lets go of the socket: here it is held
///           only as long as its io_context lives.
template <class Traits>
class RestinioSocket final : public RestinioHeld, public std::enable_shared_from_this<RestinioSocket<Traits>> {
 public:
  using Taken = typename restinio::impl::connection_t<Traits>::upgrade_internals_t;

  explicit RestinioSocket(Taken taken) : parts_(std::make_unique<Parts>(std::move(taken))) {
    holding_ = RestinioContextService::holding_of(parts_->strand);
  }
  void begin() { holding_->add(this->shared_from_this()); }

  void on_end() override {
    std::unique_ptr<Parts> parts;
    const std::lock_guard lock(mutex_);
    parts.swap(parts_);
  }

  void read_some(std::span<char> buffer, Completion<std::size_t> got) {
    on_strand([buffer, got = std::move(got)](RestinioSocket& self, Parts& parts) mutable {
      ++self.pending_;
      parts.socket().async_read_some(
          restinio::asio_ns::buffer(buffer.data(), buffer.size()),
          self.bound(parts, [got = std::move(got)](RestinioSocket&, error_code ec, std::size_t size) mutable {
            // The end of the peer's side is no error.
            const bool over = restinio::error_is_eof(ec);
            got(ec && !over ? std::error_code(errc::peer_gone) : std::error_code(), over ? 0 : size);
          }));
    });
  }
  void write(SharedBytes bytes, WriteDone done) {
    on_strand([bytes = std::move(bytes), done = std::move(done)](RestinioSocket& self, Parts&) mutable {
      self.write_from(0, std::move(bytes), std::move(done));
    });
  }
  void shut() {
    on_strand([](RestinioSocket&, Parts& parts) {
      error_code ignored;
      parts.socket().shutdown(restinio::asio_ns::socket_base::shutdown_send, ignored);
    });
  }
  /// Drops the connection; what is under way completes with an error.
  void abort() {
    on_strand([](RestinioSocket& self, Parts& parts) {
      error_code ignored;
      parts.socket().close(ignored);
      self.aborted_ = true;
      self.let_go_when_idle();
    });
  }

 private:
  using error_code = restinio::asio_ns::error_code;
  using Strand = restinio::asio_ns::strand<restinio::default_asio_executor>;

  struct Parts {
    explicit Parts(Taken t) : taken(std::move(t)), strand(taken.m_socket.get_executor()) {}
    auto& socket() { return taken.m_socket; }

    Taken taken;
    Strand strand;
  };

  template <class F>
  void on_strand(F f) {
    const std::lock_guard lock(mutex_);
    // Without: `f` goes, and with it completions that then fail.
    if (!parts_) return;
    restinio::asio_ns::post(parts_->strand, [self = this->shared_from_this(), f = std::move(f)]() mutable {
      // On the strand nobody takes them away meanwhile.
      if (self->parts_) f(*self, *self->parts_);
    });
  }
  // A handler of an operation on the socket.
  template <class F>
  auto bound(Parts& parts, F f) {
    return restinio::asio_ns::bind_executor(
        parts.strand, [self = this->shared_from_this(), f = std::move(f)](error_code ec, std::size_t size) mutable {
          --self->pending_;
          f(*self, ec, size);
          self->let_go_when_idle();
        });
  }
  void write_from(std::size_t at, SharedBytes bytes, WriteDone done) {
    if (at == bytes->size()) return done({});
    ++pending_;
    const auto rest = restinio::asio_ns::buffer(bytes->data() + at, bytes->size() - at);
    parts_->socket().async_write_some(
        rest, bound(*parts_,
                    [at, bytes, done = std::move(done)](RestinioSocket& self, error_code ec, std::size_t size) mutable {
                      if (ec) return done(errc::peer_gone);
                      self.write_from(at + size, std::move(bytes), std::move(done));
                    }));
  }
  void let_go_when_idle() {
    if (!aborted_ || pending_ > 0) return;
    holding_->remove(this);
    on_end();
  }

  std::shared_ptr<RestinioHolding> holding_;
  std::mutex mutex_;
  std::unique_ptr<Parts> parts_;
  // Of the strand's.
  std::size_t pending_ = 0;
  bool aborted_ = false;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_RESTINIO_SOCKET_HPP
