// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_LISTENER_CONNECTION_HPP
#define TIDINGS_ADAPTER_IMPL_LISTENER_CONNECTION_HPP

#include <tidings/adapter/impl/listener_core.hpp>
#include <tidings/net/farewell.hpp>
#include <tidings/net/output_buffer.hpp>
#include <tidings/protocol/http/request_parser.hpp>
#include <tidings/protocol/http/response_head.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// One TCP connection: requests in, one after the other, and their answers out.
///
/// Thread    its loop's only. Lifetime  kept by its loop until it closes.
template <class Loop>
class Connection final : public std::enable_shared_from_this<Connection<Loop>>,
                         private io::DescriptorEvents,
                         private io::Timed {
 public:
  Connection(std::shared_ptr<ListenerCore<Loop>> core, const std::shared_ptr<Loop>& loop, std::size_t loop_index,
             io::OwnedSocket socket, std::string peer);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  void begin();
  /// Closes without a word; who still waits is told that the client is gone.
  void close();

  // By the answer to the request of this number; one that is late is passed over.
  void respond(std::uint64_t request, ResponseHead head, SharedBytes body);
  void start(std::uint64_t request, ResponseHead head);
  void write(std::uint64_t request, SharedBytes bytes, WriteDone done);
  void finish(std::uint64_t request);
  void abort(std::uint64_t request);
  void on_gone(std::uint64_t request, UniqueFunction<void()> gone);
  void release(std::uint64_t request, Completion<NativeSocket> done);

  std::size_t loop_index() const { return loop_index_; }

 private:
  enum class State : std::uint8_t {
    /// Between requests, or in one.
    reading,
    /// The handler has the request; nothing was written.
    handling,
    /// A whole answer is on its way out.
    answering,
    /// A stream is open.
    streaming,
    closed,
  };

  // Read ahead of the request that is answered: enough for any honest client. A body comes in larger pieces.
  static constexpr std::size_t max_input = 16 * 1024;
  static constexpr std::size_t max_body_input = 64 * 1024;
  // Copied behind its head: cheaper than a second piece for the kernel.
  static constexpr std::size_t small_body = 2 * 1024;

  bool serves(std::uint64_t request, State state) const { return request == request_ && state_ == state; }

  // Requests: impl/listener_requests.hpp.
  void on_readable() override;
  std::size_t room() const;
  void take(std::string_view bytes);
  void pump();
  bool feed(std::string_view bytes, std::size_t& consumed);
  std::string_view waiting_input() const { return std::string_view(input_).substr(input_at_); }
  void hold_input(std::string_view bytes);
  bool account_body();
  void begin_request();
  void refuse_request(errc code, int status);
  void watch_input(bool on);

  // Answers: impl/listener_answers.hpp.
  void on_writable() override;
  void send();
  void send(std::string_view front, SharedBytes body);
  void sent();
  bool make_head(std::string& text, ResponseHead head, std::string_view framing);
  void flushed();
  void answered();
  void say_goodbye();

  // Time: impl/listener_requests.hpp.
  void on_due() override;
  void set_deadline();

  std::shared_ptr<ListenerCore<Loop>> core_;
  std::weak_ptr<Loop> weak_loop_;
  Loop& loop_;
  std::size_t loop_index_;
  io::OwnedSocket socket_;
  std::string peer_;
  io::Watch watch_;
  protocol::HttpRequestParser parser_;
  std::string input_;
  std::size_t input_at_ = 0;
  io::OutputBuffer output_;
  std::uint64_t request_ = 0;
  State state_ = State::reading;
  bool pumping_ = false;
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool chunked_ = false;
  bool ending_ = false;
  bool said_continue_ = false;
  int version_ = 11;
  std::size_t counted_body_ = 0;
  UniqueFunction<void()> gone_;
  WriteDone write_done_;
};

/// What an exchange holds of its connection: callable from any thread, usable once.
template <class Loop>
class ConnectionResponse {
 public:
  ConnectionResponse(std::weak_ptr<Loop> loop, std::weak_ptr<Connection<Loop>> connection, std::uint64_t request,
                     std::size_t loop_index)
      : loop_(std::move(loop)), connection_(std::move(connection)), request_(request), loop_index_(loop_index) {}
  ConnectionResponse(const ConnectionResponse&) = delete;
  ConnectionResponse& operator=(const ConnectionResponse&) = delete;
  ~ConnectionResponse() {
    if (phase_ == Phase::over) return;
    if (phase_ == Phase::streaming) abort();
    respond({503, {{"Retry-After", "1"}}}, share_bytes({}));
  }

  std::size_t loop_index() const { return loop_index_; }

  void respond(ResponseHead head, SharedBytes body) {
    if (!advance(Phase::unused, Phase::over)) return;
    on_connection([request = request_, head = std::move(head), body = std::move(body)](Connection<Loop>& c) mutable {
      c.respond(request, std::move(head), std::move(body));
    });
  }
  void start(ResponseHead head) {
    if (!advance(Phase::unused, Phase::streaming)) return;
    on_connection([request = request_, head = std::move(head)](Connection<Loop>& c) mutable {
      c.start(request, std::move(head));
    });
  }
  void write(SharedBytes bytes, WriteDone done) {
    // Dropped with its connection, the completion says `closed`.
    on_connection([request = request_, bytes = std::move(bytes), done = std::move(done)](Connection<Loop>& c) mutable {
      c.write(request, std::move(bytes), std::move(done));
    });
  }
  void finish() {
    if (!advance(Phase::streaming, Phase::over)) return;
    on_connection([request = request_](Connection<Loop>& c) { c.finish(request); });
  }
  void abort() {
    phase_ = Phase::over;
    on_connection([request = request_](Connection<Loop>& c) { c.abort(request); });
  }
  void on_gone(UniqueFunction<void()> gone) {
    if (phase_ == Phase::over) return;
    auto tell = [connection = connection_, request = request_, gone = std::move(gone)]() mutable {
      if (const std::shared_ptr<Connection<Loop>> alive = connection.lock()) {
        alive->on_gone(request, std::move(gone));
      } else {
        // Too late to be told when it happened.
        gone();
      }
    };
    const std::shared_ptr<Loop> loop = loop_.lock();
    if (!loop || loop->running_here()) {
      tell();
    } else {
      loop->post(std::move(tell));
    }
  }
  void release(Completion<NativeSocket> done) {
    if (!advance(Phase::unused, Phase::over)) {
      done.fail(errc::closed);
      return;
    }
    on_connection([request = request_, done = std::move(done)](Connection<Loop>& c) mutable {
      c.release(request, std::move(done));
    });
  }

 private:
  enum class Phase : std::uint8_t { unused, streaming, over };

  bool advance(Phase from, Phase to) { return phase_.compare_exchange_strong(from, to); }

  template <class F>
  void on_connection(F f) {
    const std::shared_ptr<Loop> loop = loop_.lock();
    if (!loop) return;
    if (loop->running_here()) {
      if (const std::shared_ptr<Connection<Loop>> connection = connection_.lock()) f(*connection);
      return;
    }
    loop->post([connection = connection_, f = std::move(f)]() mutable {
      if (const std::shared_ptr<Connection<Loop>> alive = connection.lock()) f(*alive);
    });
  }

  std::weak_ptr<Loop> loop_;
  std::weak_ptr<Connection<Loop>> connection_;
  std::uint64_t request_;
  std::size_t loop_index_;
  // The answer and the wish to hear of a client's end may come from different threads.
  std::atomic<Phase> phase_{Phase::unused};
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_LISTENER_CONNECTION_HPP
