// SPDX-License-Identifier: BSL-1.0

#include "bench/poll_clients.hpp"

#include "bench/connecting.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace bench {

namespace {

// A busy machine is waited for this long, and longer for many.
constexpr std::chrono::milliseconds patience{5'000};
constexpr std::chrono::milliseconds patience_each{3};

std::string request_of(const std::string& target, const std::string& headers = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n";
}

std::string_view between(std::string_view text, std::string_view before, std::string_view behind) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + before.size());
  const std::size_t end = text.find(behind);
  return end == std::string_view::npos ? std::string_view{} : text.substr(0, end);
}

// The poll answer's only message has this data; or the body is nothing else, as other servers do it.
bool has_alone(std::string_view body, std::string_view data) {
  if (body == data) return true;
  const std::string_view messages = between(body, "\"messages\":[{", "}],\"poll_after_ms\":");
  return messages.ends_with(",\"data\":\"" + std::string(data) + "\"") && messages.find('{') == messages.npos;
}

}  // namespace

PollClients::PollClients(std::uint16_t port, std::string path) : port_(port), path_(std::move(path)) {}

PollClients::~PollClients() {
  for (const Client& each : clients_) {
    if (each.descriptor >= 0) ::close(each.descriptor);
  }
}

void PollClients::open(std::size_t count) {
  clients_.reserve(count);
  while (clients_.size() < count) {
    const std::size_t number = clients_.size();
    clients_.push_back({.descriptor = connected_socket(number, port_)});
    watch_.add(clients_.back().descriptor, number);
  }
}

bool PollClients::poll(std::size_t count) {
  holding_ = false;
  due_ = "a message of some length";
  came_ = 0;
  const std::size_t first = std::min(count, clients_.size());
  to_ask_ = count - first;
  for (std::size_t i = 0; i < first; ++i) ask(clients_[i], request_of(path_));
  return run_until([&] { return came_ == count; });
}

void PollClients::hold() {
  holding_ = true;
  due_.clear();
  for (Client& each : clients_) ask(each, request_of(path_));
}

bool PollClients::receive(std::string payload) {
  due_ = std::move(payload);
  came_ = 0;
  const bool came = run_until([&] { return came_ >= clients_.size(); });
  return came && came_ == clients_.size();
}

bool PollClients::settle() {
  due_.clear();
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  return run_until([&] { return std::chrono::steady_clock::now() > until; });
}

template <class Reached>
bool PollClients::run_until(Reached reached) {
  return watch_.wait_until(
      patience + patience_each * clients_.size(), reached, [this] { return !tally_.clean(); },
      [this](std::uint64_t number) { read(clients_[number]); });
}

void PollClients::ask(Client& client, std::string_view request) {
  const ssize_t sent = ::send(client.descriptor, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size())) ++tally_.closed;
}

void PollClients::read(Client& client) {
  const Came came = bench::receive(client.descriptor, buffer_);
  if (came.what == Came::What::nothing) return;
  if (came.over()) {
    ++tally_.closed;
    ::close(std::exchange(client.descriptor, -1));
    return;
  }
  std::string_view bytes = came.bytes;
  if (!client.rest.empty()) bytes = client.rest.append(bytes);
  const std::optional<HttpAnswer> answer = parse_answer(bytes);
  // One request is on its way, so one answer is all there can be.
  if (answer && answer->size() != bytes.size()) ++tally_.wrong;
  std::string rest(answer ? std::string_view{} : bytes);
  if (answer) take(client, *answer);
  client.rest = std::move(rest);
}

void PollClients::take(Client& client, const HttpAnswer& answer) {
  ++tally_.answers;
  ++came_;
  if (due_.empty() || !answer.head.starts_with("HTTP/1.1 200 ") || !has_alone(answer.body, due_)) ++tally_.wrong;
  if (holding_) {
    ask(client, next_request(answer));
  } else if (to_ask_ > 0) {
    --to_ask_;
    ask(client, request_of(path_));
  }
}

// With the cursor of the answer: ours is in its body, nchan's in its headers.
std::string PollClients::next_request(const HttpAnswer& answer) const {
  const std::string cursor(between(answer.body, "{\"cursor\":\"", "\""));
  if (!cursor.empty()) return request_of(path_ + "?wait=25&after=" + cursor);
  return request_of(path_, "If-Modified-Since: " + std::string(answer.header("Last-Modified")) +
                               "\r\nIf-None-Match: " + std::string(answer.header("Etag")) + "\r\n");
}

}  // namespace bench
