// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HPP
#define TIDINGS_HPP

// Everything that needs no optional package. A unit pays for the parts that it uses: what only is included, is declared.
#include <tidings/adapter/listener.hpp>
#include <tidings/call_gate.hpp>
#include <tidings/close_code.hpp>
#include <tidings/close_info.hpp>
#include <tidings/completion.hpp>
#include <tidings/concepts.hpp>
#include <tidings/counters.hpp>
#include <tidings/defaults.hpp>
#include <tidings/delivery/attempt_state.hpp>
#include <tidings/delivery/backoff.hpp>
#include <tidings/delivery/heartbeat.hpp>
#include <tidings/delivery/link_probe.hpp>
#include <tidings/delivery/ws_link.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/endpoint_options.hpp>
#include <tidings/error.hpp>
#include <tidings/http_types.hpp>
#include <tidings/hub.hpp>
#include <tidings/hub_ref.hpp>
#include <tidings/hub_state.hpp>
#include <tidings/identity.hpp>
#include <tidings/logger.hpp>
#include <tidings/message.hpp>
#include <tidings/message_channel_events.hpp>
#include <tidings/message_id.hpp>
#include <tidings/metrics.hpp>
#include <tidings/mount.hpp>
#include <tidings/net/socket_bytes.hpp>
#include <tidings/on_message.hpp>
#include <tidings/payload_kind.hpp>
#include <tidings/poller.hpp>
#include <tidings/poller_options.hpp>
#include <tidings/position.hpp>
#include <tidings/protocol/http/cookie.hpp>
#include <tidings/protocol/sse/event.hpp>
#include <tidings/protocol/sse/parser.hpp>
#include <tidings/protocol/ws/client_handshake.hpp>
#include <tidings/protocol/ws/closing.hpp>
#include <tidings/protocol/ws/reader.hpp>
#include <tidings/published.hpp>
#include <tidings/queue_policy.hpp>
#include <tidings/receipt.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/session_info.hpp>
#include <tidings/shared_bytes.hpp>
#include <tidings/sse_event.hpp>
#include <tidings/sse_stream.hpp>
#include <tidings/sse_stream_options.hpp>
#include <tidings/store/memory_ledger.hpp>
#include <tidings/store/memory_store.hpp>
#include <tidings/store_concepts.hpp>
#include <tidings/store_types.hpp>
#include <tidings/time.hpp>
#include <tidings/topic_state.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/upward_answer.hpp>
#include <tidings/upward_message.hpp>
#include <tidings/version.hpp>

#endif  // TIDINGS_HPP
