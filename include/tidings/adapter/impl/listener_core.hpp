// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_LISTENER_CORE_HPP
#define TIDINGS_ADAPTER_IMPL_LISTENER_CORE_HPP

#include <tidings/adapter/impl/listener_routes.hpp>
#include <tidings/adapter/listener.hpp>
#include <tidings/delivery/byte_budget.hpp>
#include <tidings/net/holds.hpp>
#include <tidings/net/listen_socket.hpp>
#include <tidings/net/loop.hpp>
#include <tidings/protocol/http/date.hpp>

#include <atomic>
#include <cerrno>
#include <exception>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

template <class Loop>
class Acceptor;

/// One loop's part of a listener: its connections and the `Date` line. On that loop only.
template <class Loop>
struct ListenerPart {
  std::weak_ptr<Loop> loop;
  // Where this loop accepts, if it does; until it has run once, the socket waits here.
  io::OwnedSocket listening;
  Acceptor<Loop>* acceptor = nullptr;
  std::unordered_set<Connection<Loop>*> connections;
  std::int64_t date_second = -1;
  std::size_t date_size = 0;
  std::string lines;

  /// The header lines that every answer has, for more to be appended.
  std::string& lines_at(wall_time now) {
    if (now.ms / 1000 != date_second) {
      date_second = now.ms / 1000;
      lines.assign("Date: ").append(protocol::encode_http_date(now)).append("\r\n");
      date_size = lines.size();
    }
    lines.resize(date_size);
    return lines;
  }
};

/// What a listener and its connections share.
///
/// Lifetime  shared by the listener, its acceptor and its connections, which belong to their loops.
template <class Loop>
class ListenerCore : public std::enable_shared_from_this<ListenerCore<Loop>>, public SocketHome {
 public:
  ListenerCore(const std::shared_ptr<HubState>& hub, ListenerOptions options)
      : options_(std::move(options)), bodies_(options_.max_pending_body_bytes) {
    for (std::size_t i = 0; hub && i < hub->loops(); ++i) {
      parts_.push_back(std::make_unique<ListenerPart<Loop>>());
      parts_.back()->loop = hub->shared_loop(i);
    }
    if (hub) hub_core_ = hub->shared_core();
  }

  const ListenerOptions& options() const { return options_; }
  ListenerRoutes<Loop>& routes() { return routes_; }
  delivery::ByteBudget& bodies() { return bodies_; }
  ListenerPart<Loop>& part(std::size_t loop) { return *parts_[loop]; }
  std::uint16_t port() const { return port_; }
  std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }
  void connection_opened() { connections_.fetch_add(1, std::memory_order_relaxed); }
  void connection_closed() { connections_.fetch_sub(1, std::memory_order_relaxed); }
  bool stopped() const { return stopped_.load(); }

  /// Calls a user's function, if there is one; an exception out of it is counted and logged.
  void guarded(UniqueFunction<void()> call) const {
    if (!call) return;
    try {
      call();
    } catch (const std::exception& failure) {
      handler_failed(failure.what());
    } catch (...) {
      handler_failed("a callback threw");
    }
  }
  /// An exception out of a handler.
  void handler_failed(const char* what) const {
    const std::shared_ptr<hub::Core> core = hub_core_.lock();
    if (!core) return;
    core->counters().callback_errors.add();
    core->log(LogLevel::error, "listener", what);
  }

  void start();
  /// Stops to listen and closes all connections. Waits for the loops, unless it is on one of them or nobody runs it.
  void stop();

  /// Takes a connection to the next loop, or keeps it on the one that has accepted it.
  void begin(io::OwnedSocket socket, std::string peer, std::size_t accepted_by);
  /// On one of the loops: the connection goes on there.
  bool take_back(NativeSocket& native) override;

 private:
  std::shared_ptr<Connection<Loop>> make_connection(std::size_t index, const std::shared_ptr<Loop>& loop,
                                                    io::OwnedSocket socket, std::string peer) {
    return std::make_shared<Connection<Loop>>(this->shared_from_this(), loop, index, std::move(socket),
                                              std::move(peer));
  }
  void begin_later(std::shared_ptr<Connection<Loop>> connection, const std::shared_ptr<Loop>& loop);
  // Whether each loop accepts for itself.
  bool reuses_port() const {
#if defined(SO_REUSEPORT)
    return options_.reuse_port;
#else
    return false;
#endif
  }
  void listen(std::size_t index);
  void stop_accepting(ListenerPart<Loop>& part, Loop& loop);
  void close_all(ListenerPart<Loop>& part);

  std::weak_ptr<hub::Core> hub_core_;
  ListenerOptions options_;
  ListenerRoutes<Loop> routes_;
  delivery::ByteBudget bodies_;
  std::vector<std::unique_ptr<ListenerPart<Loop>>> parts_;
  std::uint16_t port_ = 0;
  std::size_t next_part_ = 0;
  std::atomic<std::size_t> connections_{0};
  std::atomic<bool> stopped_{false};
};

/// The listening socket on its loop; dies with it, so that nobody waits in a queue that nobody looks after.
template <class Loop>
class Acceptor final : private io::DescriptorEvents, private io::Timed {
 public:
  Acceptor(std::shared_ptr<ListenerCore<Loop>> core, std::size_t index, Loop& loop, io::OwnedSocket socket)
      : core_(std::move(core)), index_(index), loop_(loop), socket_(std::move(socket)) {
    watch_ = {this, socket_.get(), true, false};
    if (loop_.descriptors().add(watch_)) {
      watch_.events = nullptr;
      socket_.close();
    }
  }
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  ~Acceptor() { close(); }

  /// Listens no more, and needs its loop no more.
  void close() {
    if (waiting()) loop_.cancel(*this);
    if (watch_.events != nullptr) loop_.descriptors().remove(watch_);
    watch_.events = nullptr;
    socket_.close();
  }

 private:
  // A burst is taken in portions, so that it does not hold up those who are being served.
  static constexpr int portion = 64;

  void on_readable() override {
    for (int taken = 0; taken < portion; ++taken) {
      std::string peer;
      io::OwnedSocket accepted = io::accept_from(socket_.get(), peer);
      if (!accepted) {
        // No descriptors left: whoever waits, waits a little longer.
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) rest();
        return;
      }
      core_->begin(std::move(accepted), std::move(peer), index_);
    }
  }
  void on_writable() override {}

  void rest() {
    watch(false);
    loop_.schedule(*this, std::chrono::milliseconds(100));
  }
  void on_due() override { watch(true); }
  void watch(bool on) {
    watch_.read = on;
    loop_.descriptors().change(watch_);
  }

  std::shared_ptr<ListenerCore<Loop>> core_;
  std::size_t index_;
  Loop& loop_;
  io::OwnedSocket socket_;
  io::Watch watch_;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_LISTENER_CORE_HPP
