// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_SSE_CARRIER_HPP
#define TIDINGS_DELIVERY_SSE_CARRIER_HPP

#include <tidings/delivery/gather_frames.hpp>
#include <tidings/delivery/hello_json.hpp>
#include <tidings/delivery/shard.hpp>
#include <tidings/delivery/sse_terms.hpp>
#include <tidings/delivery/wire.hpp>
#include <tidings/protocol/sse/encoder.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A session as an event stream.
///
/// A stream of one topic, and every stream with `ids=own`, sends bytes that are shared by all. A bare EventSource with
/// several topics keeps its cursor line as text: a delivery overwrites one token in place and puts the line before the
/// shared body.
///
/// @tparam W     The stream's way out.
/// @tparam Loop  See `BasicShard`.
template <StreamWire W, class Loop = LoopExecutor>
class SseCarrier final : public BasicCarrier<Loop>, private WireEvents {
 public:
  using Session = BasicSession<Loop>;

  /// The head leaves in here.
  SseCarrier(W wire, SseTerms terms, std::vector<Header> extra_headers = {}) : wire_(std::move(wire)), terms_(terms) {
    ResponseHead head{200, sse_headers()};
    for (Header& each : extra_headers) head.headers.push_back(std::move(each));
    wire_.start(std::move(head), *this);
  }

  Transport transport() const override { return Transport::sse; }

  Sent open(Session& session, std::span<const SlotToken> slots) override {
    session_ = &session;
    if (gone_) return Sent::gone;
    std::string text = "retry: " + std::to_string(session.shard().jittered(terms_.retry).count()) + "\n";
    keep_slots(slots);
    if (!terms_.own_ids) text.append(id_line(slots));
    text.push_back('\n');
    if (terms_.own_ids) append_hello(text, slots);
    return write_text(text);
  }

  Sent send(LiveMessage& message, std::uint32_t slot) override {
    if (terms_.own_ids) return wire_.write_frame({}, message, FramePart::own);
    if (!keeps_line()) return wire_.write_frame({}, message, FramePart::single);
    put_token(slot, message.single_frame().token());
    return wire_.write_frame(line(), message, FramePart::body);
  }

  Sent send_queued(SendQueue& queue, std::vector<SlotOffset>& taken) override {
    return gather_frames(
        *this, queue, taken, session_->shard().scratch(),
        [this](std::string& bytes, LiveMessage& message, std::uint32_t slot) { append(bytes, message, slot); },
        [this](std::string_view bytes) { return wire_.write(bytes); });
  }

  Sent gap(std::uint32_t slot, Position to) override {
    char token[protocol::token_size];
    protocol::encode_token(token, session_->tag(slot), to);
    const std::string_view at(token, sizeof token);
    put_token(slot, at);
    std::string text =
        keeps_line() ? std::string(line()) : (terms_.own_ids ? "id: " : "id: 1") + std::string(at) + "\n";
    text.append("event: tidings.gap\ndata: ");
    append_gap_json(text, session_->topic(slot), at);
    text.append("\n\n");
    return write_text(text);
  }

  Sent slots_changed(std::span<const SlotToken> slots) override {
    keep_slots(slots);
    std::string text;
    if (terms_.own_ids) {
      append_hello(text, slots);
    } else {
      text = id_line(slots) + "\n";
    }
    return write_text(text);
  }

  Sent unread(std::size_t count) override {
    if (!terms_.own_ids) return Sent::ok;
    return write_text("event: tidings.state\ndata: {\"unread\":" + std::to_string(count) + "}\n\n");
  }

  Sent beat() override { return write_text(protocol::sse_heartbeat); }
  Sent caught_up() override { return Sent::ok; }
  Sent batch_end() override { return Sent::ok; }

  void finish(std::error_code, std::chrono::milliseconds retry, std::span<const SlotToken>) override {
    std::string text;
    if (retry.count() > 0) protocol::encode_sse_retry(text, retry);
    wire_.finish(framed(text));
  }
  void abort() override { wire_.abort(); }

  std::size_t pending_bytes() const override { return wire_.pending_bytes(); }
  std::chrono::milliseconds heartbeat_period() const override { return terms_.heartbeat; }

 private:
  void on_writable() override {
    if (session_ != nullptr) session_->on_writable();
  }
  void on_progress() override {
    if (session_ != nullptr) session_->on_progress();
  }
  void on_gone(std::error_code why) override {
    gone_ = true;
    if (session_ != nullptr) session_->on_gone(why);
  }

  // Only a cursor of several topics has to be kept.
  void keep_slots(std::span<const SlotToken> slots) {
    line_size_ = 0;
    std::string().swap(line_);
    if (terms_.own_ids || (slots.size() == 1 && slots[0].active)) return;
    const std::string line = id_line(slots);
    line_size_ = static_cast<std::uint32_t>(line.size());
    line_.reserve(line.size() + slots.size());
    line_ = line;
    char place = 0;
    for (const SlotToken& each : slots) line_.push_back(each.active ? ++place : '\0');
  }

  bool keeps_line() const { return line_size_ != 0; }
  std::string_view line() const { return std::string_view(line_).substr(0, line_size_); }

  static std::string id_line(std::span<const SlotToken> slots) {
    std::string line = "id: 1";
    for (const SlotToken& each : slots) {
      if (!each.active) continue;
      line.append(protocol::token_size, ' ');
      protocol::encode_token(line.data() + line.size() - protocol::token_size, each.tag, each.position);
    }
    line.push_back('\n');
    return line;
  }

  // Written once for all sessions, and copied: nothing of the session but its line is touched.
  void put_token(std::uint32_t slot, std::string_view token) {
    if (!keeps_line()) return;
    const auto place = static_cast<std::size_t>(line_[line_size_ + slot]);
    if (place == 0) return;
    token.copy(line_.data() + 5 + (place - 1) * protocol::token_size, protocol::token_size);
  }

  void append_hello(std::string& text, std::span<const SlotToken> slots) const {
    text.append("event: tidings.hello\ndata: ");
    append_hello_json(text, session_->id(), slots, terms_.heartbeat, terms_.unread);
    text.append("\n\n");
  }

  // One message of a gathered write.
  void append(std::string& out, LiveMessage& message, std::uint32_t slot) {
    if (!keeps_line()) {
      const SseFrame& frame = terms_.own_ids ? message.own_frame() : message.single_frame();
      out.append(wire_.chunked() ? frame.chunked() : frame.plain());
      return;
    }
    put_token(slot, message.single_frame().token());
    const std::string_view body = message.single_frame().body();
    if (wire_.chunked()) append_chunk_header(out, line_size_ + body.size());
    out.append(line()).append(body);
    if (wire_.chunked()) out.append("\r\n");
  }

  static void append_chunk_header(std::string& out, std::size_t size) {
    char header[20];
    char* const begin = put_chunk_header(header + sizeof header, size);
    out.append(begin, static_cast<std::size_t>(header + sizeof header - begin));
  }

  std::string framed(std::string_view text) const {
    std::string bytes;
    if (wire_.chunked() && !text.empty()) append_chunk_header(bytes, text.size());
    bytes.append(text);
    if (wire_.chunked() && !text.empty()) bytes.append("\r\n");
    return bytes;
  }

  Sent write_text(std::string_view text) { return wire_.write(framed(text)); }

  W wire_;
  Session* session_ = nullptr;
  SseTerms terms_;
  bool gone_ = false;
  // The cursor line; behind it one character for each slot: the how manieth token is its, 0 = taken away. There are at
  // most `defaults::max_topics_per_session` tokens. Size 0 = no line is kept.
  std::uint32_t line_size_ = 0;
  std::string line_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_SSE_CARRIER_HPP
