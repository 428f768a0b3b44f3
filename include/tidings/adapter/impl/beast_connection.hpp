// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_BEAST_CONNECTION_HPP
#define TIDINGS_ADAPTER_IMPL_BEAST_CONNECTION_HPP

#include <tidings/adapter/beast_options.hpp>
#include <tidings/adapter/impl/beast_gate.hpp>
#include <tidings/adapter/impl/beast_stream.hpp>
#include <tidings/concepts.hpp>
#include <tidings/net/socket_options.hpp>
#include <tidings/time.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// Wants to hear that the client is gone; told so too when the connection goes before it was asked.
class BeastGone {
 public:
  explicit BeastGone(UniqueFunction<void()> tell) : tell_(std::move(tell)) {}
  BeastGone(BeastGone&& other) noexcept : tell_(std::exchange(other.tell_, nullptr)) {}
  BeastGone& operator=(BeastGone&&) = delete;
  ~BeastGone() {
    if (tell_) tell_();
  }
  UniqueFunction<void()> take() { return std::exchange(tell_, nullptr); }

 private:
  UniqueFunction<void()> tell_;
};

/// What of a request decides about the form of its answer.
struct BeastTerms {
  int version = 11;
  bool keep_alive = true;
  bool head_only = false;
};

/// A connection of the application's while one request is answered; then it is handed back, closed, or somebody else's.
///
/// Thread    the stream's executor, except `executor` and the constructor.
/// Lifetime  kept by its gate until it is over, and by what is under way.
template <class Stream>
class BeastConnection final : public std::enable_shared_from_this<BeastConnection<Stream>> {
 public:
  using Next = UniqueFunction<void(Stream, boost::beast::flat_buffer)>;
  using Executor = typename Stream::executor_type;

  BeastConnection(std::shared_ptr<BeastGate> gate, Stream stream, boost::beast::flat_buffer buffer, Next next,
                  BeastTerms terms, const BeastOptions& options)
      : gate_(std::move(gate)),
        options_(options),
        terms_(terms),
        stream_(std::move(stream)),
        executor_(stream_.get_executor()),
        timer_(executor_),
        buffer_(std::move(buffer)),
        next_(std::move(next)) {
    terms_.keep_alive = terms_.keep_alive && next_;
    io::set_stream_options(socket_of(stream_).native_handle());
  }
  BeastConnection(const BeastConnection&) = delete;
  BeastConnection& operator=(const BeastConnection&) = delete;
  ~BeastConnection() {
    // Open, it goes with its execution context.
    if (gone_) gone_();
  }

  const Executor& executor() const { return executor_; }
  /// What was read beyond the request.
  std::string prefetched() const {
    const auto bytes = buffer_.data();
    return {static_cast<const char*>(bytes.data()), bytes.size()};
  }

  // Whole answers and streams: impl/beast_answers.hpp.
  void respond(ResponseHead head, SharedBytes body);
  void start(ResponseHead head);
  void write(SharedBytes bytes, WriteDone done);
  void finish();
  void abort();
  void on_gone(BeastGone gone);

  // Raw bytes and the socket itself: impl/beast_bytes.hpp.
  void read_some(std::span<char> buffer, Completion<std::size_t> done);
  void write_raw(SharedBytes bytes, WriteDone done);
  void shut();
  void release(Completion<NativeSocket> done);

 private:
  enum class State : std::uint8_t {
    /// Nothing was written.
    handling,
    /// A whole answer is on its way out.
    answering,
    /// A stream is open.
    streaming,
    /// Both ways are somebody's who speaks another protocol.
    raw,
    /// Everything is said; it waits for the client's goodbye.
    leaving,
    /// Closed, handed back or given away.
    over,
  };
  /// The goodbye of a layer, which has the reading to itself.
  enum class Parting : std::uint8_t { no, under_way, over };
  using ErrorCode = boost::system::error_code;

  struct Output {
    std::string front{};
    SharedBytes body{};
    std::string_view back{};
    WriteDone done{};

    std::size_t size() const { return front.size() + (body ? body->size() : 0) + back.size(); }
  };

  // One read at a time: impl/beast_transfer.hpp.
  void watch();
  void on_read(ErrorCode ec, std::size_t size);
  void stop_reading(UniqueFunction<void(ErrorCode)> then);
  void on_raw_read(ErrorCode ec, std::size_t size);
  void end_raw_read(ErrorCode ec, std::size_t size);

  // One write at a time: impl/beast_transfer.hpp.
  void send(Output output);
  void pump();
  void on_written(ErrorCode ec, std::size_t size);
  void write_unsent();

  // Time: impl/beast_transfer.hpp.
  void set_due(std::chrono::milliseconds span);
  void tick();
  void on_tick();

  // The end: impl/beast_transfer.hpp.
  void hand_back();
  void leave();
  void say_goodbye();
  void on_goodbye(ErrorCode ec);
  void pass_over();
  void part();
  void close();
  void close_socket(bool with_reset);

  bool send_head(ResponseHead head, std::string_view framing, SharedBytes body);
  void end_our_side();
  void give_away(Completion<NativeSocket> done);

  // Small, for it is held while nothing comes.
  static constexpr std::size_t read_size = 512;
  // RFC 8446 5.1: a TLS record carries 2^14 bytes at most.
  static constexpr std::size_t record_size = 16 * 1024;

  std::shared_ptr<BeastGate> gate_;
  BeastOptions options_;
  BeastTerms terms_;
  Stream stream_;
  Executor executor_;
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  Next next_;
  State state_ = State::handling;

  bool reading_ = false;
  UniqueFunction<void(ErrorCode)> read_over_;
  Completion<std::size_t> read_done_;

  bool writing_ = false;
  bool ending_ = false;
  bool chunked_ = false;
  // Of a raw connection: who has read or written, and who has ended its side.
  bool touched_ = false;
  bool shut_ = false;
  Parting parting_ = Parting::no;
  Output flying_;
  std::size_t sent_ = 0;
  std::vector<Output> waiting_;

  std::optional<steady_time> due_;
  bool ticking_ = false;
  UniqueFunction<void()> gone_;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_BEAST_CONNECTION_HPP
