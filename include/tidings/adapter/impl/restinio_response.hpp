// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_RESTINIO_RESPONSE_HPP
#define TIDINGS_ADAPTER_IMPL_RESTINIO_RESPONSE_HPP

#include <tidings/adapter/restinio_listener.hpp>
#include <tidings/concepts.hpp>
#include <tidings/error.hpp>
#include <tidings/protocol/http/response_head.hpp>

#include <restinio/http_server.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// One request's answer, whole or piece by piece.
///
/// RESTinio's builders frame themselves: they send chunks to HTTP/1.0 too, and cannot drop a connection. So this writes
/// to the connection as they do. A stream is chunked where the connection is kept; else its end is the connection's, which
/// both versions understand: RESTinio does not tell which one a request has. All of it is done on the connection's own executor, which also lets go of it: here it is
/// held only as long as its io_context lives.
/// Thread  any; take on the connection's.
template <class Traits>
class RestinioResponse final : public RestinioHeld, public std::enable_shared_from_this<RestinioResponse<Traits>> {
 public:
  using Connection = restinio::impl::connection_t<Traits>;
  using Request = restinio::generic_request_handle_t<typename Traits::extra_data_factory_t::data_t>;

  /// Takes the connection out of the request, as a builder does.
  RestinioResponse(const Request& request, std::shared_ptr<RestinioListener> listener)
      : listener_(std::move(listener)),
        connection_(std::dynamic_pointer_cast<Connection>(restinio::impl::access_req_connection(*request))),
        connection_id_(request->connection_id()),
        request_id_(request->request_id()),
        head_(request->header().method() == restinio::http_method_head()),
        keep_alive_(request->header().should_keep_alive()) {
    restinio::impl::access_req_connection(*request).reset();
    if (connection_) holding_ = RestinioContextService::holding_of(connection_->get_executor());
  }

  /// False if the request is of another server: other traits, or without our listener.
  bool begin() {
    if (!connection_ || !listener_->add(connection_id_, this->shared_from_this())) return false;
    holding_->add(this->shared_from_this());
    return true;
  }

  void on_end() override {
    UniqueFunction<void()> gone;
    {
      const std::lock_guard lock(mutex_);
      gone_known_ = gone_known_ || connection_;
      connection_.reset();
      gone = std::move(gone_);
    }
    if (gone) gone();
    holding_->remove(this);
  }
  void on_gone(UniqueFunction<void()> gone) {
    bool now = false;
    {
      const std::lock_guard lock(mutex_);
      now = gone_known_;
      if (connection_) gone_ = std::move(gone);
    }
    if (now && gone) gone();
  }

  void respond(ResponseHead head, SharedBytes body) {
    const bool has_body = head.status != 204 && head.status != 304;
    without_framing(head);
    if (has_body) head.headers.push_back({"Content-Length", std::to_string(body->size())});
    head.headers.push_back({"Connection", keep_alive_ ? "keep-alive" : "close"});
    std::string text;
    if (protocol::encode_response_head(text, 11, head.status, head.headers)) return respond({500, {}}, share_bytes({}));
    restinio::writable_items_container_t items;
    items.emplace_back(std::move(text));
    if (has_body && !head_ && !body->empty()) items.emplace_back(restinio::const_buffer(body->data(), body->size()));
    last(std::move(items), [body](std::error_code) {});
  }

  void start(ResponseHead head) {
    without_framing(head);
    head.headers.push_back(!keep_alive_ ? Header{"Connection", "close"} : Header{"Transfer-Encoding", "chunked"});
    std::string text;
    if (protocol::encode_response_head(text, 11, head.status, head.headers)) return respond({500, {}}, share_bytes({}));
    restinio::writable_items_container_t items;
    items.emplace_back(std::move(text));
    more(std::move(items), {});
  }
  void write(SharedBytes bytes, WriteDone done) {
    restinio::writable_items_container_t items;
    if (!bytes->empty()) {
      std::string chunk;
      protocol::encode_chunk_header(chunk, bytes->size());
      if (keep_alive_) items.emplace_back(std::move(chunk));
      items.emplace_back(restinio::const_buffer(bytes->data(), bytes->size()));
      if (keep_alive_) items.emplace_back(restinio::const_buffer("\r\n", 2));
    }
    more(std::move(items), [bytes, done = std::move(done)](std::error_code ec) mutable { done(ec); });
  }
  void finish() {
    restinio::writable_items_container_t items;
    if (keep_alive_) items.emplace_back(std::string(protocol::last_chunk));
    last(std::move(items), {});
  }
  /// Drops the connection.
  void abort() {
    const std::lock_guard lock(mutex_);
    forget();
    if (connection_) {
      auto& executor = connection_->get_executor();
      restinio::asio_ns::post(executor, [connection = std::move(connection_)] {
        auto taken = connection->move_upgrade_internals();
        restinio::asio_ns::error_code ignored;
        taken.m_socket.close(ignored);
      });
    }
    holding_->remove(this);
  }

  /// The socket of a request for a WebSocket. Only where RESTinio reads nothing more: while the handler runs.
  auto take() {
    std::unique_lock lock(mutex_);
    auto taken = std::exchange(connection_, nullptr)->move_upgrade_internals();
    lock.unlock();
    holding_->remove(this);
    // RESTinio does not tell that it has ended.
    listener_->end(connection_id_);
    return taken;
  }

 private:
  using Flags = restinio::response_output_flags_t;
  using OnWritten = UniqueFunction<void(std::error_code)>;

  static void without_framing(ResponseHead& head) {
    std::erase_if(head.headers, [](const Header& each) { return protocol::is_framing_header(each.name); });
  }

  // With the lock held: nobody is told any more that the connection has ended. Only behind the post is it held no longer:
  // until then the end of the io_context waits for the lock.
  void forget() {
    gone_ = {};
    if (connection_) listener_->remove(connection_id_, this);
  }

  void more(restinio::writable_items_container_t items, OnWritten written) {
    std::unique_lock lock(mutex_);
    if (connection_) {
      return post(connection_, restinio::response_parts_attr_t::not_final_parts, std::move(items), std::move(written));
    }
    lock.unlock();
    if (written) written(errc::peer_gone);
  }
  void last(restinio::writable_items_container_t items, OnWritten written) {
    const std::lock_guard lock(mutex_);
    forget();
    if (connection_) {
      post(std::exchange(connection_, nullptr), restinio::response_parts_attr_t::final_parts, std::move(items),
           std::move(written));
    }
    holding_->remove(this);
  }
  void post(std::shared_ptr<Connection> connection, restinio::response_parts_attr_t part,
            restinio::writable_items_container_t items, OnWritten written) {
    restinio::write_group_t group(std::move(items));
    if (written) {
      group.after_write_notificator(
          [written = std::make_shared<OnWritten>(std::move(written))](const restinio::asio_ns::error_code& ec) {
            (*written)(ec ? std::error_code(errc::peer_gone) : std::error_code());
          });
    }
    const Flags flags(part, !keep_alive_ ? restinio::response_connection_attr_t::connection_close
                                         : restinio::response_connection_attr_t::connection_keepalive);
    auto& executor = connection->get_executor();
    restinio::asio_ns::post(
        executor, [connection = std::move(connection), id = request_id_, flags, group = std::move(group)]() mutable {
          restinio::impl::connection_base_t& base = *connection;
          base.write_response_parts(id, flags, std::move(group));
        });
  }

  std::shared_ptr<RestinioListener> listener_;
  std::shared_ptr<RestinioHolding> holding_;
  std::mutex mutex_;
  std::shared_ptr<Connection> connection_;
  UniqueFunction<void()> gone_;
  bool gone_known_ = false;
  restinio::connection_id_t connection_id_;
  restinio::request_id_t request_id_;
  bool head_;
  bool keep_alive_;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_RESTINIO_RESPONSE_HPP
