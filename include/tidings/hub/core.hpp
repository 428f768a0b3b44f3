// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_CORE_HPP
#define TIDINGS_HUB_CORE_HPP

#include <tidings/counters.hpp>
#include <tidings/delivery/carrier.hpp>
#include <tidings/delivery/loop_executor.hpp>
#include <tidings/delivery/poll_answer.hpp>
#include <tidings/delivery/session_start.hpp>
#include <tidings/hub/entrant.hpp>
#include <tidings/hub/last_drain.hpp>
#include <tidings/hub/options.hpp>
#include <tidings/hub/stream_terms.hpp>
#include <tidings/identity.hpp>
#include <tidings/message.hpp>
#include <tidings/protocol/client_request.hpp>
#include <tidings/protocol/cursor.hpp>
#include <tidings/published.hpp>
#include <tidings/receipt.hpp>
#include <tidings/session_info.hpp>
#include <tidings/store_types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// Why a session was not opened: the error, and for temporary ones when to come back.
struct Refusal {
  std::error_code why;
  std::chrono::milliseconds retry{0};
};

/// What lets the client of a poll be reported gone before the answer.
class PollTicket {
 public:
  PollTicket() = default;
  PollTicket(const PollTicket&) = delete;
  PollTicket& operator=(const PollTicket&) = delete;
  virtual ~PollTicket() = default;

  virtual void on_gone() = 0;
};

/// The hub without I/O, as everybody but its maker sees it: publishes, opens sessions, answers who has what. A unit that
/// only uses a hub compiles none of it; `BasicEngine` is what it does.
///
/// Thread    every public function from any thread; no callback is called with a lock held.
/// Lifetime  shared; sessions, mounts and store callbacks hold weak references.
class Core {
 public:
  using MakeCarrier = UniqueFunction<std::unique_ptr<delivery::Carrier>(const StreamTerms&)>;
  using OnRefused = UniqueFunction<void(Refusal)>;
  using OnPolled = UniqueFunction<void(delivery::PollAnswer)>;
  using OnTicket = UniqueFunction<void(std::shared_ptr<PollTicket>)>;
  using Loops = std::vector<std::shared_ptr<delivery::LoopExecutor>>;

  static constexpr std::size_t any_loop = static_cast<std::size_t>(-1);

  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  virtual ~Core() = default;

  // ---- life ----

  /// Attaches the store. Called once, before anything else.
  virtual void start(Completion<> done) = 0;
  /// Refuses new sessions, ends all, detaches the store.
  virtual void stop(Completion<> done) = 0;
  /// Ends sessions in waves over `grace`, each told to come back at a time spread over `spread`.
  virtual void shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds spread, Completion<> done) = 0;
  virtual bool draining() const = 0;
  /// Turns the wheel of this loop's shard; on the loop.
  virtual void tick(std::size_t loop, steady_time now) = 0;

  // ---- publishing ----

  virtual MessageId publish(Message message, Completion<Published> done) = 0;
  virtual MessageId publish_to(std::vector<std::string> users, Message message, Completion<Published> done) = 0;

  // ---- sessions ----

  /// To be asked for before `authorize` is: what is revoked meanwhile is kept from the session.
  virtual Arrival arrive() = 0;
  /// Opens an event stream or a WebSocket. Exactly one of: `make` is called on the session's loop, or `refused`.
  /// @param transport  sse or websocket.
  /// @param home       The loop to prefer; any_loop = the least loaded.
  virtual void open_stream(protocol::ClientRequest request, Entrant entrant, Transport transport, MakeCarrier make,
                           OnRefused refused, std::size_t home = any_loop) = 0;
  /// Whether open_stream would refuse now; for wires that change hands before.
  virtual std::error_code would_refuse(const protocol::ClientRequest& request, const Identity& identity) = 0;
  /// Answers one poll. First `ticket`, before this returns and before any answer can come; then exactly one of: `polled`,
  /// `refused`, or neither when the client is gone.
  virtual void poll(protocol::ClientRequest request, Entrant entrant, OnTicket ticket, OnPolled polled,
                    OnRefused refused, std::size_t home = any_loop) = 0;
  /// A poll was answered, with a body unless `bodiless`; returns when to come back.
  virtual std::chrono::milliseconds poll_answered(const std::string& user, const protocol::ClientRequest& request,
                                                  const delivery::PollAnswer& answer, bool bodiless = false) = 0;
  /// Where the last drain of this device ended.
  virtual LastDrain last_drain(const std::string& user, const std::string& device) const = 0;
  virtual void drained(const std::string& user, const std::string& device, const protocol::Cursor& cursor) = 0;
  /// The topics that this identity reads with this request; errc::topic_not_allowed, errc::too_many_topics,
  /// errc::invalid_topic, errc::callback_failed (may_subscribe threw).
  virtual std::error_code resolve_topics(const protocol::ClientRequest& request, const Identity& identity,
                                         std::vector<std::string>& topics) = 0;

  virtual void sessions(Completion<std::vector<SessionInfo>> done) = 0;
  virtual void disconnect_user(const std::string& user) = 0;
  virtual void disconnect_session(SessionId id) = 0;
  virtual void hold(SessionId id, bool held) = 0;
  /// @param cursor  Where the client says that it stands in them.
  /// @param done    Called once the session reads them; errc::closed: it has ended.
  virtual void subscribe(SessionId id, std::vector<std::string> topics, std::optional<protocol::Cursor> cursor = {},
                         Completion<> done = {}) = 0;
  /// Takes a topic from one session alone.
  virtual void unsubscribe(SessionId id, std::vector<std::string> topics) = 0;
  /// Calls `f` with the session, on its loop: at once if we are on it; not at all if it has ended.
  virtual void visit(std::size_t loop, SessionId id, UniqueFunction<void(delivery::Session&)> f) = 0;
  virtual void revoke(const std::string& user, const std::string& topic) = 0;

  // ---- members, acknowledgements, inboxes ----

  virtual void add_member(const std::string& topic, const std::string& user, Completion<> done) = 0;
  virtual void remove_member(const std::string& topic, const std::string& user, Completion<> done) = 0;
  /// Moves the acknowledged offsets of the identity's member topics.
  virtual void acknowledge(const Identity& identity, const std::vector<std::string>& topics,
                           const protocol::Cursor& cursor, Evidence evidence, const protocol::ClientRequest& request,
                           Completion<> done) = 0;
  /// Beside acknowledgements: what pongs have proved. Moves nothing but the ledger.
  virtual void prove(std::vector<Acknowledgement> list) = 0;
  virtual void mark_seen(SeenRequest request, Completion<std::size_t> done) = 0;
  virtual void unread(const std::string& user, Completion<std::size_t> done) = 0;
  virtual void inbox(const std::string& user, std::uint64_t before, std::size_t limit, Completion<InboxPage> done) = 0;
  virtual void trim(const std::string& topic, std::size_t keep, Completion<> done) = 0;

  // ---- the ledger ----

  virtual void status(MessageId id, Completion<MessageStatus> done) = 0;
  virtual void missed(MessageId id, Completion<std::vector<RecipientStatus>> done) = 0;
  virtual void recent(std::size_t limit, Completion<std::vector<PublicationRecord>> done) = 0;

  // ---- the rest ----

  const HubOptions& options() const { return options_; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  virtual std::size_t session_count() const = 0;
  /// The loop that new sessions go to.
  virtual std::size_t least_loaded() const = 0;
  /// A place for a session that is not the hub's own, counted like one.
  /// Errors  errc::draining, errc::credentials_expired, errc::too_many_sessions, errc::overloaded.
  virtual std::error_code take_seat(const Identity& identity, std::size_t loop,
                                    std::unique_ptr<delivery::Seat>& seat) = 0;
  virtual bool on_a_loop() const = 0;
  /// When to come back after a polite refusal: +- 50 %.
  virtual std::chrono::milliseconds busy_retry() = 0;
  /// A failure that nobody waits for: logged, and told to `on_error`.
  virtual void report(std::error_code ec, std::string_view context) = 0;
  virtual void log(LogLevel level, std::string_view category, std::string_view text) const = 0;
  /// Calls a user's callback; an exception is counted and logged.
  virtual void guarded(std::string_view context, const std::function<void()>& call) = 0;

 protected:
  explicit Core(HubOptions options) : options_(std::move(options)) {}

  HubOptions options_;
  Counters counters_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_CORE_HPP
