// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_CLIENT_CORE_HPP
#define TIDINGS_NET_CLIENT_CLIENT_CORE_HPP

#include <tidings/call_gate.hpp>
#include <tidings/client/ack_pace.hpp>
#include <tidings/client/cookies.hpp>
#include <tidings/client/positions.hpp>
#include <tidings/client/reconnect.hpp>
#include <tidings/client/retry_hint.hpp>
#include <tidings/client/server_envelope.hpp>
#include <tidings/client/url.hpp>
#include <tidings/client_options.hpp>
#include <tidings/completion.hpp>
#include <tidings/delivery/random.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/net/client/dial.hpp>
#include <tidings/net/client/offer.hpp>
#include <tidings/net/config.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/upward_answer.hpp>
#include <tidings/upward_message.hpp>

#include TIDINGS_ASIO_HEADER(any_io_executor.hpp)
#include TIDINGS_ASIO_HEADER(post.hpp)
#include TIDINGS_ASIO_HEADER(steady_timer.hpp)
#include TIDINGS_ASIO_HEADER(strand.hpp)

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// What the clients have in common: the way from one connection to the next, positions, the application's side.
///
/// Thread    everything but the functions under "any thread" on the strand.
/// Lifetime  shared with what is under way. `leave` ends it: no callback comes after that.
class ClientCore : public std::enable_shared_from_this<ClientCore> {
 public:
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;
  virtual ~ClientCore() = default;

  // ---- any thread ----

  Home home() const { return {strand_, nullptr}; }
  /// Begins, or waits no longer; `done` hears how the attempt went.
  void connect(Completion<> done);
  void receive(Offer<Received> offer);
  void ask(UpwardMessage message, Completion<UpwardReply> done);
  void seen(std::vector<std::string> tokens, Completion<std::size_t> done);
  void close(CloseCode code, std::string reason);
  /// The owner goes: no callback after this returns, but the one that this is called from.
  void leave();
  ClientStatus status() const;
  std::string cursor() const;
  const std::string& device() const noexcept { return options_.device; }

 protected:
  /// Throws `std::invalid_argument` for a URL, proxy, cursor or bound that cannot be used.
  ClientCore(const net::any_io_executor& executor, std::string_view url, ClientOptions options);

  template <class F>
  void post(F f) {
    net::post(strand_, [self = shared_from_this(), f = std::move(f)]() mutable { f(); });
  }
  /// One timer set anew; a call that was due before is not made, though it may be on its way already.
  template <class F>
  void after(net::steady_timer& timer, std::chrono::milliseconds span, F f) {
    timer.expires_after(span);
    timer.async_wait([self = shared_from_this(), &timer, f = std::move(f)](net_error_code ec) mutable {
      if (!ec && timer.expiry() <= steady_clock::now()) f();
    });
  }
  using steady_clock = std::chrono::steady_clock;
  /// The call is not made.
  static void rest(net::steady_timer& timer) { timer.expires_at(steady_clock::time_point::max()); }

  // ---- for those who speak a protocol ----

  /// What the other end said to a command.
  using Answer = UniqueFunction<void(std::error_code, client::ServerEnvelope)>;
  /// Says what `make` makes with the name of the question, and hears the answer.
  virtual void command(UniqueFunction<std::string(std::string_view ref)> make, Answer answer) = 0;
  /// There is a connection: begin to speak.
  virtual void on_link(std::shared_ptr<Duplex> link) = 0;
  /// Drop it and whatever waits for it.
  virtual void drop_link() = 0;
  /// Ends the connection in order, if there is one, then calls close_done().
  virtual void say_goodbye(CloseCode code, const std::string& reason) = 0;
  virtual void say_ack(const std::string& cursor) = 0;
  /// What was said waits: an acknowledgement can wait as well.
  virtual bool crowded() const { return false; }
  /// There is room for messages again.
  virtual void on_room() = 0;

  /// A connection is about to say where the client stands.
  void asks_on();
  void opened(std::string session);
  /// The connection, or the attempt at one, is over.
  void ended(const client::Ended& how, std::error_code why, std::string reason = {});
  void close_done();
  void on_hello(const client::ServerEnvelope& hello);
  void on_envelope_message(client::ServerEnvelope& envelope);
  void on_gap(const client::ServerEnvelope& gap);
  void on_unread(std::optional<std::size_t> unread);
  /// Hands it to the application, or keeps it for the application.
  void deliver(Received received, std::optional<protocol::PositionToken> at);
  /// No room for more, or nobody who wants any.
  bool paused() const { return queue_.size() >= options_.max_waiting_messages || !running(); }
  bool running() const { return state_ == ClientState::connecting || state_ == ClientState::open; }
  /// For good.
  bool closing() const { return closing_; }
  /// A callback threw: nothing is handed over until that is dealt with.
  bool failed() const { return failed_; }
  /// Topics that are not asked for any more: nothing of them is handed over.
  void forget_topics(const std::vector<std::string>& topics);
  void ask_token(bool refused, UniqueFunction<void(std::error_code, std::string)> done);
  std::vector<Header> request_headers() const;
  /// What is asked for; `from_where` = of a connection that goes on.
  std::string target(bool from_where, bool own_ids) const;
  /// Another connection in the place of this one, at once.
  void reopen();
  /// Another connection beside the one that is open, to the same place.
  /// Virtual, so that a test brings connections of its own.
  virtual void dial(Dial::Done done, std::shared_ptr<Dial>& kept);
  template <class F>
  void call_application(F f);
  std::mutex& mutex() const { return mutex_; }

  net::any_io_executor strand_;
  const client::Url url_;
  const ClientOptions options_;
  std::optional<client::Proxy> proxy_;
  std::vector<std::string> topics_;
  std::vector<std::string> left_;  // given back, of which something may still come
  client::Cookies cookies_;
  std::string credentials_;
  delivery::Random random_;
  ClientState state_ = ClientState::idle;
  client::Positions positions_;  // under mutex_

 private:
  struct Waiting {
    Received received;
    std::optional<protocol::PositionToken> at;
  };

  void begin();
  void begin_dial();
  void forget_attempt();
  void serve_receivers();
  void refuse_receivers(std::error_code why);
  void take_all();
  void plan_ack();
  /// `close`, and when the owner goes.
  void end_it(CloseCode code, const std::string& reason);
  void set_state(ClientStatus status);
  void tell_outcome(std::error_code ec);
  void stop(ClientStatus status);
  void callback_failed();

  mutable std::mutex mutex_;
  ClientStatus status_;  // under mutex_
  client::Reconnect reconnect_;
  client::AckPace ack_pace_;
  CallGate gate_;
  std::deque<Waiting> queue_;
  std::deque<Offer<Received>> receivers_;
  std::vector<Completion<>> outcomes_;
  net::steady_timer pause_;
  net::steady_timer ack_timer_;
  net::steady_timer token_timer_;
  std::shared_ptr<Dial> dial_;
  std::uint64_t attempt_ = 0;
  std::optional<std::size_t> unread_;
  bool refused_ = false;  // the credentials were, and nobody has given others
  bool resumes_ = false;  // this connection goes on where another was
  bool closing_ = false;
  bool failed_ = false;  // a callback threw, and what follows is under way
};

}  // namespace io

TIDINGS_NAMESPACE_END

#include <tidings/net/client/impl/client_core.hpp>
#include <tidings/net/client/impl/client_core_delivery.hpp>

#endif  // TIDINGS_NET_CLIENT_CLIENT_CORE_HPP
