// SPDX-License-Identifier: BSL-1.0

// Whatever a request says, what is read out of it keeps the bounds; asked again in plain words it reads the same; an
// upward body marks nothing but what it names in the asker's own inbox. The input is four lines: the target,
// `Last-Event-ID`, `If-None-Match`, and, to the end, the body. An empty header line leaves the header out.

#include <tidings/endpoint.hpp>
#include <tidings/protocol/client_request.hpp>
#include <tidings/protocol/http/query.hpp>

#include "require.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace tidings;
using fuzz::require;
using protocol::ClientRequest;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', "0123456789ABCDEF"[byte >> 4U], "0123456789abcdef"[byte & 15U]});
  }
  return out;
}

bool same(const ClientRequest& a, const ClientRequest& b) {
  return a.topics == b.topics && a.cursor == b.cursor && a.cursor_unreadable == b.cursor_unreadable &&
         a.from == b.from && a.own_ids == b.own_ids && a.wait == b.wait && a.limit == b.limit && a.device == b.device;
}

void check_bounds(const ClientRequest& request, std::string_view target) {
  require(request.wait >= std::chrono::milliseconds{0} && request.wait <= std::chrono::hours(1));
  require(request.limit >= 1 && request.limit <= defaults::max_poll_limit);
  require(request.device.size() <= 64);
  require(request.device.find_first_of(" \r\n\t\"\\,/") == std::string::npos);
  require(request.topics.size() <= target.size());
  require(std::none_of(request.topics.begin(), request.topics.end(), [](const auto& each) { return each.empty(); }));
  require(!(request.cursor && request.cursor_unreadable));
  // Two spellings of it are joined.
  require(!request.cursor || request.cursor->size() <= 2 * defaults::max_topics_per_session);
}

// The same request in plain words.
void check_again(const ClientRequest& request) {
  using From = ClientRequest::From;
  RequestSnapshot plain;
  plain.target = "/?wait=" + std::to_string(request.wait / std::chrono::seconds(1));
  plain.target += "&limit=" + std::to_string(request.limit) + "&device=" + escaped(request.device);
  if (request.own_ids) plain.target += "&ids=own";
  if (request.from != From::unsaid) plain.target += request.from == From::top ? "&from=top" : "&from=start";
  // Half as a list, half as parameters of their own.
  for (std::size_t i = 0; i < request.topics.size(); ++i) {
    plain.target += (i % 2 == 0 ? "&topics=" : ",") + escaped(request.topics[i]);
  }
  if (request.cursor && request.cursor->size() <= defaults::max_topics_per_session) {
    plain.target += "&after=" + request.cursor->text();
  } else if (request.cursor_unreadable) {
    plain.target += "&after=?";
  }
  const ClientRequest again = protocol::read_client_request(plain);
  require(request.cursor && !again.cursor ? request.cursor->size() > defaults::max_topics_per_session
                                          : same(request, again));
}

void check_query(std::string_view target) {
  const auto number = protocol::query_number(target, "limit");
  require(!number || protocol::query_number("?limit=" + std::to_string(*number), "limit") == number);
  require(protocol::percent_decode(target).size() <= target.size());
  require(protocol::percent_decode(escaped(target)) == target);
  require(protocol::target_path(target).size() + protocol::target_query(target).size() <= target.size());
}

void check_upward(RequestSnapshot& request, const Identity& who) {
  detail::UpwardJob job;
  require(static_cast<bool>(detail::read_upward(request, who, job)));
  request.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  job = {};
  if (detail::read_upward(request, who, job)) return;
  require(request.body.size() <= defaults::max_envelope_bytes);
  require(job.seen.user == who.user && job.seen.positions.size() <= defaults::max_seen_tokens);
  require(job.topics.empty() && (!job.marks() || !who.user.empty()));
  require(!job.acknowledged || job.acknowledged->size() <= defaults::max_topics_per_session);
  const std::uint64_t inbox = protocol::topic_tag(protocol::inbox_of(who.user));
  // A JSON string may spell characters by number; else the tokens stand there.
  if (request.body.find('\\') != std::string::npos) return;
  for (const Position& each : job.seen.positions) {
    require(request.body.find(protocol::to_token(inbox, each)) != std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(bytes), size);
  RequestSnapshot request;
  request.method = "POST";
  request.target = take_line(text);
  for (const char* const name : {"Last-Event-ID", "If-None-Match"}) {
    if (const std::string_view value = take_line(text); !value.empty()) {
      request.headers.push_back({name, std::string(value)});
    }
  }
  request.body = text;
  const ClientRequest read = protocol::read_client_request(request);
  check_bounds(read, request.target);
  check_again(read);
  check_query(request.target);
  RequestSnapshot other = request;
  check_upward(request, {.user = "alice"});
  check_upward(other, {});
  return 0;
}
