// SPDX-License-Identifier: BSL-1.0

#include "conformance/ws/rule.hpp"

#include <tidings/close_code.hpp>
#include <tidings/error.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <thread>

namespace conformance {

namespace {

using support::RawClient;

std::string without_pongs(const std::string& answer) {
  std::string messages;
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t end = answer.find(") ", at) + 2;
    if (answer.compare(at, 5, "pong(") != 0) messages += answer.substr(at, end - at);
    at = end;
  }
  return messages;
}

tidings::errc fault_of(unsigned code) {
  switch (code) {
    case 1007: return tidings::errc::invalid_utf8;
    case 1008: return tidings::errc::too_many_frames;
    case 1009: return tidings::errc::payload_too_large;
    default: return tidings::errc::malformed_frame;
  }
}

// What the application is told at the end.
std::string shown_end(const Rule& rule) {
  if (rule.then == Rule::Then::goes_on) return "closed(1000 done, peer, clean) ";
  if (rule.then == Rule::Then::closes) {
    const std::string reason = rule.reason.empty() ? "" : " " + rule.reason;
    return "closed(" + std::to_string(rule.code == 0 ? 1005 : rule.code) + reason + ", peer, clean) ";
  }
  const tidings::errc fault = fault_of(rule.code);
  return "closed(" + std::to_string(rule.code) + " " + make_error_code(fault).message() + ", local, unclean, " +
         to_string(fault) + ") ";
}

std::string shown_last_frame(const Rule& rule) {
  switch (rule.then) {
    case Rule::Then::goes_on: return shown_close(1000);
    case Rule::Then::closes: return rule.code == 0 ? "close() " : shown_close(rule.code);
    default: return shown_close(rule.code, make_error_code(fault_of(rule.code)).message());
  }
}

void deliver(Connection& connection, Delivery delivery, const Rule& rule) {
  const Peer& peer = connection.peer;
  const std::string before = peer.text("before");
  const std::string behind = peer.text("behind") + peer.close(1000, "done");
  if (delivery == Delivery::glued) {
    connection.raw.send(before + rule.bytes + behind);
    return;
  }
  connection.raw.send(before);
  CHECK(connection.next() == "text(before) ");
  if (delivery == Delivery::whole) {
    connection.raw.send(rule.bytes);
  } else {
    send_bytewise(connection.raw, rule.bytes);
  }
  // Whatever it is that ends the connection, it is not what comes behind.
  if (rule.then == Rule::Then::goes_on) connection.raw.send(behind);
}

}  // namespace

void send_bytewise(RawClient& raw, const std::string& bytes) {
  constexpr std::size_t edge = 24;
  for (std::size_t at = 0; at < bytes.size();) {
    const bool middle = at == edge && bytes.size() > 2 * edge;
    const std::size_t size = middle ? bytes.size() - 2 * edge : 1;
    if (raw.try_send(std::string_view(bytes).substr(at, size)) < size) return;
    at += size;
    // A segment of its own; whether the other end reads it alone is beyond us.
    std::this_thread::yield();
  }
}

void check(Role role, Delivery delivery, const Rule& rule, const Setup& setup) {
  static const char* const deliveries[] = {"whole", "bytewise", "glued"};
  INFO(rule.name << ", " << (role == Role::server ? "server" : "client") << ", "
                 << deliveries[static_cast<int>(delivery)]);
  Connection connection = connect(role, setup);
  deliver(connection, delivery, rule);
  const bool goes_on = rule.then == Rule::Then::goes_on;
  const std::string before = delivery == Delivery::glued ? "text(before) " : "";
  const std::string behind = goes_on ? "text(behind) " : "";
  CHECK(connection.until_close() == before + rule.answer + behind + shown_last_frame(rule));
  // 7.1.1: of two that close in order the server ends the connection.
  if (role == Role::server || rule.then == Rule::Then::fails) CHECK(connection.ends());
  connection.raw.close();
  CHECK(connection.report->whole() == "text(before) " + without_pongs(rule.answer) + behind + shown_end(rule));
}

}  // namespace conformance
