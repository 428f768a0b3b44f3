// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DEFAULTS_HPP
#define TIDINGS_DEFAULTS_HPP

#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

/// Every bound of the library has its default here, with the reason or source.
namespace defaults {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Publications.
/// Payload of one message. Larger data belongs behind a link.
inline constexpr std::size_t max_payload_bytes = 1024 * 1024;
/// Name of a topic or inbox: room for `@` and a URN, small beside a payload.
inline constexpr std::size_t max_topic_bytes = 256;
/// A message's key and its idempotency key: room for a URN or a digest.
inline constexpr std::size_t max_key_bytes = 256;

// Sessions.
/// Topics of one session; also the most tokens of a cursor (64 * 24 bytes stay well inside a header of 8 KiB).
inline constexpr std::size_t max_topics_per_session = 64;
/// Sessions of one user: browsers open one per tab.
inline constexpr std::size_t max_sessions_per_user = 32;
/// Streams and waiting polls of one hub: some 200 MB of memory at most when all are idle.
inline constexpr std::size_t max_sessions = 100'000;
/// Bytes of messages that wait for a loop which is behind; the rest is read from the store.
inline constexpr std::size_t max_mailbox_bytes = 8 * 1024 * 1024;
/// Bytes queued for one session before its policy acts.
inline constexpr std::size_t max_queue_bytes = 256 * 1024;
/// A lagging session without progress is closed after this.
inline constexpr seconds max_lag{60};
/// Messages asked from the store at once when a session catches up.
inline constexpr std::size_t catch_up_page = 256;
/// Bytes of one gathered write, so that a heartbeat is never stuck behind megabytes.
inline constexpr std::size_t max_gather_bytes = 64 * 1024;
/// Live messages kept for sessions that are still replaying; beyond it they read on from the store.
inline constexpr std::size_t max_merge_messages = 1024;
/// A room without sessions is kept this long, so that long polls do not read the topic's state for each message.
inline constexpr seconds room_linger{60};
/// How often a loop compares its topics with a store whose announcements may be lost.
inline constexpr seconds position_check{10};

// SSE.
/// Comment heartbeat; proxies cut quiet links at 60 s, some at 30 s.
inline constexpr seconds sse_heartbeat{15};
/// A stream is ended and resumed after this (+- 20 %), which bounds an unnoticed dead peer and spreads sessions anew.
inline constexpr minutes sse_max_lifetime{5};
/// First wait of a reconnecting client (+- 50 % jitter).
inline constexpr milliseconds sse_retry{2000};
/// A peer that acknowledges no byte for this long is gone (TCP_USER_TIMEOUT).
inline constexpr seconds tcp_user_timeout{30};
/// A write that makes no progress for this long ends its session, where the queue policy does not act first.
inline constexpr seconds write_stall{60};

// Polls.
/// Longest wait of a long poll: under the 30 s of common proxies.
inline constexpr seconds max_poll_wait{25};
/// Messages in one poll answer, unless asked for fewer.
inline constexpr std::size_t poll_limit = 100;
inline constexpr std::size_t max_poll_limit = 1000;
/// An answer is full once it holds this much; one message may make it larger. Bounds what a reader that does not read
/// costs.
inline constexpr std::size_t max_poll_answer_bytes = 64 * 1024;
/// Beyond its wait, a poll is given this long to catch up before it is refused for the moment.
inline constexpr seconds poll_patience{5};
/// A server that must answer inside its handler waits this long: a late `authorize` and a poll that catches up.
inline constexpr seconds prompt_patience{16};
/// Interval of a short poll, before steering.
inline constexpr seconds poll_interval{30};
/// A poller counts as a session this long after its last poll, in intervals.
inline constexpr int poller_grace_intervals = 2;
/// Clients remembered between their polls and drains, and those of one user.
inline constexpr std::size_t max_devices = 100'000;
inline constexpr std::size_t max_devices_per_user = 1000;
/// What was taken from users while sessions are on their way in, each of which looks through it once.
inline constexpr std::size_t max_withdrawals = 4096;

/// A session whose store does not say where its topics stand is refused after this.
inline constexpr seconds open_timeout{10};

// Hub.
/// Longer times of `HubOptions` are cut down to this.
inline constexpr std::chrono::hours longest_time{10 * 365 * 24};
/// A late `authorize` answers within this.
inline constexpr seconds authorize_timeout{10};
/// `~Hub` waits this long for sessions to say goodbye.
inline constexpr seconds close_timeout{5};
/// Client's wait after a polite refusal (+- 50 % jitter).
inline constexpr milliseconds busy_retry{5000};

// Memory store.
inline constexpr std::size_t topic_max_messages = 1000;
inline constexpr std::size_t topic_max_bytes = 8 * 1024 * 1024;
inline constexpr std::chrono::hours topic_max_age{24};
/// All topics together; the oldest messages of the largest topics go first.
inline constexpr std::size_t store_max_bytes = 256 * 1024 * 1024;
inline constexpr std::size_t store_max_topics = 1'000'000;
/// Topic metadata outlives its messages, so that old positions are told from lost ones.
inline constexpr std::chrono::hours topic_metadata_age{30 * 24};
/// Idempotency keys remembered.
inline constexpr minutes idempotency_age{5};
inline constexpr std::size_t max_idempotency_keys = 100'000;
/// Publications that the memory ledger remembers.
inline constexpr std::size_t ledger_max_publications = 100'000;
/// The places of all of them together: a topic each, an inbox for each recipient of `publish_to`.
inline constexpr std::size_t ledger_max_places = 1'000'000;
/// Sends to third parties that the memory ledger remembers.
inline constexpr std::size_t ledger_max_sends = 100'000;
/// Users and topics of which pongs have proved something.
inline constexpr std::size_t ledger_max_proofs = 100'000;

// Event streams.
/// Event name: room for dotted names, small beside a payload.
inline constexpr std::size_t max_event_name_bytes = 256;
/// One event as our parser takes it: a payload in base64 (4/3) with its field names fits.
inline constexpr std::size_t max_sse_event_bytes = 2 * max_payload_bytes;

// WebSocket.
/// One message of a peer, over all its frames.
inline constexpr std::size_t max_ws_message_bytes = max_payload_bytes;
/// One message that comes in parts, and of which nothing is held: a large file; what becomes of it is the application's.
inline constexpr std::uint64_t max_streamed_bytes = 1024 * 1024 * 1024;
/// Frames of one message: browsers send one, proxies split at some kilobytes. Empty ones cost their receiver too.
inline constexpr std::size_t max_ws_frames = 1024;
/// Messages under way beyond their first 16 KiB, all WebSockets of a hub together: what attackers can make us hold. As
/// much as for bodies of HTTP requests.
inline constexpr std::size_t max_pending_message_bytes = 8 * 1024 * 1024;
inline constexpr std::size_t free_message_bytes = 16 * 1024;
/// From the first byte of a message or control frame to its last: 1 MiB at 140 kbit/s; nginx gives a body 60 s between
/// two reads. Proxies cut a link that is idle for as long.
inline constexpr seconds message_timeout{60};
/// Messages of a raw WebSocket that its application has not asked for yet.
inline constexpr std::size_t max_waiting_messages = 16;
/// Longest silence of a peer: proxies, iOS Safari and mini-programs cut a link that is idle for 60 s.
inline constexpr seconds pong_wait{50};
/// For mobile links, whose networks forget idle connections after 30 s.
inline constexpr seconds mobile_pong_wait{25};
/// A ping for evidence follows a tracked message after this, and the ping before after that.
inline constexpr seconds evidence_delay{1};
inline constexpr seconds evidence_interval{5};
/// A WebSocket of a hub is ended and resumed after this; zero = never. Its pings find a dead peer.
inline constexpr minutes ws_max_lifetime{0};
/// Compressed, if it was agreed on, from this size on: shorter messages gain less than they cost. npm's ws has the same.
inline constexpr std::size_t deflate_threshold = 1024;
/// zlib's own default: JSON of 1 KiB takes 8 us with it; with level 1 it takes 6 us and stays 4 % longer.
inline constexpr int deflate_level = 6;
/// zlib's own default.
inline constexpr int deflate_memory_level = 8;
/// Messages that a client may send upwards, a second and at once; beyond it nothing more is read for a while.
inline constexpr double upward_rate = 20;
inline constexpr double upward_burst = 100;
/// Senders by POST whose rate is remembered, about 150 bytes each.
inline constexpr std::size_t max_upward_senders = 10'000;
/// So long before its credentials end, a client that can show new ones is told.
inline constexpr seconds renew_notice{30};

// HTTP requests, as our listener reads them.
/// RFC 9112 3: at least 8000 octets of request line are recommended.
inline constexpr std::size_t max_target_bytes = 8 * 1024;
/// All header lines together. Node's llhttp takes 16 KiB too; a cursor of 64 topics needs 1.5 KiB.
inline constexpr std::size_t max_header_bytes = 16 * 1024;
/// Browsers send 15 to 25, proxies add a handful.
inline constexpr std::size_t max_headers = 100;
inline constexpr std::size_t max_body_bytes = 1024 * 1024;
/// Chunk extensions of one request; nobody uses them but attackers (CVE-2023-39326).
inline constexpr std::size_t max_chunk_extension_bytes = 1024;
/// Time that a browser may keep a preflight's answer: Chromium caps at 7200 s; a changed policy should reach pages
/// soon.
inline constexpr seconds preflight_max_age{600};

// Connections of our listener.
/// Under a process limit of 20,000 descriptors, of which streams take theirs.
inline constexpr std::size_t max_connections = 10'000;
/// Bodies under way beyond their first 16 KiB, all connections together: what attackers can make us hold.
inline constexpr std::size_t max_pending_body_bytes = 8 * 1024 * 1024;
inline constexpr std::size_t free_body_bytes = 16 * 1024;
/// nginx waits 60 s for a head; browsers send it in one packet, and every second is a slow loris' gain.
inline constexpr seconds header_timeout{10};
inline constexpr seconds body_timeout{30};
/// Above the 60 s of common proxies, so that it is they who close first.
inline constexpr seconds keep_alive_timeout{75};

// Calls to other people's HTTP servers.
/// Calls held at a time, each with its body and what has come of its answer; the others of a burst wait among them.
inline constexpr std::size_t max_http_calls = 10'000;
/// Connections in all, and to one host: an answer of WeChat takes some 50 ms, so that 50 make 1000 calls a second.
inline constexpr std::size_t max_http_connections = 100;
inline constexpr std::size_t max_http_connections_per_host = 50;
/// Name, TCP, proxy and TLS together.
inline constexpr seconds http_connect_timeout{5};
/// A connection that was idle for longer is not used again: a call that meets the server's own close is lost. Servers
/// wait 60 s and more; Node's wait 5 s.
inline constexpr seconds http_longest_idle{20};
/// Header lines of one answer. Servers send 1 KiB at most.
inline constexpr std::size_t max_answer_header_bytes = 64 * 1024;

// Servers with a thread per connection.
/// Threads that streams and long polls may hold: each costs its stack (8 MiB reserved, some 20 KiB touched).
inline constexpr std::size_t max_pinned_threads = 64;
/// cpp-httplib's own default is `max(8, cores - 1)`.
inline constexpr std::size_t other_threads = 16;
/// How often a waiting thread looks whether its client is still there.
inline constexpr milliseconds probe_interval{500};
/// A client that takes no byte for this long is cut, for it holds a thread.
inline constexpr seconds blocking_write_timeout{30};
/// Once the server stops, such a client is cut after this.
inline constexpr seconds last_words_timeout{1};

// Servers whose connections we share.
/// What a client sends before it has its answer: a pipelined request or a first frame. Our listener reads as much.
inline constexpr std::size_t max_read_ahead = 16 * 1024;

// Envelopes of upward requests.
inline constexpr std::size_t max_envelope_bytes = 1024 * 1024;
/// Nesting of a JSON text that is taken in.
inline constexpr std::size_t max_json_depth = 32;
/// New credentials of a WebSocket's client: as long as a header may be that carries them.
inline constexpr std::size_t max_credentials_bytes = 8 * 1024;
/// Tokens in one `seen` list.
inline constexpr std::size_t max_seen_tokens = 1000;

// Callbacks of WeChat.
/// A text message has 2 KiB, four times as much in base64 and in compatible mode; the results of mass sending are the
/// longest events.
inline constexpr std::size_t max_callback_bytes = 64 * 1024;
/// Levels of elements or values: the choices of a card are the deepest, at 5.
inline constexpr std::size_t max_callback_depth = 16;
/// Elements or values of one callback: 100 results of mass sending, each with its fields.
inline constexpr std::size_t max_callback_values = 2000;
/// An id or name inside an event. WeCom's message ids have 63 characters; task ids may have 128 bytes.
inline constexpr std::size_t max_callback_id_bytes = 256;
/// Accounts of one URL: each one's token is tried.
inline constexpr std::size_t max_callback_accounts = 64;
/// A request is taken so long after and before its timestamp: what clocks of servers are wrong by.
inline constexpr minutes callback_window{5};
/// Requests remembered within the window, some 100 bytes each: 218 a second for the whole of it.
inline constexpr std::size_t max_callback_requests = 65'536;
/// How long an event is known again. WeChat tries three times, 5 s apart.
inline constexpr minutes callback_repeat_life{10};
inline constexpr std::size_t max_callback_repeats = 65'536;
/// Events that are acknowledged and wait for the application. 73,028 came within 5 minutes once.
inline constexpr std::size_t max_callback_queue = 10'000;

// Receipts of third parties.
/// Receipts that came before the answer to their send: so many, so long.
inline constexpr std::size_t max_parked_receipts = 10'000;
inline constexpr minutes parked_receipt_life{2};
/// An accepted send without a receipt is called that after this; a later receipt still counts.
inline constexpr minutes receipt_timeout{60};
/// Sends that wait for their receipts, some 200 bytes each.
inline constexpr std::size_t max_expected_receipts = 100'000;

// WeChat.
/// One answer of the API: 1000 userids that are invalid, and as many without a licence, with room to spare.
inline constexpr std::size_t max_wechat_answer_bytes = 256 * 1024;

}  // namespace defaults

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DEFAULTS_HPP
