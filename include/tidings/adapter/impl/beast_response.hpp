// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_BEAST_RESPONSE_HPP
#define TIDINGS_ADAPTER_IMPL_BEAST_RESPONSE_HPP

#include <tidings/adapter/impl/beast_connection.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// What an exchange holds of its connection: callable from any thread, usable once.
template <class Stream>
class BeastResponse : public std::enable_shared_from_this<BeastResponse<Stream>> {
 public:
  using Connection = BeastConnection<Stream>;

  BeastResponse(std::shared_ptr<BeastGate> gate, const std::shared_ptr<Connection>& connection)
      : gate_(std::move(gate)), connection_(connection), prefetched_(connection->prefetched()) {}
  BeastResponse(const BeastResponse&) = delete;
  BeastResponse& operator=(const BeastResponse&) = delete;
  ~BeastResponse() {
    if (phase_ == Phase::open) abort();
    respond({503, {{"Retry-After", "1"}}}, share_bytes({}));
  }

  void respond(ResponseHead head, SharedBytes body) {
    if (!advance(Phase::unused, Phase::over)) return;
    on_connection([head = std::move(head), body = std::move(body)](Connection& c) mutable {
      c.respond(std::move(head), std::move(body));
    });
  }

  void start(ResponseHead head) {
    if (!advance(Phase::unused, Phase::open)) return;
    on_connection([head = std::move(head)](Connection& c) mutable { c.start(std::move(head)); });
  }
  void write(SharedBytes bytes, WriteDone done) {
    // Dropped with its connection, the completion says `closed`; so do those below.
    on_connection([bytes = std::move(bytes), done = std::move(done)](Connection& c) mutable {
      c.write(std::move(bytes), std::move(done));
    });
  }
  void finish() {
    if (advance(Phase::open, Phase::over)) on_connection([](Connection& c) { c.finish(); });
  }

  /// Nobody answers any more: the bytes are another protocol's.
  void become_raw() { advance(Phase::unused, Phase::open); }
  std::string take_prefetched() { return std::exchange(prefetched_, {}); }
  void read_some(std::span<char> buffer, Completion<std::size_t> done) {
    on_connection([buffer, done = std::move(done)](Connection& c) mutable { c.read_some(buffer, std::move(done)); });
  }
  void write_raw(SharedBytes bytes, WriteDone done) {
    on_connection([bytes = std::move(bytes), done = std::move(done)](Connection& c) mutable {
      c.write_raw(std::move(bytes), std::move(done));
    });
  }
  void shut() {
    on_connection([](Connection& c) { c.shut(); });
  }

  void abort() {
    phase_ = Phase::over;
    on_connection([](Connection& c) { c.abort(); });
  }
  void on_gone(UniqueFunction<void()> gone) {
    if (phase_ == Phase::over) return;
    on_connection([gone = BeastGone(std::move(gone))](Connection& c) mutable { c.on_gone(std::move(gone)); });
  }
  void release(Completion<NativeSocket> done) {
    const Phase before = phase_;
    if (before == Phase::over || !advance(before, Phase::over)) {
      done.fail(errc::closed);
      return;
    }
    auto released = [self = this->shared_from_this(), before, done = std::move(done)](std::error_code ec,
                                                                                      NativeSocket socket) mutable {
      if (ec) self->phase_ = before;
      done(ec, std::move(socket));
    };
    on_connection(
        [done = Completion<NativeSocket>(std::move(released))](Connection& c) mutable { c.release(std::move(done)); });
  }

 private:
  enum class Phase : std::uint8_t {
    unused,
    /// A stream, or raw bytes: dropped, it is aborted.
    open,
    over
  };

  bool advance(Phase from, Phase to) { return phase_.compare_exchange_strong(from, to); }

  template <class F>
  void on_connection(F f) {
    gate_->post(connection_, std::move(f));
  }

  std::shared_ptr<BeastGate> gate_;
  std::weak_ptr<Connection> connection_;
  std::string prefetched_;
  // The answer and the wish to hear of a client's end may come from different threads.
  std::atomic<Phase> phase_{Phase::unused};
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_BEAST_RESPONSE_HPP
