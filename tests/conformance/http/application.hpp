// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_HTTP_APPLICATION_HPP
#define TIDINGS_TESTS_CONFORMANCE_HTTP_APPLICATION_HPP

#include <tidings/concepts.hpp>
#include <tidings/request_snapshot.hpp>

#include "support/waiting.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

/// The application that all servers carry in the conformance kit. It knows nothing but the concepts: it hands each
/// exchange to the test case, which answers from its own thread, foreign to the server.
namespace conformance {

/// A request that waits for its answer. Destroyed unused it drops the Responder, which says 503.
class OpenAnswer {
 public:
  template <tidings::Responder R>
  OpenAnswer(tidings::RequestSnapshot request, R responder) : request_(std::move(request)) {
    responder.on_gone([gone = gone_] { gone->add(); });
    respond_ = [r = std::move(responder)](tidings::ResponseHead head, tidings::SharedBytes body) mutable {
      r.respond(std::move(head), std::move(body));
    };
  }

  const tidings::RequestSnapshot& request() const { return request_; }
  void respond(tidings::ResponseHead head, std::string body) {
    respond_(std::move(head), tidings::share_bytes(std::move(body)));
  }
  /// Calls of on_gone; outlives this.
  const std::shared_ptr<support::Tally>& gone() const { return gone_; }

 private:
  tidings::RequestSnapshot request_;
  std::shared_ptr<support::Tally> gone_ = std::make_shared<support::Tally>();
  tidings::UniqueFunction<void(tidings::ResponseHead, tidings::SharedBytes)> respond_;
};

/// What a stream has told its application.
struct StreamEvents {
  support::Tally gone;
  /// Completions of writes, and how many of them with an error.
  support::Tally completed;
  support::Tally failed;
};

/// A stream that the server keeps open. Destroyed unfinished it drops the StreamingResponse, which aborts.
class OpenStream {
 public:
  template <tidings::StreamingResponse S>
  OpenStream(tidings::RequestSnapshot request, S response)
      : request_(std::move(request)), server_(std::make_unique<Model<S>>(std::move(response))) {
    server_->on_gone([events = events_] { events->gone.add(); });
  }

  const tidings::RequestSnapshot& request() const { return request_; }
  void start(tidings::ResponseHead head) { server_->start(std::move(head)); }
  /// Writes; the completion is counted in `events()`. One at a time, as the concept says.
  void write(std::string bytes) {
    ++begun_;
    failed_before_ = events_->failed.count();
    server_->write(tidings::share_bytes(std::move(bytes)), [events = events_](std::error_code ec) {
      if (ec) events->failed.add();
      events->completed.add();
    });
  }
  /// Writes with a completion of the caller's own.
  void write(std::string bytes, tidings::WriteDone done) {
    server_->write(tidings::share_bytes(std::move(bytes)), std::move(done));
  }
  /// Whether the write before has completed without an error.
  bool written() { return events_->completed.reaches(begun_) && events_->failed.count() == failed_before_; }
  std::size_t begun() const { return begun_; }
  void finish() { server_->finish(); }
  void abort() { server_->abort(); }
  /// Outlives this.
  const std::shared_ptr<StreamEvents>& events() const { return events_; }

 private:
  struct Server {
    virtual ~Server() = default;
    virtual void start(tidings::ResponseHead head) = 0;
    virtual void write(tidings::SharedBytes bytes, tidings::WriteDone done) = 0;
    virtual void finish() = 0;
    virtual void abort() = 0;
    virtual void on_gone(tidings::UniqueFunction<void()> gone) = 0;
  };
  template <class S>
  struct Model final : Server {
    explicit Model(S s) : response(std::move(s)) {}
    void start(tidings::ResponseHead head) override { response.start(std::move(head)); }
    void write(tidings::SharedBytes bytes, tidings::WriteDone done) override {
      response.write(std::move(bytes), std::move(done));
    }
    void finish() override { response.finish(); }
    void abort() override { response.abort(); }
    void on_gone(tidings::UniqueFunction<void()> gone) override { response.on_gone(std::move(gone)); }

    S response;
  };

  tidings::RequestSnapshot request_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<StreamEvents> events_ = std::make_shared<StreamEvents>();
  std::size_t begun_ = 0;
  std::size_t failed_before_ = 0;
};

/// Thread  any.
class Application {
 public:
  // ---- for the server's file ----

  /// What the server has to make of a request: a StreamingResponse for `stream`, else a Responder for `answer`.
  static bool wants_stream(const tidings::RequestSnapshot& request) { return request.target.starts_with("/stream"); }

  template <tidings::Responder R>
  void answer(tidings::RequestSnapshot request, R responder) {
    answers_.put(OpenAnswer(std::move(request), std::move(responder)));
  }
  template <tidings::StreamingResponse S>
  void stream(tidings::RequestSnapshot request, S response) {
    streams_.put(OpenStream(std::move(request), std::move(response)));
  }

  // ---- for the cases ----

  /// The next request that the server has brought.
  OpenAnswer next_answer() { return answers_.expect("no request for an answer came"); }
  OpenStream next_stream() { return streams_.expect("no request for a stream came"); }

 private:
  support::Mailbox<OpenAnswer> answers_;
  support::Mailbox<OpenStream> streams_;
};

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_HTTP_APPLICATION_HPP
