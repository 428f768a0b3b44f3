// SPDX-License-Identifier: BSL-1.0

#include "conformance/ws/connection.hpp"

#include <tidings/adapter/listener.hpp>
#include <tidings/delivery/ws_link.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/config.hpp>
#include <tidings/net/loop.hpp>
#include <tidings/net/socket_bytes.hpp>
#include <tidings/protocol/ws/client_handshake.hpp>
#include <tidings/ws_accept.hpp>

#include TIDINGS_ASIO_HEADER(executor_work_guard.hpp)

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <poll.h>

#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace conformance {

namespace {

using namespace tidings;

std::string shown_info(const CloseInfo& info) {
  static const char* const who[] = {"local", "peer", "transport"};
  std::string out = "closed(" + std::to_string(static_cast<int>(info.code));
  out.append(info.reason.empty() ? "" : " ").append(info.reason);
  out.append(", ").append(who[static_cast<int>(info.who)]).append(info.clean ? ", clean" : ", unclean");
  // Which of its errors a socket reports is the kernel's affair.
  if (info.error.category() == make_error_code(errc::closed).category()) {
    out.append(", ").append(to_string(static_cast<errc>(info.error.value())));
  } else if (info.error) {
    out.append(", broken");
  }
  return out + ") ";
}

// What an application does with a message, in either role.
template <class Send, class Close>
void serve_message(Report& report, bool text, std::string_view data, Send send, Close close) {
  report.add(shown_message(text ? text_op : binary_op, data));
  const bool hurry = data.starts_with("!hurry ");
  if (hurry) {
    for (int i = 0; i < 5; ++i) send(std::string(1, static_cast<char>('a' + i)));
  }
  if (!hurry && !data.starts_with("!close ")) return send(std::string(data));
  const std::string rest(data.substr(7));
  char* end = nullptr;
  const auto code = static_cast<CloseCode>(std::strtoul(rest.c_str(), &end, 10));
  close(code, std::string(*end == ' ' ? end + 1 : end));
}

// ---- the server ----

class Application final : public WsHandler {
 public:
  explicit Application(std::shared_ptr<Report> report) : report_(std::move(report)) {}
  void on_message(WsSession& session, PayloadKind kind, std::string_view data) override {
    serve_message(
        *report_, kind == PayloadKind::text, data,
        [&](std::string out) {
          session.send({std::move(out), kind});
        },
        [&](CloseCode code, std::string reason) { session.close(code, std::move(reason)); });
  }
  void on_closed(WsSession&, const CloseInfo& info) override { report_->end(shown_info(info)); }

 private:
  std::shared_ptr<Report> report_;
};

class Server {
 public:
  std::uint16_t port() const { return listener_.port(); }
  std::string expect(const Setup& setup, std::shared_ptr<Report> report) {
    const std::lock_guard lock(mutex_);
    std::string target = "/" + std::to_string(expected_.size());
    expected_.emplace(target, Expected{setup, std::move(report)});
    return target;
  }

 private:
  struct Expected {
    Setup setup;
    std::shared_ptr<Report> report;
  };

  void on_request(RequestSnapshot request, adapter::Exchange exchange) {
    Expected found;
    {
      const std::lock_guard lock(mutex_);
      const auto at = expected_.find(request.target);
      if (at != expected_.end()) found = at->second;
    }
    if (!found.report) found.report = std::make_shared<Report>();
    WsOptions options;
    options.max_message_bytes = found.setup.max_message_bytes;
    options.max_frames = found.setup.max_frames;
    options.close_timeout = found.setup.close_timeout;
    WsAcceptOptions accept;
    accept.subprotocols = found.setup.subprotocols;
    accept_ws(hub_.loop(), std::move(request), std::move(exchange).stream(),
              std::make_unique<Application>(found.report), options, std::move(accept));
  }

  std::mutex mutex_;
  std::map<std::string, Expected> expected_;
  Hub<> hub_;
  adapter::Listener listener_{hub_};
  Mount mount_ = listener_.handle("/", [this](RequestSnapshot request, adapter::Exchange exchange) {
    on_request(std::move(request), std::move(exchange));
  });
};

Server& server() {
  static Server only;
  return only;
}

// ---- the client ----

class ClientLoop {
 public:
  ClientLoop() {
    loop->start({});
    thread_ = std::thread([this] { loop->context().run(); });
  }
  ~ClientLoop() {
    // Behind what the clients have posted: their links go before the loop does.
    loop->post([this] { loop->context().stop(); });
    thread_.join();
  }

  std::shared_ptr<io::Loop> loop = std::make_shared<io::Loop>();

 private:
  net::executor_work_guard<net::io_context::executor_type> work_{loop->context().get_executor()};
  std::thread thread_;
};

io::Loop& client_loop() {
  static ClientLoop only;
  return *only.loop;
}

/// What a client of the library is besides its link: the application, and the close timeout.
class ClientSide final : public std::enable_shared_from_this<ClientSide>, delivery::WsLinkEvents {
 public:
  using Link = delivery::WsLink<io::SocketBytes>;

  ClientSide(Setup setup, std::shared_ptr<Report> report) : setup_(std::move(setup)), report_(std::move(report)) {}

  void start(io::OwnedSocket socket, std::string prefetched) {
    client_loop().post(
        [self = shared_from_this(), descriptor = socket.release(), prefetched = std::move(prefetched)]() mutable {
          const protocol::WsLimits limits{self->setup_.max_message_bytes, self->setup_.max_frames};
          self->link_.emplace(io::SocketBytes(client_loop(), io::OwnedSocket(descriptor), std::move(prefetched)),
                              limits, [self = self.get()] { return self->next_mask(); });
          self->link_->start(*self, {});
        });
  }
  void leave() {
    client_loop().post([self = shared_from_this()] {
      if (self->link_) self->link_->abort();
      self->link_.reset();
    });
  }

 private:
  protocol::WsMask next_mask() {
    ++masks_;
    return {static_cast<unsigned char>(masks_), static_cast<unsigned char>(masks_ >> 8U), 0xA5, 0x5A};
  }
  void on_message(protocol::WsOpcode kind, std::string_view data) override {
    if (link_->closing()) return;
    serve_message(
        *report_, kind == protocol::WsOpcode::text, data, [&](const std::string& out) { link_->send(kind, out); },
        [&](CloseCode code, const std::string& reason) { link_->close(code, reason); });
  }
  void on_pong(std::string_view) override {}
  void on_traffic() override {}
  void on_writable() override {}
  void on_progress() override {}
  void on_closing() override {
    client_loop().post_after(setup_.close_timeout, [weak = weak_from_this()] {
      if (const auto self = weak.lock(); self && self->link_ && !self->report_->ended()) {
        self->link_->fail(errc::timeout);
      }
    });
  }
  void on_closed(const CloseInfo& info) override { report_->end(shown_info(info)); }

  Setup setup_;
  std::shared_ptr<Report> report_;
  unsigned masks_ = 0;
  std::optional<Link> link_;
};

int listening_socket(sockaddr_in& address) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(descriptor, 1) != 0 ||
      ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  return descriptor;
}

// The library's end, then the test's.
std::pair<io::OwnedSocket, int> connected_sockets() {
  sockaddr_in address{};
  const io::OwnedSocket listening(listening_socket(address));
  io::OwnedSocket ours(::socket(AF_INET, SOCK_STREAM, 0));
  if (::connect(ours.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
  return {std::move(ours), ::accept(listening.get(), nullptr, nullptr)};
}

protocol::WsRequest request_of(const Setup& setup, const std::string& target) {
  protocol::WsRequest request;
  request.target = target;
  request.host = "127.0.0.1";
  // RFC 6455 1.3.
  request.nonce = "the sample nonce";
  request.subprotocols = setup.subprotocols;
  return request;
}

}  // namespace

// ---- what is told ----

std::string Report::whole() {
  if (!ended_.reaches(1)) throw std::runtime_error("the application was not told of the end");
  const std::lock_guard lock(mutex_);
  return events_;
}

std::string Connection::next() {
  for (;;) {
    if (const std::optional<Frame> frame = take_frame(bytes, role == Role::client)) {
      masks.push_back(frame->mask);
      return shown_frame(*frame);
    }
    bytes += raw.read_exactly(1);
    bytes += raw.read_now();
  }
}

std::string Connection::until_close() {
  std::string all;
  for (;;) {
    const std::string frame = next();
    all += frame;
    if (frame.starts_with("close")) return all;
  }
}

bool Connection::ends() {
  return bytes.empty() && raw.read_to_end().empty() && raw.end() == support::RawClient::End::closed;
}

// ---- the library as a server ----

std::uint16_t server_port() { return server().port(); }

std::string new_target(const Setup& setup, const std::shared_ptr<Report>& report) {
  return server().expect(setup, report);
}

// ---- the library as a client ----

struct Client::Impl {
  Impl(const Setup& s, const std::string& target) : setup(s), handshake(request_of(s, target)) {}

  Setup setup;
  protocol::WsClientHandshake handshake;
  io::OwnedSocket socket{};
  std::string prefetched{};
};

Client::Client(const Setup& setup, const std::string& target)
    : raw(support::RawClient::Accepted{-1}), impl_(std::make_unique<Impl>(setup, target)) {
  auto [ours, theirs] = connected_sockets();
  raw = support::RawClient(support::RawClient::Accepted{theirs});
  std::string asked;
  if (impl_->handshake.encode(asked)) throw std::runtime_error("no request");
  impl_->socket = std::move(ours);
  if (::send(impl_->socket.get(), asked.data(), asked.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(asked.size())) {
    throw std::runtime_error("the request was not sent");
  }
  request = raw.read_until("\r\n\r\n");
}

Client::~Client() = default;

Client::Status Client::take(std::size_t most) {
  std::array<char, 65536> buffer{};
  pollfd waiting{impl_->socket.get(), POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(support::failure_limit.count())) != 1) throw std::runtime_error("no answer");
  const ssize_t count = ::recv(impl_->socket.get(), buffer.data(), std::min(most, buffer.size()), 0);
  if (count <= 0) throw std::runtime_error("the answer ended");
  std::size_t consumed = 0;
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
  const auto status = impl_->handshake.feed(bytes, consumed);
  impl_->prefetched += bytes.substr(consumed);
  return static_cast<Status>(status);
}

std::string Client::error() const {
  const std::error_code ec = impl_->handshake.error();
  return ec ? to_string(static_cast<errc>(ec.value())) : "";
}
int Client::http_status() const { return impl_->handshake.http_status(); }
std::string Client::subprotocol() const { return impl_->handshake.subprotocol(); }

Connection Client::start() && {
  auto report = std::make_shared<Report>();
  auto side = std::make_shared<ClientSide>(impl_->setup, report);
  side->start(std::move(impl_->socket), std::move(impl_->prefetched));
  // Whoever holds this ends the client with it.
  const std::shared_ptr<void> other_end(side.get(), [side](void*) { side->leave(); });
  return {Role::client, Peer{false}, std::move(raw), std::move(report), other_end};
}

// ---- both ----

Connection connect(Role role, const Setup& setup) {
  if (role == Role::client) {
    Client client(setup);
    std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    if (!setup.subprotocols.empty()) answer += "Sec-WebSocket-Protocol: " + setup.subprotocols.front() + "\r\n";
    client.raw.send(answer + "\r\n");
    while (client.take() == Client::Status::need_more) {
    }
    return std::move(client).start();
  }
  auto report = std::make_shared<Report>();
  support::RawClient raw(server_port());
  raw.send("GET " + new_target(setup, report) +
           " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  raw.read_until("\r\n\r\n");
  return {Role::server, Peer{true}, std::move(raw), std::move(report)};
}

}  // namespace conformance
