// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_WS_SESSION_STATE_HPP
#define TIDINGS_IMPL_WS_SESSION_STATE_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/any_ws_link.hpp>
#include <tidings/delivery/outbox.hpp>
#include <tidings/delivery/raw_line.hpp>
#include <tidings/delivery/ring.hpp>
#include <tidings/delivery/token_bucket.hpp>
#include <tidings/delivery/ws_upkeep.hpp>
#include <tidings/error.hpp>
#include <tidings/impl/byte_lock.hpp>
#include <tidings/impl/raw_terms.hpp>
#include <tidings/net/closable.hpp>
#include <tidings/net/timed.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/rare.hpp>
#include <tidings/ws_part_handler.hpp>
#include <tidings/ws_session.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// From here on a message is cheaper sent alone than copied.
inline constexpr std::size_t least_uncorked = 16 * 1024;
/// Writes of one session in a row while it makes a message in parts.
inline constexpr std::size_t most_frames = 16;

/// A raw WebSocket session. Its link, times and callbacks are the loop's; what is queued is anybody's, under a lock.
///
/// @tparam Loop  `io::Loop`, or one of a test's that schedules, keeps and lets go like it.
/// Lifetime  kept by its loop from `begin` to its end.
template <class Loop>
class WsSessionState final : public WsSessionFace,
                             public delivery::RawLine,
                             public std::enable_shared_from_this<WsSessionState<Loop>>,
                             private delivery::WsLinkEvents,
                             private io::Timed,
                             private io::Closable {
 public:
  WsSessionState(const std::shared_ptr<Loop>& loop, std::shared_ptr<const RawTerms> terms, std::string subprotocol);
  ~WsSessionState() override;

  const WsOptions& options() const { return terms_->options; }
  /// Let go at the end.
  void set_guest(std::shared_ptr<void> guest) { guest_ = std::move(guest); }
  /// Before begin.
  void set_handler(std::unique_ptr<WsHandler> handler) { handler_ = std::move(handler); }
  /// The connection is a link now; on the loop, once.
  void begin(std::unique_ptr<delivery::AnyWsLink> link);
  /// It never became one; on the loop, instead of begin.
  void give_up(std::error_code why);

  void send(WsMessage message, Completion<> done) override;
  void send(PayloadKind kind, std::string_view data) override;
  std::error_code begin_message(PayloadKind kind, std::uint32_t& id) override;
  void send_part(std::uint32_t id, std::string bytes, bool last, Completion<> done) override;
  void give_up_message(std::uint32_t id) override;
  void receive(Completion<WsMessage> done) override;
  void close(CloseCode code, std::string reason) override;
  void kill() override;
  void pause(bool paused) override;
  bool open() const override { return taking_.load(std::memory_order_relaxed); }
  std::size_t buffered_bytes() const override {
    // A handler that paces itself asks this at each message: without a lock while nothing ever had to wait.
    if (!has_outbox_.load(std::memory_order_acquire)) return corked_bytes_.load(std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    const std::size_t parts = outbox_ && outbox_->parts() != nullptr ? outbox_->parts()->bytes() : 0;
    return (outbox_ ? outbox_->bytes() : 0) + parts + corked_bytes_.load(std::memory_order_relaxed);
  }
  std::size_t dropped() const override {
    const std::lock_guard lock(mutex_);
    return outbox_ ? outbox_->dropped() : 0;
  }
  std::optional<std::chrono::microseconds> last_round_trip() const override { return time_of(last_round_trip_); }
  std::optional<std::chrono::microseconds> round_trip() const override { return time_of(round_trip_); }
  const std::string& subprotocol() const override {
    static const std::string none;
    return subprotocol_ ? *subprotocol_ : none;
  }
  std::optional<CloseInfo> close_info() const override {
    const std::lock_guard lock(mutex_);
    return over_ ? std::optional(*info_) : std::nullopt;
  }
  io::Home home() const override;

  // For the hub's session that reads topics over it: impl/ws_session_line.hpp.
  void join(delivery::RawLineEvents* reader) override { reader_ = reader; }
  delivery::AnyWsLink* link() override { return link_.get(); }
  bool opened() const override { return opened_ && !part_under_way_; }
  void flush() override { flush_cork(); }
  delivery::Sent sent(delivery::Sent what) override;
  void gap(std::string_view topic) override;
  void want_ping() override;

 private:
  using Completions = std::vector<Completion<>>;

  // What the loop holds of a session; it goes when the session has ended, or with the loop.
  struct Stay {
    explicit Stay(std::shared_ptr<WsSessionState> s) : state(std::move(s)) {}
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;
    ~Stay() { state->end_with_loop(); }

    std::shared_ptr<WsSessionState> state;
  };

  // Why nothing is read.
  static constexpr std::uint8_t paused_bit = 1;
  static constexpr std::uint8_t crowded_bit = 2;
  static constexpr std::uint8_t rate_bit = 4;

  static std::uint8_t bit_of(PayloadKind kind) { return kind == PayloadKind::text ? 1 : 2; }

  static std::optional<std::chrono::microseconds> time_of(const std::atomic<std::int32_t>& value) {
    const std::int32_t count = value.load(std::memory_order_relaxed);
    return count < 0 ? std::nullopt : std::optional(std::chrono::microseconds(count));
  }
  static protocol::WsOpcode opcode_of(PayloadKind kind) {
    return kind == PayloadKind::text ? protocol::WsOpcode::text : protocol::WsOpcode::binary;
  }
  // Many small messages cost more than what they say.
  static std::size_t cost_of(const WsMessage& message) { return sizeof(WsMessage) + message.data.size(); }
  static void tell(Completions& all, std::error_code ec) {
    for (Completion<>& each : all) each(ec);
    all.clear();
  }

  template <class F>
  void on_loop(F f);
  template <class F>
  void call_handler(F f);

  // What is sent while it is read: impl/ws_session_cork.hpp.
  bool being_read() const;
  void stop_being_read();
  bool send_past_queue(PayloadKind kind, std::string_view data);
  bool send_large_or_deflated(PayloadKind kind, std::string_view data);
  bool make_room(std::size_t bytes);
  void count_corked(std::size_t bytes);
  void flush_cork();
  void sent_past_queue(delivery::Sent what, std::size_t messages, std::size_t bytes);

  void give_up_queue(std::error_code why, CloseCode code);
  void pump();
  void pump_here() {
    on_loop([](WsSessionState& self) { self.pump(); });
  }
  bool send_some(std::unique_lock<ByteLock>& lock);
  void wake_reader();

  // Messages in parts: impl/ws_session_parts.hpp.
  void take_parts();
  bool send_frame(std::unique_lock<ByteLock>& lock);
  void drop_parts(std::unique_lock<ByteLock>& lock, std::error_code why);
  void hand_part(PayloadKind kind, std::string_view data, bool first, bool last);
  void sent(delivery::Sent what, Completions done);
  void be_blocked();
  void let_reader_go(std::error_code why);
  void ping(steady_time now);
  void hold(std::uint8_t reason, bool held);
  void hold_link(bool held);
  void count_received(steady_time now);
  void hand_out();
  void say_close();
  void end(const CloseInfo& info);
  void end_with_loop();
  void reschedule();
  steady_time next_due() const;
  steady_time idle_end() const;
  bool end_if_over(steady_time now);

  // From the link.
  void on_open() override;
  void on_message(protocol::WsOpcode kind, std::string_view data) override;
  void on_part(protocol::WsOpcode kind, std::string_view data, protocol::WsPart part) override;
  void on_pong(std::string_view payload) override;
  void on_traffic() override;
  void on_flush() override;
  void on_unfinished(bool unfinished) override {
    if (upkeep_.on_unfinished(unfinished, loop_->now())) reschedule();
  }
  void on_writable() override;
  void on_progress() override;
  void on_closing() override;
  void on_closed(const CloseInfo& info) override { end(info); }
  void on_due() override;

  // From the loop's owner.
  void close_for_restart() override;

  // What most sessions never need, or not for long.
  struct Seldom {
    Completions on_way;
    // Messages that were taken, and neither handed over nor in the outbox any more.
    std::size_t given_up = 0;
    delivery::Ring<WsMessage> inbox;
    std::size_t inbox_bytes = 0;
    delivery::Ring<Completion<WsMessage>> receivers;
    std::optional<delivery::TokenBucket> bucket;
    // What is to be said.
    CloseCode close_code = CloseCode::normal;
    std::string close_reason;
    steady_time close_by = steady_time::max();
    std::shared_ptr<void> last_words;
    // Of the peer's message that comes in parts; its end has not come.
    std::uint64_t part_offset = 0;
    bool part_message = false;
  };

  delivery::Outbox& outbox() {
    if (!outbox_) {
      outbox_ = std::make_unique<delivery::Outbox>(options().max_queue_bytes, options().policy);
      has_outbox_.store(true, std::memory_order_release);
    }
    return *outbox_;
  }
  bool nothing_queued() const { return !outbox_ || (outbox_->empty() && outbox_->parts() == nullptr); }
  bool something_ready() const { return outbox_ && (outbox_->ready() || outbox_->part_ready()); }

  std::weak_ptr<Loop> weak_loop_;
  Loop* loop_;
  const std::shared_ptr<const RawTerms> terms_;
  std::unique_ptr<WsHandler> handler_;
  std::unique_ptr<delivery::AnyWsLink> link_;
  // Told of what concerns the topics that are read over this.
  delivery::RawLineEvents* reader_ = nullptr;

  // Anybody's, under the lock.
  std::unique_ptr<delivery::Outbox> outbox_;
  std::unique_ptr<CloseInfo> info_;
  mutable ByteLock mutex_;
  bool over_ = false;
  bool pump_posted_ = false;
  bool whole_only_ = false;

  // Anybody's.
  std::atomic<bool> taking_{true};
  // Something is queued, or about to be looked at.
  std::atomic<bool> queued_{false};
  // Once made it stays.
  std::atomic<bool> has_outbox_{false};

  // The loop's.
  bool opened_ = false;
  bool closing_ = false;
  bool blocked_ = false;
  bool waited_ = false;
  bool close_said_ = false;
  bool pumping_ = false;
  // The first frame of a message of ours in parts has left, and the last has not.
  bool part_under_way_ = false;
  std::uint8_t holds_ = 0;
  // Of the peer's: which kinds come in parts.
  std::uint8_t part_kinds_ = 0;
  // What is longer than that is deflated, or not corked at all.
  std::uint32_t plain_below_ = least_uncorked;
  std::uint32_t on_way_count_ = 0;
  std::atomic<std::uint32_t> corked_bytes_{0};
  std::atomic<std::int32_t> last_round_trip_{-1};
  std::atomic<std::int32_t> round_trip_{-1};
  steady_time last_message_;
  delivery::WsUpkeep upkeep_;
  // While it is read.
  WsSession handle_;
  Rare<Seldom> seldom_;
  Stay* stay_ = nullptr;
  std::shared_ptr<void> guest_;
  std::unique_ptr<const std::string> subprotocol_;
  steady_time blocked_since_;
  // Of the handshake, then of the session.
  steady_time ends_at_ = steady_time::max();
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#include <tidings/impl/ws_session.hpp>
#include <tidings/impl/ws_session_cork.hpp>
#include <tidings/impl/ws_session_line.hpp>
#include <tidings/impl/ws_session_parts.hpp>

#endif  // TIDINGS_IMPL_WS_SESSION_STATE_HPP
