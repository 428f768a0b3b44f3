// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_HTTPLIB_HPP
#define TIDINGS_ADAPTER_IMPL_HTTPLIB_HPP

#include <tidings/adapter/httplib.hpp>
#include <tidings/call_gate.hpp>
#include <tidings/hub/refused.hpp>
#include <tidings/protocol/http/header_value.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

inline HttplibExchange::Answer HttplibExchange::answer() {
  answer_ = std::make_shared<BlockingAnswer>();
  return answer_->responder();
}
inline HttplibExchange::Stream HttplibExchange::stream() {
  stream_ = std::make_shared<BlockingStream>();
  return stream_->response();
}

namespace detail {

/// Sets status and headers, and returns the content type, which cpp-httplib takes with the body; none if a header would
/// break the answer, which then is 500.
inline std::optional<std::string> httplib_head(httplib::Response& response, const ResponseHead& head) {
  std::string type = "text/plain";
  response.status = head.status;
  for (const Header& each : head.headers) {
    if (!protocol::is_token(each.name) || !protocol::is_safe_header_value(each.value)) {
      response.headers.clear();
      response.status = 500;
      return std::nullopt;
    }
    if (protocol::is_framing_header(each.name)) continue;
    if (protocol::iequals(each.name, "content-type")) {
      type = each.value;
    } else {
      response.set_header(each.name, each.value);
    }
  }
  return type;
}

inline void httplib_answer(httplib::Response& response, const ResponseHead& head, const std::string& body) {
  const std::optional<std::string> type = httplib_head(response, head);
  if (type && !body.empty()) response.set_content(body, *type);
}

inline void httplib_refuse(httplib::Response& response, errc why) {
  const hub::Refused refused = hub::make_refused(why, defaults::busy_retry);
  httplib_answer(response, {refused.status, refused.headers}, refused.body);
}

template <class R>
bool httplib_alive(const R& request) {
  if constexpr (httplib_sees_gone<R>) return !request.is_connection_closed();
  return true;
}

/// A stream that cpp-httplib asks for more, on its own thread, once the handler has returned.
class HttplibStream {
 public:
  HttplibStream(std::shared_ptr<HttplibThreads> threads, const httplib::Request& request,
                std::shared_ptr<BlockingStream> stream, ThreadCap::Pin pin, std::chrono::milliseconds tick)
      : threads_(std::move(threads)),
        connection_(request),
        stream_(std::move(stream)),
        pin_(std::move(pin)),
        tick_(tick),
        chunked_(request.version != "HTTP/1.0") {}

  bool chunked() const { return chunked_; }

  // What cpp-httplib calls until it is told that this was all.
  bool provide(httplib::DataSink& sink) {
    Sink ours{sink};
    const auto waiting =
        threads_->wait([this] { stream_->interrupt(hub::busy_stream(defaults::busy_retry)); }, &connection_);
    BlockingStream::Step now = stream_->step(ours, tick_);
    // Back to the server only where nobody would wake us: it drops what is open when it stops, without a last chunk.
    while (now == BlockingStream::Step::open && threads_->governed()) now = stream_->step(ours, tick_);
    if (now == BlockingStream::Step::dropped) return false;
    if (now == BlockingStream::Step::open) return true;
    // To HTTP/1.0 the end of the connection is the end of the body.
    if (!chunked_) return false;
    sink.done();
    return true;
  }

 private:
  struct Sink {
    httplib::DataSink& sink;
    bool write(std::string_view bytes) { return sink.write(bytes.data(), bytes.size()); }
    bool alive() { return sink.is_writable(); }
  };

  std::shared_ptr<HttplibThreads> threads_;
  HttplibConnection connection_;
  std::shared_ptr<BlockingStream> stream_;
  ThreadCap::Pin pin_;
  std::chrono::milliseconds tick_;
  bool chunked_;
};

/// One mounted path.
class HttplibRoute {
 public:
  HttplibRoute(std::shared_ptr<HttplibThreads> threads, HttplibHandler handler, const HttplibOptions& options)
      : threads_(std::move(threads)),
        handler_(std::move(handler)),
        options_(options),
        cap_(std::make_shared<ThreadCap>(options.max_pinned)) {}

  void serve(const httplib::Request& request, httplib::Response& response, std::string_view body) {
    HttplibExchange exchange(*cap_);
    const bool called = gate_.call([&] { handler_(snapshot(HttplibRequest(request, body)), exchange); });
    if (!called) {
      response.status = 404;
    } else if (exchange.stream_) {
      begin_stream(request, response, exchange);
    } else if (exchange.answer_) {
      wait_for_answer(request, response, *exchange.answer_);
    } else {
      httplib_refuse(response, errc::overloaded);
    }
  }

  // The whole body is read in any case: cpp-httplib would take the rest for the next request.
  void serve_with_body(const httplib::Request& request, httplib::Response& response,
                       const httplib::ContentReader& reader) {
    std::string body;
    bool too_large = false;
    const auto take = [&](const char* data, std::size_t size) {
      too_large = too_large || size > options_.max_body_bytes - body.size();
      if (!too_large) body.append(data, size);
      return true;
    };
    if (request.is_multipart_form_data()) {
      reader([](const auto&) { return true; }, [](const char*, std::size_t) { return true; });
    } else {
      reader(take);
    }
    if (too_large) {
      httplib_refuse(response, errc::body_too_large);
    } else {
      serve(request, response, body);
    }
  }

  void close() { gate_.close(); }

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

  void begin_stream(const httplib::Request& request, httplib::Response& response, HttplibExchange& exchange) {
    BlockingStream& stream = *exchange.stream_;
    const std::optional<ResponseHead> head = wait_for_head(stream);
    if (!head) {
      httplib_answer(response, {200, delivery::sse_headers()}, hub::busy_stream(defaults::busy_retry));
    } else if (head->status != 200) {
      Collected collected;
      stream.run(collected, options_.probe_interval);
      httplib_answer(response, *head, collected.body);
    } else if (const std::optional<std::string> type = httplib_head(response, *head)) {
      provide(request, response, exchange, *type);
    }
  }

  std::optional<ResponseHead> wait_for_head(BlockingStream& stream) {
    const auto waiting = threads_->wait([&stream] { stream.interrupt({}); });
    // The hub has its own deadlines; this one is for a handler that forgets the stream without destroying it.
    return stream.wait_for_head(defaults::authorize_timeout + 2 * defaults::open_timeout);
  }

  void provide(const httplib::Request& request, httplib::Response& response, HttplibExchange& exchange,
               const std::string& type) {
    auto open = std::make_shared<HttplibStream>(threads_, request, std::move(exchange.stream_),
                                                std::move(exchange.pin_), options_.probe_interval);
    const auto provider = [open](std::size_t, httplib::DataSink& sink) { return open->provide(sink); };
    if (open->chunked()) {
      response.set_chunked_content_provider(type, provider);
    } else {
      response.set_content_provider(type, provider);
    }
  }

  void wait_for_answer(const httplib::Request& request, httplib::Response& response,
                       HttplibExchange::BlockingAnswer& answer) {
    const auto waiting = threads_->wait([&answer] { answer.interrupt(); });
    const auto answered = answer.wait([&request] { return httplib_alive(request); }, options_.probe_interval);
    if (answered) {
      httplib_answer(response, answered->head, *answered->body);
    } else {
      httplib_refuse(response, errc::draining);
    }
  }

  std::shared_ptr<HttplibThreads> threads_;
  HttplibHandler handler_;
  HttplibOptions options_;
  std::shared_ptr<ThreadCap> cap_;
  CallGate gate_;
};

/// The path and what is below it, as the regular expression that cpp-httplib takes.
inline std::string httplib_pattern(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    if (std::string_view("^$\\.*+?()[]{}|").find(c) != std::string_view::npos) pattern.push_back('\\');
    pattern.push_back(c);
  }
  while (pattern.ends_with('/')) pattern.pop_back();
  return pattern + "(/.*)?";
}

}  // namespace detail

inline Mount handle(httplib::Server& server, const std::string& path, HttplibHandler handler, HttplibOptions options) {
  auto threads = detail::HttplibTaskQueueFactory::threads_of(server, options);
  auto route = std::make_shared<detail::HttplibRoute>(std::move(threads), std::move(handler), options);
  const auto serve = [route](const httplib::Request& request, httplib::Response& response) {
    route->serve(request, response, {});
  };
  const std::string pattern = detail::httplib_pattern(path);
  server.Get(pattern, serve);
  server.Options(pattern, serve);
  server.Post(pattern,
              [route](const httplib::Request& request, httplib::Response& response,
                      const httplib::ContentReader& reader) { route->serve_with_body(request, response, reader); });
  server.set_tcp_nodelay(true);
  server.set_write_timeout(options.write_timeout);
  return Mount([route] { route->close(); });
}

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_HTTPLIB_HPP
