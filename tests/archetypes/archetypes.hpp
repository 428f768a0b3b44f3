// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ARCHETYPES_ARCHETYPES_HPP
#define TIDINGS_TESTS_ARCHETYPES_ARCHETYPES_HPP

#include <tidings/concepts.hpp>
#include <tidings/http_client.hpp>
#include <tidings/store/memory_ledger.hpp>
#include <tidings/store/memory_store.hpp>
#include <tidings/store_concepts.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The least that models each concept: not copyable, not default-constructible, no expression beyond the table. What
/// compiles with these asks for nothing that the concept does not say.
namespace archetypes {

/// A string-like that is no std::string.
struct Text {
  std::string_view text;
  operator std::string_view() const { return text; }
};

class Request {
 public:
  explicit Request(std::string_view target) : target_(target) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Text method() const { return {"GET"}; }
  Text target() const { return {target_}; }
  std::optional<std::string> header(std::string_view) const { return std::nullopt; }
  Text peer() const { return {"192.0.2.1"}; }
  Text body() const { return {""}; }
  int http_version() const { return 11; }

 private:
  std::string_view target_;
};

/// Moves and nothing else.
class MoveOnly {
 public:
  explicit MoveOnly(int) {}
  MoveOnly(MoveOnly&&) = default;
  MoveOnly& operator=(MoveOnly&&) = default;
  MoveOnly(const MoveOnly&) = delete;
  MoveOnly& operator=(const MoveOnly&) = delete;
};

class Responder : MoveOnly {
 public:
  static constexpr tidings::Capabilities capabilities{};

  explicit Responder(int& status) : MoveOnly(0), status_(&status) {}
  void respond(tidings::ResponseHead head, tidings::SharedBytes) { *status_ = head.status; }
  void on_gone(tidings::UniqueFunction<void()>) {}

 private:
  int* status_;
};

class StreamingResponse : MoveOnly {
 public:
  static constexpr tidings::Capabilities capabilities{};

  explicit StreamingResponse(std::string& written) : MoveOnly(0), written_(&written) {}
  void start(tidings::ResponseHead) {}
  void write(tidings::SharedBytes bytes, tidings::WriteDone done) {
    written_->append(*bytes);
    done({});
  }
  void finish() {}
  void abort() {}
  void on_gone(tidings::UniqueFunction<void()>) {}

 private:
  std::string* written_;
};

class HandsOver : public StreamingResponse {
 public:
  using StreamingResponse::StreamingResponse;
  void release(tidings::Completion<tidings::NativeSocket> done) { done.fail(tidings::errc::not_supported); }
};

class ByteStream : MoveOnly {
 public:
  static constexpr tidings::Capabilities capabilities{};

  explicit ByteStream(std::string& written) : MoveOnly(0), written_(&written) {}
  void read_some(std::span<char>, tidings::Completion<std::size_t> done) { done({}, 0); }
  void write(tidings::SharedBytes bytes, tidings::WriteDone done) {
    written_->append(*bytes);
    done({});
  }
  void shut() {}
  void abort() {}
  std::string prefetched() { return {}; }

 private:
  std::string* written_;
};

class MessageChannel : MoveOnly {
 public:
  static constexpr tidings::Capabilities capabilities{};

  explicit MessageChannel(std::string& sent) : MoveOnly(0), sent_(&sent) {}
  void accept(std::string, std::vector<tidings::Header>, std::shared_ptr<tidings::MessageChannelEvents> events) {
    events->on_open({});
  }
  void respond(tidings::ResponseHead, tidings::SharedBytes) {}
  void send(tidings::PayloadKind, tidings::SharedBytes bytes, tidings::WriteDone done) {
    sent_->append(*bytes);
    done({});
  }
  void ping(std::string_view) {}
  void close(tidings::CloseCode, std::string_view) {}
  void abort() {}

 private:
  std::string* sent_;
};

class Sink : MoveOnly {
 public:
  explicit Sink(std::string& written) : MoveOnly(0), written_(&written) {}
  bool write(std::string_view bytes) {
    written_->append(bytes);
    return true;
  }
  bool alive() { return true; }

 private:
  std::string* written_;
};

/// Exactly the expressions of the concept, answered by a memory store; topics come as views of a type of its own.
class Store : MoveOnly {
 public:
  static constexpr bool lossy_announcements = false;

  explicit Store(tidings::MemoryStore inner) : MoveOnly(0), inner_(std::move(inner)) {}

  void attach(tidings::Announce announce, tidings::Completion<> done) {
    inner_.attach(std::move(announce), std::move(done));
  }
  void detach(tidings::Completion<> done) { inner_.detach(std::move(done)); }
  void append(tidings::AppendRequest request, tidings::Completion<tidings::Appended> done) {
    inner_.append(std::move(request), std::move(done));
  }
  void read(std::string topic, std::uint64_t after, std::size_t limit, tidings::Completion<tidings::ReadResult> done) {
    inner_.read(std::move(topic), after, limit, std::move(done));
  }
  void trim(std::string topic, std::size_t keep, tidings::Completion<> done) {
    inner_.trim(std::move(topic), keep, std::move(done));
  }
  void add_member(std::string topic, std::string user, tidings::Completion<> done) {
    inner_.add_member(std::move(topic), std::move(user), std::move(done));
  }
  void remove_member(std::string topic, std::string user, tidings::Completion<> done) {
    inner_.remove_member(std::move(topic), std::move(user), std::move(done));
  }
  void positions(std::string user, std::vector<std::string> topics,
                 tidings::Completion<std::vector<tidings::MemberPosition>> done) {
    inner_.positions(std::move(user), std::move(topics), std::move(done));
  }
  void acknowledge(std::vector<tidings::Acknowledgement> list, tidings::Completion<> done) {
    inner_.acknowledge(std::move(list), std::move(done));
  }
  void except(std::vector<tidings::ExceptionEntry> list, tidings::Completion<> done) {
    inner_.except(std::move(list), std::move(done));
  }
  void standings(std::string topic, tidings::Position position, tidings::Completion<tidings::StandingsResult> done) {
    inner_.standings(std::move(topic), position, std::move(done));
  }
  void mark_seen(tidings::SeenRequest request, tidings::Completion<std::size_t> done) {
    inner_.mark_seen(std::move(request), std::move(done));
  }
  void unread(std::string user, tidings::Completion<std::size_t> done) {
    inner_.unread(std::move(user), std::move(done));
  }
  void inbox(std::string user, std::uint64_t before, std::size_t limit, tidings::Completion<tidings::InboxPage> done) {
    inner_.inbox(std::move(user), before, limit, std::move(done));
  }

 private:
  tidings::MemoryStore inner_;
};

class Ledger : MoveOnly {
 public:
  explicit Ledger(tidings::MemoryLedger inner) : MoveOnly(0), inner_(std::move(inner)) {}

  void record(tidings::PublicationRecord record, tidings::Completion<> done) {
    inner_.record(std::move(record), std::move(done));
  }
  void find(tidings::MessageId id, tidings::Completion<tidings::PublicationRecord> done) {
    inner_.find(id, std::move(done));
  }
  void recent(std::size_t limit, tidings::Completion<std::vector<tidings::PublicationRecord>> done) {
    inner_.recent(limit, std::move(done));
  }
  void prove(std::vector<tidings::Acknowledgement> list, tidings::Completion<> done) {
    inner_.prove(std::move(list), std::move(done));
  }
  void proofs(std::string topic, tidings::Completion<std::vector<tidings::Acknowledgement>> done) {
    inner_.proofs(std::move(topic), std::move(done));
  }

 private:
  tidings::MemoryLedger inner_;
};

/// Gives each call the same answer, inline, and keeps its URL.
class HttpClient : MoveOnly {
 public:
  HttpClient(std::vector<std::string>& urls, std::string body) : MoveOnly(0), urls_(&urls), body_(std::move(body)) {}
  void call(tidings::HttpCall request, tidings::Completion<tidings::HttpAnswer> done) {
    urls_->push_back(std::move(request.url));
    done({}, {.status = 200, .body = body_});
  }

 private:
  std::vector<std::string>* urls_;
  std::string body_;
};

static_assert(tidings::HttpRequest<Request>);
static_assert(tidings::Responder<Responder>);
static_assert(tidings::StreamingResponse<StreamingResponse> && !tidings::HandsOver<StreamingResponse>);
static_assert(tidings::StreamingResponse<HandsOver> && tidings::HandsOver<HandsOver>);
static_assert(tidings::ByteStream<ByteStream> && !tidings::HandsOver<ByteStream>);
static_assert(tidings::MessageChannel<MessageChannel> && !tidings::ByteStream<MessageChannel>);
static_assert(tidings::BlockingSink<Sink>);
static_assert(tidings::Store<Store>);
static_assert(tidings::Ledger<Ledger>);
static_assert(tidings::HttpClient<HttpClient>);

}  // namespace archetypes

#endif  // TIDINGS_TESTS_ARCHETYPES_ARCHETYPES_HPP
