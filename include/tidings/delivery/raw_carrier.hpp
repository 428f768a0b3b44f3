// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_RAW_CARRIER_HPP
#define TIDINGS_DELIVERY_RAW_CARRIER_HPP

#include <tidings/delivery/gather_frames.hpp>
#include <tidings/delivery/pong_evidence.hpp>
#include <tidings/delivery/raw_line.hpp>
#include <tidings/delivery/shard.hpp>
#include <tidings/delivery/ws_terms.hpp>
#include <tidings/rare.hpp>
#include <tidings/unique_function.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Messages of topics over a WebSocket of the application's own protocol: each is a frame of its data, text or binary,
/// with nothing around it. The line is the application's too; its pings and deadlines are its own.
///
/// @tparam Loop  See `BasicShard`.
template <class Loop = LoopExecutor>
class RawCarrier final : public BasicCarrier<Loop>, private RawLineEvents {
 public:
  using Session = BasicSession<Loop>;
  using OnEvidence = std::function<void(Session&, std::vector<TopicPosition>)>;
  using Begin = UniqueFunction<void()>;

  /// @param begin          Answers the handshake; called once the session is in its topics, so that the client misses
  ///                       nothing from then on.
  /// @param pong_evidence  A pong proves delivery: `on_evidence` is called, which sessions share.
  RawCarrier(std::shared_ptr<RawLine> line, Begin begin, bool pong_evidence,
             std::shared_ptr<const OnEvidence> on_evidence)
      : evidence_(pong_evidence), line_(std::move(line)), on_evidence_(std::move(on_evidence)) {
    begin_.set(std::move(begin));
    line_->join(this);
  }
  ~RawCarrier() override {
    const std::shared_ptr<RawLine> line = leave();
    // It never came into its topics: nobody else ends it.
    if (begin_ && line) line->kill();
  }

  Transport transport() const override { return Transport::websocket; }

  Sent open(Session& session, std::span<const SlotToken> slots) override {
    session_ = &session;
    if (!line_) return Sent::gone;
    evidence_.set_slots(slots);
    begin();
    if (line_) link_ = line_->link();
    if (link_ == nullptr) return Sent::gone;
    return line_->opened() ? Sent::ok : Sent::blocked;
  }

  Sent send(LiveMessage& message, std::uint32_t slot) override {
    if (link_ == nullptr) return Sent::gone;
    before_frames();
    note(slot);
    const Sent sent = link_->send_live(message, LiveMessage::WsForm::data);
    return sent == Sent::ok ? sent : line_->sent(sent);
  }
  Sent send_queued(SendQueue& queue, std::vector<SlotOffset>& taken) override {
    if (link_ == nullptr) return Sent::gone;
    if (!link_->gathers()) return send_next(*this, queue, taken);
    before_frames();
    const auto append = [this](std::string& bytes, LiveMessage& message, std::uint32_t slot) {
      note(slot);
      link_->append_live(bytes, message, LiveMessage::WsForm::data);
    };
    return gather_frames(*this, queue, taken, session_->shard().scratch(), append,
                         [this](std::string_view frames) { return line_->sent(link_->send_frames(frames)); });
  }

  Sent gap(std::uint32_t slot, Position) override {
    if (!line_) return Sent::gone;
    line_->gap(session_->topic(slot));
    return Sent::ok;
  }
  Sent slots_changed(std::span<const SlotToken> slots) override {
    evidence_.set_slots(slots);
    return Sent::ok;
  }
  // For these the application's protocol has no words.
  Sent unread(std::size_t) override { return Sent::ok; }
  Sent beat() override { return Sent::ok; }
  Sent caught_up() override { return Sent::ok; }
  Sent batch_end() override { return Sent::ok; }

  void finish(std::error_code why, std::chrono::milliseconds, std::span<const SlotToken>) override {
    // Whoever waits to come into its topics hears in its own protocol why that came to nothing.
    if (begin_ && line_) begin();
    if (const std::shared_ptr<RawLine> line = leave()) line->close(close_code_of(why), reason_of(why));
  }
  void abort() override {
    if (const std::shared_ptr<RawLine> line = leave()) line->kill();
  }

  void describe(SessionInfo& info) const override {
    if (!line_) return;
    info.last_round_trip = line_->last_round_trip();
    info.round_trip = line_->round_trip();
  }
  std::size_t pending_bytes() const override { return link_ != nullptr ? link_->pending_bytes() : 0; }
  std::chrono::milliseconds heartbeat_period() const override { return std::chrono::milliseconds{0}; }

 private:
  void begin() {
    Begin begin = std::move(*begin_);
    begin_.reset();
    begin();
  }
  void before_frames() {
    if (session_being_read != nullptr) line_->flush();
  }
  void note(std::uint32_t slot) {
    last_tick_ = session_->shard().current_tick();
    sent_something_ = true;
    if (evidence_.note(slot)) line_->want_ping();
  }
  std::shared_ptr<RawLine> leave() {
    if (line_) line_->join(nullptr);
    link_ = nullptr;
    return std::exchange(line_, nullptr);
  }

  void on_writable() override {
    if (session_ != nullptr) session_->on_writable();
  }
  void on_progress() override {
    if (session_ != nullptr) session_->on_progress();
  }
  void on_busy() override {
    if (session_ != nullptr) session_->on_noted(Sent::blocked);
  }
  std::uint64_t on_ping() override { return session_ != nullptr ? evidence_.on_ping(*session_) : 0; }
  void on_pong(std::uint64_t ping) override {
    if (session_ == nullptr) return;
    std::vector<TopicPosition> proved = evidence_.on_pong(*session_, ping);
    if (proved.empty()) return;
    const auto entry = session_->shard().enter();
    (*on_evidence_)(*session_, std::move(proved));
  }
  steady_time last_message() const override {
    return sent_something_ ? session_->shard().time_of(last_tick_) : steady_time::min();
  }
  // The last thing in a call: the session may take us along.
  void on_over(std::error_code why) override {
    line_.reset();
    link_ = nullptr;
    if (session_ != nullptr) session_->on_gone(why);
  }

  // The line's, as long as there is one: a delivery looks at nothing else of it.
  AnyWsLink* link_ = nullptr;
  Session* session_ = nullptr;
  // Of the last message, if there was one.
  std::uint32_t last_tick_ = 0;
  bool sent_something_ = false;
  BasicPongEvidence<Loop> evidence_;
  std::shared_ptr<RawLine> line_;
  std::shared_ptr<const OnEvidence> on_evidence_;
  // Until then.
  Rare<Begin> begin_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_RAW_CARRIER_HPP
