// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CONCEPTS_HPP
#define TIDINGS_CONCEPTS_HPP

#include <tidings/completion.hpp>
#include <tidings/http_types.hpp>
#include <tidings/message_channel_events.hpp>
#include <tidings/payload_kind.hpp>
#include <tidings/shared_bytes.hpp>
#include <tidings/unique_function.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

template <class S>
concept StringLike = std::convertible_to<S, std::string_view>;

/// A request as the server shows it. A view: legal only while the server's handler runs.
/// | r.method()       | string-like              | `"GET"` |
/// | r.target()       | string-like              | origin-form, still escaped, with `?query` |
/// | r.header(name)   | optional<string>         | name compared without case; several lines as one list (RFC 9110 5.3) |
/// | r.peer()         | string-like              | `ip` or `ip:port`, empty if unknown |
/// | r.body()         | string-like              | complete body |
/// | r.http_version() | int                      | 10, 11, 20, 30 |
template <class R>
concept HttpRequest = requires(const R& r, std::string_view name) {
  { r.method() } -> StringLike;
  { r.target() } -> StringLike;
  { r.header(name) } -> std::same_as<std::optional<std::string>>;
  { r.peer() } -> StringLike;
  { r.body() } -> StringLike;
  { r.http_version() } -> std::same_as<int>;
};

/// One answer to one request, given once.
/// | r.respond(head, body) | void | the whole answer; a second call does nothing |
/// | r.on_gone(f)          | void | f() at most once, when the client is known to be gone before the answer |
/// | R::capabilities       | Capabilities | what the server can do |
/// Order: on_gone, if at all, before respond; never both at once (we guarantee it). Thread: any, also long after the
/// handler returned if `capabilities.late_answer`; the adapter hops.
/// Lifetime: destroyed unused, it answers 503: no request may leak.
template <class R>
concept Responder = std::move_constructible<R> &&
    requires(R r, ResponseHead head, SharedBytes body, UniqueFunction<void()> gone) {
  { r.respond(std::move(head), std::move(body)) } -> std::same_as<void>;
  { r.on_gone(std::move(gone)) } -> std::same_as<void>;
  { R::capabilities } -> std::convertible_to<Capabilities>;
};

/// One open answer that is written piece by piece.
/// | r.start(head)         | void | status and headers leave now, not with the first piece |
/// | r.write(bytes, done)  | void | done(error_code) exactly once: all bytes written and flushed, or why not |
/// | r.finish()            | void | clean end of the body |
/// | r.abort()             | void | drop the connection |
/// | r.on_gone(f)          | void | f() at most once, when the client is known to be gone |
/// | R::capabilities       | Capabilities | what the server can do |
/// Order: one write outstanding (we guarantee it). Thread: any; the adapter hops. Lifetime: destroyed unfinished =
/// abort.
template <class R>
concept StreamingResponse = std::move_constructible<R> &&
    requires(R r, ResponseHead head, SharedBytes bytes, WriteDone done, UniqueFunction<void()> gone) {
  { r.start(std::move(head)) } -> std::same_as<void>;
  { r.write(std::move(bytes), std::move(done)) } -> std::same_as<void>;
  { r.finish() } -> std::same_as<void>;
  { r.abort() } -> std::same_as<void>;
  { r.on_gone(std::move(gone)) } -> std::same_as<void>;
  { R::capabilities } -> std::convertible_to<Capabilities>;
};

/// Both ways of one connection, from the upgrade request on: nothing was answered yet, and what is written are raw
/// bytes, the answer to the handshake included. TLS is the server's.
/// | s.read_some(buffer, done) | void   | done(error_code, size_t) exactly once: so many bytes came; 0 = the peer ended its side |
/// | s.write(bytes, done)      | void   | done(error_code) exactly once: all bytes written, or why not |
/// | s.shut()                  | void   | ends our side behind what was written; nothing is written afterwards |
/// | s.abort()                 | void   | drops the connection; what is under way completes with an error |
/// | s.prefetched()            | string | bytes that the server read beyond the request; asked for once, first |
/// | S::capabilities           | Capabilities | what the server can do |
/// Order: one read and one write outstanding (we guarantee it); shut with none being written. Thread: any; the adapter
/// hops, and completions come from any thread, also inline. Lifetime: the buffer stays until `done`; destroyed = abort.
template <class S>
concept ByteStream = std::move_constructible<S> &&
    requires(S s, std::span<char> buffer, Completion<std::size_t> got, SharedBytes bytes, WriteDone done) {
  { s.read_some(buffer, std::move(got)) } -> std::same_as<void>;
  { s.write(std::move(bytes), std::move(done)) } -> std::same_as<void>;
  { s.shut() } -> std::same_as<void>;
  { s.abort() } -> std::same_as<void>;
  { s.prefetched() } -> std::same_as<std::string>;
  { S::capabilities } -> std::convertible_to<Capabilities>;
};

/// A WebSocket of a server that has its own codec, from the upgrade request on: nothing was answered yet.
/// | c.accept(subprotocol, headers, events) | void | answers the handshake; then `events` are told |
/// | c.respond(head, body)    | void | refuses instead, with an ordinary answer |
/// | c.send(kind, bytes, done) | void | one message; done(error_code) exactly once: taken by the server, or why not |
/// | c.ping(payload)          | void | 0 .. 125 bytes; does nothing without `capabilities.ws_ping` |
/// | c.close(code, reason)    | void | says close behind what was sent; on_closed follows |
/// | c.abort()                | void | drops the connection; on_closed may follow |
/// | C::capabilities          | Capabilities | what the server can do; `late_answer` = accept may come after the handler |
/// `subprotocol` is empty for none; `headers` are passed over where the server writes the whole answer.
/// Order: accept or respond, once; then one send outstanding (we guarantee it), ping and close at any time. Thread: any;
/// the adapter hops. Lifetime: destroyed unaccepted, it answers 503; destroyed open, it aborts.
template <class C>
concept MessageChannel = std::move_constructible<C> &&
    requires(C c, std::string_view text, std::vector<Header> headers, std::shared_ptr<MessageChannelEvents> events,
             ResponseHead head, SharedBytes bytes, PayloadKind kind, WriteDone done, CloseCode code) {
  { c.accept(std::string(text), std::move(headers), std::move(events)) } -> std::same_as<void>;
  { c.respond(std::move(head), std::move(bytes)) } -> std::same_as<void>;
  { c.send(kind, std::move(bytes), std::move(done)) } -> std::same_as<void>;
  { c.ping(text) } -> std::same_as<void>;
  { c.close(code, text) } -> std::same_as<void>;
  { c.abort() } -> std::same_as<void>;
  { C::capabilities } -> std::convertible_to<Capabilities>;
};

/// A response that can hand its plain TCP socket over before anything was written; the loop then owns the descriptor.
/// | r.release(done) | void | cancels the server's operations, waits for them, done(error_code, NativeSocket) |
/// Lifetime: afterwards the adapter's object is empty. On an error the response is as it was before. Never for TLS.
template <class R>
concept HandsOver = requires(R r, Completion<NativeSocket> done) {
  { r.release(std::move(done)) } -> std::same_as<void>;
};

/// The writing end of a thread-per-connection server, driven by a bridge on the server's own thread.
/// | s.write(bytes) | bool | blocks until flushed; false = peer gone |
/// | s.alive()      | bool | cheap probe, sends nothing |
template <class S>
concept BlockingSink = requires(S s, std::string_view bytes) {
  { s.write(bytes) } -> std::same_as<bool>;
  { s.alive() } -> std::same_as<bool>;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CONCEPTS_HPP
