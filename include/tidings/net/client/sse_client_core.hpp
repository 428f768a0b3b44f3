// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_SSE_CLIENT_CORE_HPP
#define TIDINGS_NET_CLIENT_SSE_CLIENT_CORE_HPP

#include <tidings/client/commands.hpp>
#include <tidings/net/client/client_core.hpp>
#include <tidings/net/client/post_request.hpp>
#include <tidings/protocol/sse/parser.hpp>
#include <tidings/upward_answer.hpp>
#include <tidings/upward_message.hpp>

#include TIDINGS_ASIO_HEADER(steady_timer.hpp)

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// A client over an event stream: what goes upwards goes by POST.
///
/// Thread  as ClientCore.
class SseClientCore : public ClientCore {
 public:
  SseClientCore(const net::any_io_executor& executor, std::string_view url, ClientOptions options)
      : ClientCore(executor, url, std::move(options)), deadline_(strand_), watch_(strand_) {}

  // ---- any thread ----

  void change_topics(std::vector<std::string> more, std::vector<std::string> less);

 private:
  struct Link {
    std::shared_ptr<Duplex> duplex;
    client::ResponseReader reader{};
    protocol::SseParser parser;
    std::string request{};
    std::vector<char> buffer = std::vector<char>(16 * 1024);
    steady_time heard{};
    std::chrono::milliseconds silence{0};
    bool greeted = false;
    bool reading = false;
    bool over = false;
  };

  void on_link(std::shared_ptr<Duplex> duplex) override;
  void drop_link() override;
  void say_goodbye(CloseCode, const std::string&) override;
  void say_ack(const std::string& cursor) override;
  void on_room() override {
    post([this] { read_more(); });
  }

  void read_more();
  void take(std::string_view input);
  bool on_head();
  bool on_data(std::string_view data);
  void remember(const std::string& id);
  void on_event(protocol::SseEvent event);
  void on_own_event(const protocol::SseEvent& event);
  void greet(std::string session);
  void stream_ended(bool clean);
  void watch_silence();
  void command(UniqueFunction<std::string(std::string_view ref)> make, Answer answer) override;
  std::shared_ptr<PostRequest> begin_post(std::string body, PostRequest::Done done);

  net::steady_timer deadline_;
  net::steady_timer watch_;
  std::shared_ptr<Link> link_;
  std::string last_id_;  // of a raw stream
  std::string next_ack_;
  std::vector<std::weak_ptr<PostRequest>> asked_;
  bool acking_ = false;
  bool ack_refused_ = false;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#include <tidings/net/client/impl/sse_client_core.hpp>

#endif  // TIDINGS_NET_CLIENT_SSE_CLIENT_CORE_HPP
