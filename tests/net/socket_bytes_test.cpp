// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/ws_link.hpp>
#include <tidings/net/config.hpp>
#include <tidings/net/loop.hpp>
#include <tidings/net/socket_bytes.hpp>

#include TIDINGS_ASIO_HEADER(executor_work_guard.hpp)

#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/socket.h>

#include <unistd.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

using namespace tidings;
using protocol::WsOpcode;

namespace {

using Link = delivery::WsLink<io::SocketBytes>;

/// A server's link on a loop of its own, which sends back what it gets; the other end of its socket is the test's.
class Echo final : delivery::WsLinkEvents {
 public:
  explicit Echo(std::string prefetched = {}) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    peer_ = io::OwnedSocket(ends[0]);
    thread_ = std::thread([this] { loop_->context().run(); });
    loop_->post([this, descriptor = ends[1], prefetched = std::move(prefetched)]() mutable {
      link_.emplace(io::SocketBytes(*loop_, io::OwnedSocket(descriptor), std::move(prefetched)),
                    protocol::WsLimits{.max_message_bytes = 4'000'000});
      link_->start(*this, "HEAD");
    });
  }
  ~Echo() {
    loop_->post([this] {
      if (link_) link_->abort();
      link_.reset();
      loop_->context().stop();
    });
    thread_.join();
  }

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      REQUIRE(sent > 0);
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  std::string receive(std::size_t size) const {
    std::string bytes(size, '\0');
    const ssize_t count = ::recv(peer_.get(), bytes.data(), size, MSG_WAITALL);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
  void leave() { peer_.close(); }

  support::Mailbox<CloseInfo> ended;

 private:
  void on_message(WsOpcode kind, std::string_view data) override {
    if (data.size() > 10'000) {
      link_->send_shared(kind, share_bytes(std::string(data)));
    } else {
      link_->send(kind, data);
    }
  }
  void on_pong(std::string_view) override {}
  void on_traffic() override {}
  void on_writable() override {}
  void on_progress() override {}
  void on_closing() override {}
  void on_closed(const CloseInfo& info) override { ended.put(info); }

  std::shared_ptr<io::Loop> loop_ = std::make_shared<io::Loop>();
  net::executor_work_guard<net::io_context::executor_type> work_{loop_->context().get_executor()};
  std::optional<Link> link_;
  io::OwnedSocket peer_;
  std::thread thread_;
};

std::string asked(WsOpcode opcode, std::string_view payload) {
  std::string out;
  protocol::append_ws_frame(out, opcode, payload, protocol::WsPart::whole, protocol::WsMask{9, 8, 7, 6});
  return out;
}
std::string answer(WsOpcode opcode, std::string_view payload) {
  std::string out;
  protocol::append_ws_frame(out, opcode, payload);
  return out;
}

}  // namespace

TEST_CASE("messages go both ways over a socket, after the head", "[net][ws]") {
  Echo echo;
  CHECK(echo.receive(4) == "HEAD");
  echo.send(asked(WsOpcode::text, "one") + asked(WsOpcode::ping, "p"));
  const std::string expected = answer(WsOpcode::text, "one") + answer(WsOpcode::pong, "p");
  CHECK(echo.receive(expected.size()) == expected);
}

TEST_CASE("bytes that the server has read already come first", "[net][ws]") {
  const std::string whole = asked(WsOpcode::text, "read by the server");
  Echo echo(whole.substr(0, 9));
  echo.send(whole.substr(9) + asked(WsOpcode::text, "later"));
  const std::string expected = "HEAD" + answer(WsOpcode::text, "read by the server") + answer(WsOpcode::text, "later");
  CHECK(echo.receive(expected.size()) == expected);
  Echo at_once(whole);
  CHECK(at_once.receive(4 + 2 + 18) == "HEAD" + answer(WsOpcode::text, "read by the server"));
}

TEST_CASE("what the kernel does not take goes on when the peer reads", "[net][ws]") {
  Echo echo;
  const std::string large(3'000'000, 'x');
  echo.send(asked(WsOpcode::binary, large) + asked(WsOpcode::text, "behind it") + asked(WsOpcode::binary, large));
  const std::string expected =
      "HEAD" + answer(WsOpcode::binary, large) + answer(WsOpcode::text, "behind it") + answer(WsOpcode::binary, large);
  CHECK(echo.receive(expected.size()) == expected);
}

TEST_CASE("a close is answered behind what is under way, and then the socket ends", "[net][ws]") {
  Echo echo;
  const std::string large(3'000'000, 'x');
  echo.send(asked(WsOpcode::binary, large) +
            asked(WsOpcode::close, protocol::encode_close(CloseCode::going_away, "bye")));
  const std::string expected = "HEAD" + answer(WsOpcode::binary, large) +
                               answer(WsOpcode::close, protocol::encode_close(CloseCode::going_away, ""));
  CHECK(echo.receive(expected.size() + 1) == expected);
  echo.leave();
  const CloseInfo info = echo.ended.expect();
  CHECK(info.code == CloseCode::going_away);
  CHECK(info.reason == "bye");
  CHECK(info.clean);
}

TEST_CASE("a peer that leaves without a word is told of", "[net][ws]") {
  Echo echo;
  CHECK(echo.receive(4) == "HEAD");
  echo.leave();
  const CloseInfo info = echo.ended.expect();
  CHECK(info.code == CloseCode::abnormal);
  CHECK_FALSE(info.clean);
}
