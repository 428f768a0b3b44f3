// SPDX-License-Identifier: BSL-1.0
//
// WebSockets for the tests with real peers: raw sessions on /echo, others on /stream that take and send in parts, an endpoint on /push, a bare page on /, and below
// /control what a test wants to know. Prints its URL; ends by SIGINT or SIGTERM.
// With the component deflate also raw sessions that compress on /deflate, by the options of its query: `takeover`,
// `bits` and `threshold`; and /push compresses.
//
//   ws_server [--pong-wait MILLISECONDS]
//
// A raw session sends messages back, but for commands: `!close CODE REASON`, `!send COUNT` (numbers from 0 on), `!kill`.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/ws_accept.hpp>
#include <tidings/ws_part_handler.hpp>

#ifdef TIDINGS_TEST_DEFLATE
#include "integration/deflate_query.hpp"
#endif

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using namespace tidings;

constexpr std::string_view page = "<!doctype html><title>ws</title><link rel=icon href=data:,>\n";
constexpr std::size_t largest_message = 16 * 1024 * 1024;

/// How raw sessions ended, by the name that their client has given them.
class Ends {
 public:
  void put(const std::string& name, const CloseInfo& info) {
    static const char* const who[] = {"local", "peer", "transport"};
    nlohmann::json end{{"code", static_cast<int>(info.code)},
                       {"reason", info.reason},
                       {"who", who[static_cast<int>(info.who)]},
                       {"clean", info.clean}};
    if (info.message_cut) end["cut"] = true;
    const std::lock_guard lock(mutex_);
    ends_[name] = end.dump();
  }
  /// `null` while it goes on.
  std::string of(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = ends_.find(name);
    return found == ends_.end() ? "null" : found->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> ends_;
};

class Echo final : public WsHandler {
 public:
  Echo(std::shared_ptr<Ends> ends, std::string name) : ends_(std::move(ends)), name_(std::move(name)) {}

  void on_message(WsSession& session, PayloadKind kind, std::string_view data) override {
    if (kind == PayloadKind::text && data.starts_with("!close ")) {
      const std::string words(data.substr(7));
      char* end = nullptr;
      const auto code = static_cast<CloseCode>(std::strtoul(words.c_str(), &end, 10));
      session.close(code, *end == ' ' ? end + 1 : "");
    } else if (kind == PayloadKind::text && data.starts_with("!send ")) {
      const int count = std::stoi(std::string(data.substr(6)));
      for (int i = 0; i < count; ++i) session.send({std::to_string(i)});
    } else if (kind == PayloadKind::text && data == "!kill") {
      session.kill();
    } else {
      session.send({std::string(data), kind});
    }
  }
  void on_closed(WsSession&, const CloseInfo& info) override { ends_->put(name_, info); }

 private:
  std::shared_ptr<Ends> ends_;
  std::string name_;
};

/// CRC-32, which every language has.
class Crc {
 public:
  void add(std::string_view bytes) {
    static const std::vector<std::uint32_t> table = make_table();
    for (const char each : bytes) {
      state_ = table[(state_ ^ static_cast<unsigned char>(each)) & 0xFFU] ^ (state_ >> 8U);
    }
  }
  std::uint32_t value() const { return ~state_; }

 private:
  static std::vector<std::uint32_t> make_table() {
    std::vector<std::uint32_t> table(256);
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t row = i;
      for (int bit = 0; bit < 8; ++bit) row = (row & 1U) != 0 ? 0xEDB88320U ^ (row >> 1U) : row >> 1U;
      table[i] = row;
    }
    return table;
  }

  std::uint32_t state_ = 0xFFFFFFFFU;
};

/// Says size and checksum of each binary message; `!stream BYTES` is answered with one of that size, then the same.
class Stream final : public WsPartHandler {
 public:
  Stream(std::shared_ptr<Ends> ends, std::string name) : ends_(std::move(ends)), name_(std::move(name)) {}

  bool in_parts(PayloadKind kind) const override { return kind == PayloadKind::binary; }
  void on_part(WsSession& session, const WsMessagePart& part) override {
    if (part.first) in_ = {};
    in_.add(part.data);
    if (part.last) tell(session, part.offset + part.data.size(), in_);
  }
  void on_message(WsSession& session, PayloadKind, std::string_view data) override {
    if (!data.starts_with("!stream ")) return session.close(CloseCode::policy_violation);
    out_ = {};
    size_ = std::stoul(std::string(data.substr(8)));
    left_ = size_;
    session_ = session;
    writer_ = session.begin_message(PayloadKind::binary);
    go_on();
  }
  void on_closed(WsSession&, const CloseInfo& info) override { ends_->put(name_, info); }

 private:
  static void tell(const WsSession& session, std::uint64_t size, const Crc& crc) {
    session.send({nlohmann::json{{"bytes", size}, {"crc", crc.value()}}.dump()});
  }
  void go_on() {
    if (left_ == 0) {
      writer_.finish();
      return tell(session_, size_, out_);
    }
    std::string bytes(std::min<std::size_t>(left_, 60'000), static_cast<char>(left_ % 251));
    left_ -= bytes.size();
    out_.add(bytes);
    writer_.write(std::move(bytes), [this](std::error_code ec) {
      if (!ec) go_on();
    });
  }

  std::shared_ptr<Ends> ends_;
  std::string name_;
  Crc in_;
  Crc out_;
  std::size_t size_ = 0;
  std::size_t left_ = 0;
  WsSession session_;
  WsMessageWriter writer_;
};

// The most memory that this process has ever had, in KiB.
std::string peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::to_string(std::stoul(line.substr(6)));
  }
  return "0";
}

void answer(adapter::Exchange exchange, const char* type, std::string text) {
  std::move(exchange).answer().respond({200, {{"Content-Type", type}}}, share_bytes(std::move(text)));
}

class Application {
 public:
  explicit Application(std::chrono::milliseconds pong_wait) : pong_wait_(pong_wait), hub_(hub_options()) {}

  std::uint16_t port() const { return listener_.port(); }

 private:
  HubOptions hub_options() const {
    HubOptions options;
    options.pong_wait = pong_wait_;
    return options;
  }

  static std::shared_ptr<const WsCompression> compression_of(const RequestSnapshot& request) {
#ifdef TIDINGS_TEST_DEFLATE
    return deflate_of(request);
#else
    static_cast<void>(request);
    return nullptr;
#endif
  }
  static EndpointOptions push_options() {
    EndpointOptions options;
    options.compression = compression_of({});
    return options;
  }

  void serve_echo(RequestSnapshot request, adapter::Exchange exchange, bool compressed) {
    WsOptions options;
    options.pong_wait = pong_wait_;
    options.max_message_bytes = largest_message;
    options.max_queue_bytes = 2 * largest_message;
    WsAcceptOptions accept;
    accept.subprotocols = {"first", "second"};
    if (compressed) accept.compression = compression_of(request);
    auto handler = std::make_unique<Echo>(ends_, protocol::query_value(request.target, "name").value_or(""));
    accept_ws(hub_.loop(), std::move(request), std::move(exchange).stream(), std::move(handler), options, accept);
  }
  void serve_stream(RequestSnapshot request, adapter::Exchange exchange) {
    WsAcceptOptions accept;
    accept.compression = compression_of(request);
    auto handler = std::make_unique<Stream>(ends_, protocol::query_value(request.target, "name").value_or(""));
    accept_ws(hub_.loop(), std::move(request), std::move(exchange).stream(), std::move(handler), {}, accept);
  }
  void publish(const RequestSnapshot& request, adapter::Exchange exchange) {
    const std::string user = protocol::query_value(request.target, "user").value_or("");
    auto shared = std::make_shared<adapter::Exchange>(std::move(exchange));
    hub_.publish({.topic = "@" + user, .data = "for " + user}, [this, shared](std::error_code, const Published& done) {
      const std::lock_guard lock(mutex_);
      last_ = done.id;
      answer(std::move(*shared), "text/plain", "");
    });
  }
  // Of the last publication: its outcome and evidence for the one who gets it.
  void tell_status(adapter::Exchange exchange) {
    MessageId id;
    {
      const std::lock_guard lock(mutex_);
      id = last_;
    }
    auto shared = std::make_shared<adapter::Exchange>(std::move(exchange));
    hub_.async_status(id, [shared](std::error_code ec, const MessageStatus& status) {
      std::string text = ec ? ec.message() : "nobody";
      if (!ec && !status.recipients.empty()) {
        const RecipientStatus& first = status.recipients.front();
        text = to_string(first.outcome);
        if (first.evidence != Evidence::none) text.append("(").append(to_string(first.evidence)).append(")");
      }
      answer(std::move(*shared), "text/plain", text);
    });
  }

  std::chrono::milliseconds pong_wait_;
  std::shared_ptr<Ends> ends_ = std::make_shared<Ends>();
  std::mutex mutex_;
  MessageId last_;
  Hub<> hub_;
  adapter::Listener listener_{hub_};
  Mount echo_ = listener_.handle("/echo", [this](RequestSnapshot request, adapter::Exchange exchange) {
    serve_echo(std::move(request), std::move(exchange), false);
  });
  Mount deflate_ = listener_.handle("/deflate", [this](RequestSnapshot request, adapter::Exchange exchange) {
    serve_echo(std::move(request), std::move(exchange), true);
  });
  Mount stream_ = listener_.handle("/stream", [this](RequestSnapshot request, adapter::Exchange exchange) {
    serve_stream(std::move(request), std::move(exchange));
  });
  Mount memory_ = listener_.handle("/control/memory", [](const RequestSnapshot&, adapter::Exchange exchange) {
    answer(std::move(exchange), "text/plain", peak_memory());
  });
  Mount push_ = adapter::mount(
      listener_, "/push", hub_,
      [](const RequestSnapshot& request) -> Access {
        return Identity{.user = protocol::query_value(request.target, "user").value_or("anybody")};
      },
      push_options());
  Mount publish_ = listener_.handle(
      "/control/publish",
      [this](const RequestSnapshot& request, adapter::Exchange exchange) { publish(request, std::move(exchange)); });
  Mount status_ = listener_.handle("/control/status", [this](const RequestSnapshot&, adapter::Exchange exchange) {
    tell_status(std::move(exchange));
  });
  Mount end_ = listener_.handle("/control/end", [this](const RequestSnapshot& request, adapter::Exchange exchange) {
    answer(std::move(exchange), "application/json",
           ends_->of(protocol::query_value(request.target, "name").value_or("")));
  });
  Mount page_ = listener_.handle("/", [](const RequestSnapshot&, adapter::Exchange exchange) {
    answer(std::move(exchange), "text/html", std::string(page));
  });
};

std::chrono::milliseconds read_pong_wait(int count, char** words) {
  if (count == 1) return defaults::pong_wait;
  if (count != 3 || std::string_view(words[1]) != "--pong-wait") {
    throw std::invalid_argument("usage: ws_server [--pong-wait MILLISECONDS]");
  }
  return std::chrono::milliseconds(std::stoi(words[2]));
}

}  // namespace

int main(int count, char** words) {
  try {
    asio::io_context context{1};
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&context](std::error_code, int) { context.stop(); });
    const Application application(read_pong_wait(count, words));
    std::printf("http://127.0.0.1:%d/\n", application.port());
    std::fflush(stdout);
    context.run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "ws_server: %s\n", failure.what());
    return 1;
  }
}
