// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_CIVETWEB_ROUTE_HPP
#define TIDINGS_ADAPTER_IMPL_CIVETWEB_ROUTE_HPP

#include <tidings/adapter/civetweb.hpp>
#include <tidings/adapter/impl/civetweb_wire.hpp>
#include <tidings/call_gate.hpp>
#include <tidings/delivery/sse_terms.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// One mounted path.
///
/// Thread    civetweb's, many at once. Lifetime  held by its mount and by each request that is inside.
class CivetwebRoute : public std::enable_shared_from_this<CivetwebRoute> {
 public:
  CivetwebRoute(const mg_context* server, std::string path, CivetwebHandler handler, const CivetwebOptions& options)
      : path_(std::move(path)),
        handler_(std::move(handler)),
        options_(options),
        listening_(server),
        cap_(std::make_shared<ThreadCap>(options.max_pinned)) {}

  void close() { gate_.close(); }
  bool stopping() const { return listening_.over(); }

  /// Whether a path is ours: civetweb takes `/pushed` for a path below `/push`.
  bool owns(std::string_view path) const {
    if (!path.starts_with(path_)) return false;
    return path_ == "/" || path.size() == path_.size() || path[path_.size()] == '/';
  }

  /// A request; the status of its answer.
  int serve(mg_connection* connection) {
    CivetwebWire wire(connection, listening_);
    const std::optional<std::string> body = read_body(connection);
    if (!body) return refuse(wire, errc::body_too_large);
    CivetwebExchange exchange(*cap_, wire, nullptr);
    const bool called = gate_.call([&] { handler_(snapshot(CivetwebRequest(connection, *body)), exchange); });
    if (!called) return wire.answer({404, {}}, {});
    if (exchange.stream_) return serve_stream(wire, *exchange.stream_);
    if (exchange.answer_) return serve_answer(wire, *exchange.answer_);
    return refuse(wire, errc::overloaded);
  }

  /// A request for a WebSocket; none once it is refused.
  std::shared_ptr<CivetwebSocket> connect(mg_connection* connection) {
    CivetwebWire wire(connection, listening_);
    auto socket = std::make_shared<CivetwebSocket>(connection, options_.max_message_bytes, options_.probe_interval);
    CivetwebExchange exchange(*cap_, wire, socket);
    const bool called = gate_.call([&] { handler_(snapshot(CivetwebRequest(connection, {})), exchange); });
    if (!called) {
      wire.answer({404, {}}, {});
      return nullptr;
    }
    const bool decided = socket->wait_for_decision([this] { return stopping(); });
    if (const auto& refusal = socket->refusal()) wire.answer(refusal->head, *refusal->body);
    if (!decided || socket->refusal()) return nullptr;
    socket->descriptor().set_user_timeout(options_.tcp_user_timeout);
    // civetweb takes it from here when it answers the handshake; its own choice knows nothing of `authorize`.
    auto& request = const_cast<mg_request_info&>(*mg_get_request_info(connection));
    const std::string& subprotocol = socket->subprotocol();
    request.acceptedWebSocketSubprotocol = protocol::is_token(subprotocol) ? subprotocol.c_str() : nullptr;
    socket->hold(std::move(exchange.pin_));
    return socket;
  }

 private:
  // Head and body of a stream that ended at once, such as a refusal.
  struct Collected {
    std::string body;
    bool write(std::string_view bytes) {
      body.append(bytes);
      return true;
    }
    bool alive() { return true; }
  };
  struct Sink {
    CivetwebWire& wire;
    BlockingStream& stream;
    bool write(std::string_view bytes) { return wire.write_piece(bytes); }
    bool alive() {
      if (wire.stopping()) stream.interrupt(hub::busy_stream(defaults::busy_retry));
      return !wire.descriptor().gone();
    }
  };

  // None if it is too large, or broke off.
  std::optional<std::string> read_body(mg_connection* connection) const {
    std::string body;
    char bytes[16 * 1024];
    for (int got = 0; (got = mg_read(connection, bytes, sizeof bytes)) > 0;) {
      if (static_cast<std::size_t>(got) > options_.max_body_bytes - body.size()) return std::nullopt;
      body.append(bytes, static_cast<std::size_t>(got));
    }
    return body;
  }

  static int refuse(CivetwebWire& wire, errc why) {
    hub::Refused refused = hub::make_refused(why, defaults::busy_retry);
    return wire.answer({refused.status, std::move(refused.headers)}, refused.body);
  }

  int serve_stream(CivetwebWire& wire, BlockingStream& stream) {
    std::optional<ResponseHead> head = wait_for_head(wire, stream);
    if (!head) return wire.answer({200, delivery::sse_headers()}, hub::busy_stream(defaults::busy_retry));
    const int status = head->status;
    if (status != 200) {
      Collected collected;
      stream.run(collected, options_.probe_interval);
      return wire.answer(std::move(*head), collected.body);
    }
    wire.descriptor().set_user_timeout(options_.tcp_user_timeout);
    if (wire.begin_stream(std::move(*head))) {
      Sink sink{wire, stream};
      wire.end_stream(stream.run(sink, options_.probe_interval));
    }
    return status;
  }
  std::optional<ResponseHead> wait_for_head(CivetwebWire& wire, BlockingStream& stream) const {
    // The hub has its own deadlines; this one is for a handler that forgets the stream without destroying it.
    std::chrono::milliseconds left = defaults::authorize_timeout + 2 * defaults::open_timeout;
    std::optional<ResponseHead> head;
    for (; !head && left.count() > 0; left -= options_.probe_interval) {
      head = stream.wait_for_head(options_.probe_interval);
      if (!head && (wire.stopping() || wire.descriptor().gone())) break;
    }
    return head;
  }

  int serve_answer(CivetwebWire& wire, CivetwebExchange::BlockingAnswer& answer) const {
    const auto alive = [&wire] { return !wire.descriptor().gone() && !wire.stopping(); };
    auto answered = answer.wait(alive, options_.probe_interval);
    return answered ? wire.answer(std::move(answered->head), *answered->body) : refuse(wire, errc::draining);
  }

  std::string path_;
  CivetwebHandler handler_;
  CivetwebOptions options_;
  CivetwebListening listening_;
  std::shared_ptr<ThreadCap> cap_;
  CallGate gate_;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_CIVETWEB_ROUTE_HPP
