// SPDX-License-Identifier: BSL-1.0
//
// The clients as a program, for the tests with real servers and proxies: what happens goes out as a JSON object a line,
// what is to be done comes in as a line.
//
//   client_program ws|sse URL [--raw] [--topics A,B] [--protocol NAME] [--proxy URL] [--ca FILE] [--token TOKEN]
//                        [--deflate [takeover][,bits=N]]
//
// Lines: `text TEXT`, `binary COUNT`, `say EVENT DATA`, `cursor`, `close CODE REASON`. The end of the input closes.

#include <tidings/sse_client.hpp>
#include <tidings/ws_client.hpp>
#ifdef WITH_TLS
#include <tidings/client_tls.hpp>
#endif
#ifdef WITH_DEFLATE
#include <tidings/deflate.hpp>
#endif

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

using namespace tidings;
using nlohmann::json;

void put(const json& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::puts(line.dump().c_str());
  std::fflush(stdout);
}

void put_received(const Received& received) {
  json line{{"received", received.kind == Received::Kind::gap ? "gap" : "message"}};
  line["topic"] = received.topic;
  line["event"] = received.event;
  line["at"] = received.at;
  if (received.payload == PayloadKind::binary) {
    line["bytes"] = received.data.size();
  } else {
    line["data"] = received.data;
  }
  put(line);
}

void put_state(const ClientStatus& status) {
  put({{"state", to_string(status.state)},
       {"error", status.error ? status.error.message() : ""},
       {"http", status.http_status},
       {"code", static_cast<int>(status.close_code)},
       {"reason", status.reason},
       {"retry", status.retry_in.count()}});
}

#ifdef WITH_DEFLATE
DeflateOptions read_deflate(const std::string& words) {
  DeflateOptions options{.threshold = 0};
  options.send_takeover = options.receive_takeover = words.find("takeover") != std::string::npos;
  if (const std::size_t at = words.find("bits="); at != std::string::npos) {
    options.send_window_bits = options.receive_window_bits = std::stoi(words.substr(at + 5));
  }
  return options;
}
#endif

ClientOptions read_options(int argc, char** argv) {
  ClientOptions options;
  options.first_wait = std::chrono::milliseconds(50);
  options.longest_wait = std::chrono::milliseconds(200);
  options.later = std::chrono::milliseconds(100);
  options.on_received = put_received;
  options.on_state = put_state;
  for (int i = 3; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--raw") {
      options.raw = true;
      continue;
    }
    if (++i == argc) throw std::invalid_argument(std::string(name));
    const std::string value = argv[i];
    if (name == "--topics") options.topics = {value};
    if (name == "--protocol") options.subprotocols = {value};
    if (name == "--proxy") options.proxy = value;
    if (name == "--token") options.token = [value](bool, Completion<std::string> done) { done({}, value); };
#ifdef WITH_TLS
    if (name == "--ca") options.tls = client_tls({.ca_file = value});
#endif
#ifdef WITH_DEFLATE
    if (name == "--deflate") options.compression = make_deflate(read_deflate(value));
#endif
  }
  return options;
}

void put_reply(net_error_code ec, const UpwardReply& reply) {
  put({{"reply", reply.data}, {"event", reply.event}, {"error", ec ? ec.message() : ""}});
}

// What only one of them can do.
void send(WsClient& client, WsMessage message) { client.send(std::move(message)); }
void send(SseClient&, const WsMessage&) { throw std::invalid_argument("an event stream has no messages upwards"); }
void close(WsClient& client, int code, std::string reason) {
  client.close(static_cast<CloseCode>(code), std::move(reason));
}
void close(SseClient& client, int, const std::string&) { client.close(); }

template <class Client>
void obey(Client& client, const std::string& line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string verb = line.substr(0, space);
  const std::string rest = line.substr(std::min(space + 1, line.size()));
  const std::size_t second = std::min(rest.find(' '), rest.size());
  const std::string more = rest.substr(std::min(second + 1, rest.size()));
  if (verb == "text") send(client, WsMessage(rest));
  if (verb == "binary") send(client, WsMessage(std::string(std::stoul(rest), 'b'), PayloadKind::binary));
  if (verb == "say") client.async_send(UpwardMessage{.event = rest.substr(0, second), .data = more}, put_reply);
  if (verb == "cursor") put({{"cursor", client.cursor()}});
  if (verb == "close") close(client, std::stoi(rest), more);
}

template <class Client>
void run(const char* url, ClientOptions options) {
  asio::io_context context;
  const auto work = asio::make_work_guard(context);
  std::thread runs([&context] { context.run(); });
  {
    Client client(context.get_executor(), url, std::move(options));
    client.connect();
    for (std::string line; std::getline(std::cin, line);) obey(client, line);
    client.close();
    while (client.state() != ClientState::closed) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  context.stop();
  runs.join();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 3) throw std::invalid_argument("client_program ws|sse URL ...");
    if (std::string_view(argv[1]) == "sse") {
      run<SseClient>(argv[2], read_options(argc, argv));
    } else {
      run<WsClient>(argv[2], read_options(argc, argv));
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
