// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_POST_REQUEST_HPP
#define TIDINGS_NET_CLIENT_POST_REQUEST_HPP

#include <tidings/client/http_request.hpp>
#include <tidings/client/response_reader.hpp>
#include <tidings/net/client/dial.hpp>

#include TIDINGS_ASIO_HEADER(any_io_executor.hpp)
#include TIDINGS_ASIO_HEADER(steady_timer.hpp)

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// One request beside a stream, over a connection of its own: a command by POST.
///
/// Thread    the client's strand.
/// Lifetime  shared with what is under way; `cancel` ends it.
class PostRequest : public std::enable_shared_from_this<PostRequest> {
 public:
  struct Answer {
    int status = 0;
    std::string body{};
  };
  using Done = UniqueFunction<void(std::error_code, Answer)>;

  /// @param request  As encode_request wrote it.
  PostRequest(const net::any_io_executor& executor, std::string request, Done done)
      : request_(std::move(request)), done_(std::move(done)), deadline_(executor) {}

  /// @param dial  Begins to connect: `(Dial::Done, std::shared_ptr<Dial>& kept)`.
  template <class F>
  void start(std::chrono::milliseconds limit, F dial) {
    deadline_.expires_after(limit);
    deadline_.async_wait([self = shared_from_this()](net_error_code ec) {
      if (!ec) self->finish(errc::timeout);
    });
    dial(
        [self = shared_from_this()](std::error_code ec, Dial::Result result) {
          self->dial_ = nullptr;
          if (self->over_) return;
          if (ec) return self->finish(ec);
          self->link_ = std::move(result.link);
          self->link_->write(self->request_, [self](std::error_code error, std::size_t) {
            if (error) self->finish(error);
          });
          self->read();
        },
        dial_);
  }

  /// It is told this.
  void cancel(std::error_code why) { finish(why); }

 private:
  // An answer is as small as an envelope.
  static constexpr std::size_t most_bytes = defaults::max_envelope_bytes + 1024;

  void read() {
    link_->read_some(buffer_, [self = shared_from_this()](std::error_code ec, std::size_t size) {
      if (self->over_) return;
      if (ec) return self->finish(ec);
      if (size == 0) return self->finish(self->reader_.on_eof() ? std::error_code() : errc::connection_lost);
      self->take({self->buffer_.data(), size});
    });
  }
  void take(std::string_view input) {
    using Event = client::ResponseReader::Event;
    for (;;) {
      switch (reader_.read(input)) {
        case Event::need_more: return read();
        case Event::head: answer_.status = reader_.status(); break;
        case Event::data:
          answer_.body.append(reader_.data());
          if (answer_.body.size() > most_bytes) return finish(errc::body_too_large);
          break;
        case Event::end: return finish({});
        case Event::fault: return finish(reader_.error());
      }
    }
  }
  void finish(std::error_code ec) {
    if (std::exchange(over_, true)) return;
    deadline_.cancel();
    if (dial_) std::exchange(dial_, nullptr)->cancel();
    if (link_) link_->close();
    if (Done done = std::exchange(done_, nullptr)) done(ec, std::move(answer_));
  }

  std::string request_;
  Done done_;
  net::steady_timer deadline_;
  std::shared_ptr<Dial> dial_;
  std::shared_ptr<Duplex> link_;
  client::ResponseReader reader_;
  std::array<char, 4096> buffer_{};
  Answer answer_;
  bool over_ = false;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_POST_REQUEST_HPP
