// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_WS_CARRIER_HPP
#define TIDINGS_DELIVERY_WS_CARRIER_HPP

#include <tidings/delivery/gather_frames.hpp>
#include <tidings/delivery/hello_json.hpp>
#include <tidings/delivery/pong_evidence.hpp>
#include <tidings/delivery/shard.hpp>
#include <tidings/delivery/upward_handler.hpp>
#include <tidings/delivery/ws_farewell.hpp>
#include <tidings/delivery/ws_link.hpp>
#include <tidings/delivery/ws_terms.hpp>
#include <tidings/delivery/ws_upkeep.hpp>
#include <tidings/protocol/position_token.hpp>

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

namespace delivery {

/// A session as a WebSocket of the subprotocol `tidings.v1`: envelopes of JSON both ways, pings for life and evidence.
///
/// @tparam Link  A WsLink or ChannelLink.
/// @tparam Loop  See `BasicShard`.
template <class Link, class Loop = LoopExecutor>
class WsCarrier final : public BasicCarrier<Loop>, private WsLinkEvents {
 public:
  using Session = BasicSession<Loop>;
  using Upward = BasicUpwardHandler<Loop>;

  /// @param start  `(Link&, WsLinkEvents&)`: starts the link, the answer to the handshake included.
  template <class Start>
  WsCarrier(Loop& loop, Link link, WsTerms terms, std::unique_ptr<Upward> upward, Start&& start)
      : loop_(loop),
        link_(std::make_unique<Link>(std::move(link))),
        retry_(terms.retry),
        close_timeout_(terms.close_timeout),
        max_queue_bytes_(terms.max_queue_bytes),
        unread_(terms.unread),
        upkeep_(terms.pong_wait, Link::asks_for_pongs, loop.now(), terms.message_timeout),
        evidence_(terms.pong_evidence),
        upward_(std::move(upward)) {
    start(*link_, static_cast<WsLinkEvents&>(*this));
  }
  // Perhaps inside a call of the link.
  ~WsCarrier() override {
    if (!link_) return;
    link_->abort();
    loop_.post([link = std::move(link_)] {});
  }

  Transport transport() const override { return Transport::websocket; }

  Sent open(Session& session, std::span<const SlotToken> slots) override {
    session_ = &session;
    if (ended_) return Sent::gone;
    return say_hello(slots);
  }

  Sent send(LiveMessage& message, std::uint32_t slot) override {
    if (!link_) return Sent::gone;
    note_tracked(slot);
    return link_->send_live(message, LiveMessage::WsForm::envelope);
  }

  Sent send_queued(SendQueue& queue, std::vector<SlotOffset>& taken) override {
    if (!link_) return Sent::gone;
    if constexpr (Link::gathers) {
      const auto append = [this](std::string& bytes, LiveMessage& message, std::uint32_t slot) {
        note_tracked(slot);
        link_->append_live(bytes, message, LiveMessage::WsForm::envelope);
      };
      return gather_frames(*this, queue, taken, session_->shard().scratch(), append,
                           [this](std::string_view frames) { return link_->send_frames(frames); });
    } else {
      return send_next(*this, queue, taken);
    }
  }

  Sent gap(std::uint32_t slot, Position to) override {
    std::string text = "{\"gap\":";
    append_gap_json(text, session_->topic(slot), protocol::to_token(session_->tag(slot), to));
    return say(text.append("}"));
  }
  Sent slots_changed(std::span<const SlotToken> slots) override { return say_hello(slots); }
  Sent unread(std::size_t count) override {
    unread_ = count;
    return say("{\"state\":{\"unread\":" + std::to_string(count) + "}}");
  }
  Sent expiring(std::chrono::milliseconds left) override {
    return say("{\"renew\":{\"in_ms\":" + std::to_string(left.count()) + "}}");
  }
  Sent beat() override { return Sent::ok; }
  Sent caught_up() override { return Sent::ok; }
  Sent batch_end() override { return Sent::ok; }

  void finish(std::error_code why, std::chrono::milliseconds retry, std::span<const SlotToken>) override {
    // Perhaps from within the link's last word: then there is nobody to say goodbye to.
    if (!link_ || ended_) return;
    if (why) {
      std::string text = "{\"bye\":{\"code\":\"";
      text.append(reason_of(why)).append("\",\"retry_ms\":").append(std::to_string(retry.count())).append("}}");
      link_->send(protocol::WsOpcode::text, text);
    }
    say_farewell(close_code_of(why), reason_of(why));
  }
  void abort() override {
    if (link_) link_->abort();
  }

  steady_time due() const override { return upkeep_.due(); }
  Sent on_due(steady_time now) override {
    switch (upkeep_.on_timer(now)) {
      case WsUpkeep::Verdict::wait: return Sent::ok;
      case WsUpkeep::Verdict::dead: return Sent::gone;
      case WsUpkeep::Verdict::late: session_->end(errc::timeout, session_->shard().jittered(retry_)); return Sent::ok;
      case WsUpkeep::Verdict::ping: break;
    }
    return link_ ? ping(now) : Sent::gone;
  }

  void describe(SessionInfo& info) const override {
    info.last_round_trip = upkeep_.last_round_trip();
    info.round_trip = upkeep_.smoothed_round_trip();
  }

  std::size_t pending_bytes() const override { return link_ ? link_->pending_bytes() : 0; }
  std::chrono::milliseconds heartbeat_period() const override { return std::chrono::milliseconds{0}; }

  // A client that asks more than it reads is ended.
  void note(std::string_view envelope) override {
    if (!link_ || session_ == nullptr) return;
    if (link_->pending_bytes() + envelope.size() > max_queue_bytes_ + defaults::max_gather_bytes) {
      session_->end(errc::queue_full, session_->shard().jittered(retry_));
      return;
    }
    session_->on_noted(say(envelope));
  }
  void on_confirmed() override { upkeep_.on_confirmed(); }
  void hold_input(bool hold) override {
    if (!link_) return;
    link_->hold_input(hold);
    if (hold) {
      upkeep_.on_hold();
    } else if (upkeep_.on_read_again(loop_.now()) && session_ != nullptr) {
      session_->on_due_nearer();
    }
  }

 private:
  Sent say(std::string_view text) { return link_ ? link_->send(protocol::WsOpcode::text, text) : Sent::gone; }
  Sent say_hello(std::span<const SlotToken> slots) {
    evidence_.set_slots(slots);
    std::string text = "{\"hello\":";
    append_hello_json(text, session_->id(), slots, upkeep_.period(), unread_);
    return say(text.append("}"));
  }

  void note_tracked(std::uint32_t slot) {
    if (evidence_.note(slot) && upkeep_.on_tracked(loop_.now())) session_->on_due_nearer();
  }
  Sent ping(steady_time now) {
    const auto random = static_cast<std::uint64_t>(loop_.random() * 0x1.0p53) << 11U ^
                        static_cast<std::uint64_t>(loop_.random() * 0x1.0p53);
    return link_->ping(upkeep_.ping(now, evidence_.on_ping(*session_), random));
  }

  void on_message(protocol::WsOpcode kind, std::string_view data) override {
    if (session_ == nullptr) return;
    if (kind != protocol::WsOpcode::text) {
      link_->close(CloseCode::unsupported_data, "envelopes are text");
    } else if (data == "{}") {
      // A client whose platform shows no pings asks whether we are there.
      note("{}");
    } else {
      const auto entry = session_->shard().enter();
      upward_->on_text(*session_, data);
    }
  }
  void on_pong(std::string_view payload) override {
    const auto sequence = upkeep_.on_pong(payload, loop_.now());
    if (!sequence || session_ == nullptr) return;
    std::vector<TopicPosition> proved = evidence_.on_pong(*session_, *sequence);
    if (proved.empty()) return;
    const auto entry = session_->shard().enter();
    upward_->on_pong_evidence(*session_, std::move(proved));
  }
  void on_traffic() override { upkeep_.on_traffic(loop_.now()); }
  void on_unfinished(bool unfinished) override {
    if (upkeep_.on_unfinished(unfinished, loop_.now()) && session_ != nullptr) session_->on_due_nearer();
  }
  void on_writable() override {
    if (session_ != nullptr) session_->on_writable();
  }
  void on_progress() override {
    if (session_ != nullptr) session_->on_progress();
  }
  // The peer says close, or is at fault: the link ends by itself, the session now.
  void on_closing() override {
    const std::error_code why = link_->info().error;
    say_farewell(CloseCode::normal, {});
    end_session(why ? why : std::error_code(errc::closed));
  }
  void on_closed(const CloseInfo& info) override { end_session(info.error ? info.error : errc::closed); }

  void say_farewell(CloseCode code, std::string_view reason) {
    WsFarewell<Link>::say(loop_, std::move(link_), code, reason, close_timeout_);
  }
  // The last thing in a call: the session may take us along.
  void end_session(std::error_code why) {
    ended_ = true;
    if (session_ != nullptr) session_->on_gone(why);
  }

  Loop& loop_;
  std::unique_ptr<Link> link_;
  Session* session_ = nullptr;
  bool ended_ = false;
  std::chrono::milliseconds retry_;
  std::chrono::milliseconds close_timeout_;
  std::size_t max_queue_bytes_;
  std::optional<std::size_t> unread_;
  WsUpkeep upkeep_;
  BasicPongEvidence<Loop> evidence_;
  std::unique_ptr<Upward> upward_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_WS_CARRIER_HPP
