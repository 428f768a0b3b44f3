// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_LOOP_HPP
#define TIDINGS_NET_LOOP_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/byte_budget.hpp>
#include <tidings/delivery/loop_executor.hpp>
#include <tidings/delivery/random.hpp>
#include <tidings/delivery/timer_wheel.hpp>
#include <tidings/extern_template.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/net/closable.hpp>
#include <tidings/net/config.hpp>
#include <tidings/net/cork.hpp>
#include <tidings/net/deadline.hpp>
#include <tidings/net/descriptor_set.hpp>
#include <tidings/net/entropy.hpp>
#include <tidings/net/holds.hpp>
#include <tidings/net/timed.hpp>

#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(post.hpp)
#include TIDINGS_ASIO_HEADER(steady_timer.hpp)

#include <atomic>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// One `io_context` that is run by one thread at a time, with what its sockets share: a descriptor set, a read buffer, a
/// timer wheel.
///
/// @tparam Context  The `io_context` of the chosen Asio; a parameter so that only a unit that makes a loop compiles this.
/// Thread    `post`, `hold`, `running_here` from any thread; everything else on the loop.
/// Lifetime  shared; what is posted holds it weakly.
template <class Context>
class BasicLoop final : public delivery::LoopExecutor, public std::enable_shared_from_this<BasicLoop<Context>> {
 public:
  static constexpr std::chrono::milliseconds tick_length{250};

  /// Over a context of its own, which somebody runs.
  BasicLoop() : own_(std::make_unique<Context>(1)), context_(*own_), descriptors_(context_), timer_(context_) {}
  /// Over the application's context. Whoever lets go of it last, it ends on its loop while somebody runs that.
  static std::shared_ptr<BasicLoop> over(Context& context) {
    return std::shared_ptr<BasicLoop>(new BasicLoop(context), [](BasicLoop* last) {
      std::unique_ptr<BasicLoop> owned(last);
      // Also from the loop itself: what lives on it may be in a call.
      if (last->abandoned()) return;
      net::post(last->context_, [owned = std::move(owned)] {});
    });
  }

  Context& context() { return context_; }
  BasicDescriptorSet<Context>& descriptors() { return descriptors_; }

  /// Begins to tick; `on_tick` is called on the loop every `tick_length`.
  void start(UniqueFunction<void(steady_time)> on_tick) {
    on_tick_ = std::move(on_tick);
    origin_ = steady_now();
    // Not only the first tick shows that somebody runs the context: it may be over before.
    post([weak = this->weak_from_this()] {
      if (const std::shared_ptr<BasicLoop> loop = weak.lock()) loop->has_run_.store(true);
    });
    tick_later();
  }
  /// No tick comes afterwards; on the loop, or when nobody runs it.
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

  // ---- LoopExecutor ----

  void post(UniqueFunction<void()> work) override {
    net::post(context_, [work = std::move(work)]() mutable { work(); });
  }
  void post_after(std::chrono::milliseconds span, UniqueFunction<void()> work) override {
    keep(std::make_unique<Deadline<BasicLoop>>(*this, std::move(work))).start(span);
  }
  bool running_here() const noexcept override {
    return context_.get_executor().running_in_this_thread() || stand_in_.load() == std::this_thread::get_id();
  }
  steady_time now() const noexcept override { return steady_now(); }
  wall_time wall_now() const noexcept override { return io::wall_now(); }
  double random() noexcept override { return random_.uniform(); }
  std::shared_ptr<void> hold() override { return holds_->take(); }

  /// What is on its way and wants the loop to go on.
  Holds& holds() { return *holds_; }
  /// Whether the context has ever run a handler of ours.
  bool has_run() const { return has_run_.load(); }
  /// Whether nobody runs the application's context any more, or ever did: its owner may do the loop's work.
  bool abandoned() const { return !own_ && !running_here() && (context_.stopped() || !has_run()); }
  /// Does the loop's work on this thread, for an owner whose context nobody runs any more.
  template <class F>
  void run_as_loop(F&& f) {
    const std::thread::id before = stand_in_.exchange(std::this_thread::get_id());
    f();
    stand_in_.store(before);
  }

  // ---- shared by the loop's sockets ----

  /// For one read: handed on at once, never kept.
  std::span<char> read_buffer() {
    if (read_buffer_.empty()) read_buffer_.resize(256 * 1024);
    return read_buffer_;
  }
  /// For composing one write.
  std::string& scratch() {
    scratch_.clear();
    return scratch_;
  }
  /// What one session answers while it is read, to leave together; empty between two reads.
  Cork& cork() { return cork_; }
  /// For what has come of unfinished messages; perhaps shared with other loops.
  const std::shared_ptr<delivery::ByteBudget>& pending_messages() const { return pending_messages_; }
  /// Before start().
  void share_pending_messages(std::shared_ptr<delivery::ByteBudget> budget) { pending_messages_ = std::move(budget); }
  void schedule(Timed& entry, std::chrono::milliseconds after) {
    const auto due = steady_now() + after - origin_;
    wheel_.schedule(entry, static_cast<std::uint32_t>((due + tick_length - std::chrono::nanoseconds(1)) / tick_length));
  }
  void cancel(Timed& entry) { wheel_.cancel(entry); }

  /// Objects that live on the loop until they say otherwise: connections, sockets that say goodbye.
  template <class T>
  T& keep(std::unique_ptr<T> owned) {
    T& object = *owned;
    kept_[&object] = std::shared_ptr<void>(std::move(owned));
    return object;
  }
  template <class T>
  void keep_shared(const std::shared_ptr<T>& object) {
    kept_[object.get()] = object;
  }
  /// Destroys it, later on the loop: it may be in a call of its own.
  void let_go(void* object) {
    auto kept = kept_.extract(object);
    if (kept.empty()) return;
    post([object = std::move(kept.mapped())] {});
  }
  std::size_t kept() const { return kept_.size(); }

  /// Who is to be told when the loop's owner ends, until it is struck off.
  void enlist(Closable& closable) {
    closables_.push_back(&closable);
    closable.place = closables_.size();
  }
  void strike(Closable& closable) {
    if (closable.place == 0) return;
    Closable* const last = closables_.back();
    closables_[closable.place - 1] = last;
    last->place = std::exchange(closable.place, 0);
    closables_.pop_back();
    if (last == &closable) last->place = 0;
  }
  void close_all() {
    // From behind: who is over strikes itself off, and the last one takes its place.
    for (std::size_t i = closables_.size(); i > 0; --i) {
      if (i <= closables_.size()) closables_[i - 1]->close_for_restart();
    }
  }

 private:
  explicit BasicLoop(Context& context) : context_(context), descriptors_(context_), timer_(context_) {}

  void tick_later() {
    timer_.expires_after(tick_length);
    timer_.async_wait([weak = this->weak_from_this()](net_error_code ec) {
      const std::shared_ptr<BasicLoop> loop = weak.lock();
      if (ec || !loop || loop->stopped_) return;
      loop->tick();
    });
  }

  void tick() {
    assert(!in_tick_.exchange(true) && "an io_context of a hub is run by one thread at a time");
    const steady_time now = steady_now();
    wheel_.advance(static_cast<std::uint32_t>((now - origin_) / tick_length),
                   [](delivery::WheelEntry& entry) { static_cast<Timed&>(entry).on_due(); });
    if (on_tick_) on_tick_(now);
    in_tick_.store(false);
    if (!stopped_) tick_later();
  }

  std::unique_ptr<Context> own_;
  Context& context_;
  BasicDescriptorSet<Context> descriptors_;
  net::steady_timer timer_;
  UniqueFunction<void(steady_time)> on_tick_;
  delivery::TimerWheel wheel_;
  steady_time origin_ = steady_now();
  delivery::Random random_{entropy()};
  std::vector<char> read_buffer_;
  std::string scratch_;
  Cork cork_;
  std::shared_ptr<delivery::ByteBudget> pending_messages_ =
      std::make_shared<delivery::ByteBudget>(defaults::max_pending_message_bytes);
  std::vector<Closable*> closables_;
  std::unordered_map<void*, std::shared_ptr<void>> kept_;
  std::shared_ptr<Holds> holds_ = std::make_shared<Holds>();
  std::atomic<std::thread::id> stand_in_{};
  std::atomic<bool> has_run_{false};
  std::atomic<bool> in_tick_{false};
  bool stopped_ = false;
};

using Loop = BasicLoop<net::io_context>;
TIDINGS_EXTERN_TEMPLATE(class BasicLoop<net::io_context>)

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_LOOP_HPP
