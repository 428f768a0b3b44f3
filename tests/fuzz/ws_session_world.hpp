// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_FUZZ_WS_SESSION_WORLD_HPP
#define TIDINGS_TESTS_FUZZ_WS_SESSION_WORLD_HPP

#include <tidings/delivery/any_ws_link.hpp>
#include <tidings/delivery/loop_executor.hpp>
#include <tidings/delivery/timer_wheel.hpp>
#include <tidings/impl/ws_session_state.hpp>
#include <tidings/net/cork.hpp>

#include <asio/system_executor.hpp>

#include "require.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A raw WebSocket session in a world of one thread where the input decides what happens next: what the application
/// does, what the peer does, what fails, and how time goes by.
namespace fuzz {

using namespace tidings;

/// The decisions that are left; zero when there are none.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }
  std::uint8_t byte() {
    if (left_.empty()) return 0;
    const std::uint8_t first = left_.front();
    left_ = left_.subspan(1);
    return first;
  }
  std::string text(std::size_t most) {
    const std::size_t size = std::min(most, left_.size());
    const std::string taken(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(size));
    left_ = left_.subspan(size);
    return taken;
  }

 private:
  std::span<const std::uint8_t> left_;
};

/// What `io::Loop` is to a session, with a clock that the test moves.
class FakeLoop final : public delivery::LoopExecutor {
 public:
  ~FakeLoop() override {
    work_.clear();
    // As long as everything else is there.
    std::exchange(kept_, {}).clear();
  }

  void post(UniqueFunction<void()> work) override { work_.push_back(std::move(work)); }
  void post_after(std::chrono::milliseconds span, UniqueFunction<void()> work) override {
    later_.emplace(now_ + span, std::move(work));
  }
  bool running_here() const noexcept override { return here_; }
  steady_time now() const noexcept override { return now_; }
  wall_time wall_now() const noexcept override { return {1'700'000'000'000}; }
  double random() noexcept override { return 0.5; }

  struct Context {
    asio::system_executor get_executor() const { return {}; }
  };
  Context context() const { return {}; }
  void schedule(io::Timed& entry, std::chrono::milliseconds after) {
    wheel_.schedule(entry,
                    static_cast<std::uint32_t>((now_ + after - origin + tick - steady_time::duration{1}) / tick));
  }
  void cancel(io::Timed& entry) { wheel_.cancel(entry); }
  io::Cork& cork() { return cork_; }
  template <class T>
  void keep_shared(const std::shared_ptr<T>& object) {
    kept_[object.get()] = object;
  }
  void let_go(void* object) {
    auto kept = kept_.extract(object);
    if (!kept.empty()) post([object = std::move(kept.mapped())] {});
  }
  void enlist(io::Closable& closable) { closables_.insert(&closable); }
  void strike(io::Closable& closable) { closables_.erase(&closable); }

  // ---- the test's ----

  bool run_one() {
    if (work_.empty()) return false;
    UniqueFunction<void()> work = std::move(work_.front());
    work_.pop_front();
    here_ = true;
    work();
    work = nullptr;
    here_ = false;
    return true;
  }
  void run_all() {
    while (run_one()) {
    }
  }
  /// On the loop, as its work.
  template <class F>
  void run(F f) {
    here_ = true;
    f();
    here_ = false;
  }
  void advance(std::chrono::milliseconds span) {
    now_ += span;
    while (!later_.empty() && later_.begin()->first <= now_)
      work_.push_back(std::move(later_.extract(later_.begin()).mapped()));
    run([this] {
      wheel_.advance(static_cast<std::uint32_t>((now_ - origin) / tick),
                     [](delivery::WheelEntry& entry) { static_cast<io::Timed&>(entry).on_due(); });
    });
  }
  void close_all() {
    run([this] {
      for (io::Closable* each : std::set<io::Closable*>(closables_)) each->close_for_restart();
    });
  }

 private:
  static constexpr steady_time origin{std::chrono::hours(1)};
  static constexpr std::chrono::milliseconds tick{250};

  steady_time now_ = origin;
  io::Cork cork_;
  bool here_ = false;
  std::deque<UniqueFunction<void()>> work_;
  std::multimap<steady_time, UniqueFunction<void()>> later_;
  delivery::TimerWheel wheel_;
  std::set<io::Closable*> closables_;
  std::map<void*, std::shared_ptr<void>> kept_;
};

/// The other end, and what lies between.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;

  virtual std::unique_ptr<delivery::AnyWsLink> make_link(const std::shared_ptr<FakeLoop>& loop,
                                                         protocol::WsLimits limits) = 0;
  virtual void act(Input& input) = 0;
  /// Whether this message of ours was given to the connection.
  virtual bool has(const std::string& message) const = 0;
  /// Nothing happens any more: looks at all that was sent.
  virtual void check() const = 0;
};

/// A session, its application, and everything it promised.
class World {
 public:
  World(Input& input, Peer& peer) : input_(input), peer_(peer) {
    using State = detail::WsSessionState<FakeLoop>;
    const std::uint8_t features = input_.byte();
    const WsOptions options = read_options(features);
    auto state = std::make_shared<State>(loop_, tidings::detail::share_terms(options, [](std::string_view) {}), "");
    weak_ = state;
    session_ = state;
    has_handler_ = (features & 1U) == 0;
    if (has_handler_ && (features & 16U) != 0) {
      state->set_handler(std::make_unique<PartApplication>(*this));
    } else if (has_handler_) {
      state->set_handler(std::make_unique<Application>(*this));
    }
    auto link = peer_.make_link(loop_, {options.max_message_bytes, options.max_frames});
    loop_->run([&] { state->begin(std::move(link)); });
  }

  void run() {
    // Long inputs only say the same again.
    for (int i = 0; i < 2000 && !input_.empty() && loop_; ++i) step();
    if (loop_) end_in_order();
    check_end();
  }

 private:
  class Application final : public WsHandler {
   public:
    explicit Application(World& world) : world_(world) {}
    void on_open(WsSession&) override {
      require(!world_.told_open_);
      world_.told_open_ = true;
      world_.react();
    }
    void on_message(WsSession&, PayloadKind, std::string_view) override { world_.react(); }
    void on_drained(WsSession&) override { world_.react(); }
    void on_closed(WsSession&, const CloseInfo&) override {
      ++world_.closed_;
      require(world_.closed_ == 1);
      world_.react();
    }

   private:
    World& world_;
  };

  // Texts come in parts, the others whole.
  class PartApplication final : public WsPartHandler {
   public:
    explicit PartApplication(World& world) : world_(world) {}
    bool in_parts(PayloadKind kind) const override { return kind == PayloadKind::text; }
    void on_open(WsSession&) override { world_.react(); }
    void on_message(WsSession&, PayloadKind kind, std::string_view data) override {
      require(kind == PayloadKind::binary && !open_ && data.size() <= 200);
      world_.react();
    }
    void on_part(WsSession&, const WsMessagePart& part) override {
      require(part.kind == PayloadKind::text && part.first != open_ && part.offset == (part.first ? 0 : bytes_));
      require(!part.data.empty() || part.last);
      if (part.first) bytes_ = 0;
      bytes_ += part.data.size();
      require(bytes_ <= 300);
      open_ = !part.last;
      world_.react();
    }
    void on_drained(WsSession&) override { world_.react(); }
    void on_closed(WsSession&, const CloseInfo& info) override {
      require(++world_.closed_ == 1);
      require(info.message_cut == open_);
      world_.react();
    }

   private:
    World& world_;
    std::uint64_t bytes_ = 0;
    bool open_ = false;
  };

  WsOptions read_options(std::uint8_t features) {
    WsOptions options;
    options.pong_wait = std::chrono::seconds(10);
    options.write_stall = std::chrono::seconds(5);
    options.handshake_timeout = std::chrono::seconds(3);
    options.message_timeout = std::chrono::seconds(6);
    options.close_timeout = std::chrono::seconds(2);
    options.max_message_bytes = 200;
    options.max_frames = 4;
    options.max_streamed_bytes = 300;
    options.max_waiting_messages = 2;
    options.max_queue_bytes = 500;
    if ((features & 2U) != 0) options.idle_timeout = std::chrono::seconds(7);
    if ((features & 4U) != 0) options.max_lifetime = std::chrono::seconds(20);
    if ((features & 8U) != 0) options.receive_rate = 1, options.receive_burst = 2;
    constexpr QueuePolicy policies[] = {QueuePolicy::close, QueuePolicy::conflate, QueuePolicy::drop_new,
                                        QueuePolicy::drop_oldest};
    options.policy = policies[features >> 6U];
    return options;
  }

  void step() {
    const std::uint8_t choice = input_.byte();
    switch (choice % 16) {
      case 0: loop_->run_one(); break;
      case 1: loop_->run_all(); break;
      case 2: loop_->advance(std::chrono::milliseconds(250 * (1 + input_.byte() % 32))); break;
      case 3: do_something(); break;
      case 4: loop_->run([this] { do_something(); }); break;
      case 5: loop_->close_all(); break;
      case 6:
        // With work undone, and with the time that is due.
        if (choice >= 0xF0) loop_.reset();
        break;
      default: peer_.act(input_); break;
    }
  }

  // What the application does inside a callback.
  void react() {
    require(closed_ <= 1);
    const std::uint8_t choice = input_.byte();
    if (choice >= 0x80) do_something();
    if (choice == 0x7F) throw std::runtime_error("application");
  }

  void do_something() {
    const std::uint8_t choice = input_.byte();
    switch (choice % 8) {
      case 0: send(choice / 8U); break;
      case 1: send(choice * 2U); break;
      case 2: receive(); break;
      case 3: session_->close(CloseCode{static_cast<std::uint16_t>(3000 + choice)}, "reason"); break;
      case 4: session_->pause(true); break;
      case 5: session_->pause(false); break;
      case 6: send(40), send(40), send(choice); break;
      default:
        if (choice >= 0xE0) {
          session_->kill();
        } else {
          write(choice / 8U);
        }
        break;
    }
  }

  // A message in parts: begun, gone on with, finished or given up.
  void write(unsigned choice) {
    if (!writer_) {
      writer_ = WsMessageWriter(session_, choice % 2 == 0 ? PayloadKind::text : PayloadKind::binary);
      if (writer_) pending_ = std::to_string(sent_.size()) + ":";
      // Its place among the others.
      sent_.push_back(std::make_shared<Sent>());
      sent_.back()->completions = 1;
      return;
    }
    auto completions = std::make_shared<int>(0);
    received_.push_back(completions);
    auto done = [completions](std::error_code) { require(++*completions == 1); };
    std::string bytes = std::exchange(pending_, {}) + std::string(choice * 7U, '-');
    switch (choice % 8) {
      case 0: writer_.finish(std::move(bytes), done); break;
      case 1:
        writer_.give_up();
        done({});
        break;
      case 2: writer_.write(choice > 16 ? bytes + "\xFF" : std::move(bytes), done); break;
      default: writer_.write(std::move(bytes), done); break;
    }
  }

  void send(std::size_t size) {
    auto message = std::make_shared<Sent>();
    message->text = std::to_string(sent_.size()) + ":" + std::string(size, '.');
    sent_.push_back(message);
    const PayloadKind kind = size % 2 == 0 ? PayloadKind::text : PayloadKind::binary;
    session_->send({message->text, kind, size % 3 == 0 ? "key" : ""}, [this, message](std::error_code ec) {
      require(++message->completions == 1);
      if (!ec) require(peer_.has(message->text));
    });
  }
  void receive() {
    auto completions = std::make_shared<int>(0);
    received_.push_back(completions);
    session_->receive([completions](std::error_code, const WsMessage&) { require(++*completions == 1); });
  }

  // Whatever came before: a close is over within its timeout, though the peer does nothing.
  void end_in_order() {
    loop_->run([this] { writer_ = {}; });
    session_->close(CloseCode::going_away, "");
    for (int i = 0; i < 12; ++i) {
      loop_->run_all();
      loop_->advance(std::chrono::milliseconds(250));
    }
    loop_->run_all();
    require(session_->close_info().has_value());
    require(closed_ == (has_handler_ ? 1 : 0));
    require(session_->buffered_bytes() == 0);
    check_completions();
    loop_->run_all();
    // Its loop has let go of it.
    require(weak_.use_count() == 1);
  }

  void check_end() {
    writer_ = {};
    session_ = nullptr;
    loop_.reset();
    require(weak_.expired());
    require(closed_ == (has_handler_ ? 1 : 0));
    check_completions();
    peer_.check();
  }

  void check_completions() const {
    for (const auto& each : sent_) require(each->completions == 1);
    for (const auto& each : received_) require(*each == 1);
  }

  struct Sent {
    std::string text;
    int completions = 0;
  };

  Input& input_;
  Peer& peer_;
  std::shared_ptr<FakeLoop> loop_ = std::make_shared<FakeLoop>();
  std::weak_ptr<void> weak_;
  std::shared_ptr<detail::WsSessionFace> session_;
  std::vector<std::shared_ptr<Sent>> sent_;
  std::vector<std::shared_ptr<int>> received_;
  WsMessageWriter writer_;
  std::string pending_;
  bool has_handler_ = false;
  bool told_open_ = false;
  int closed_ = 0;
};

/// Messages of ours reach the peer in the order in which they were sent.
class InOrder {
 public:
  void take(std::string_view message) {
    const long number = std::strtol(std::string(message.substr(0, message.find(':'))).c_str(), nullptr, 10);
    require(number > last_);
    last_ = number;
  }

 private:
  long last_ = -1;
};

}  // namespace fuzz

#endif  // TIDINGS_TESTS_FUZZ_WS_SESSION_WORLD_HPP
