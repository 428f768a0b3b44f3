// SPDX-License-Identifier: BSL-1.0
//
// Coroutines on your own io_context: the hub starts no thread, and whatever it does can be awaited.
//
// > published, and acknowledged by the store
// > the same key again: a duplicate
// > one order for alice and bob, both yet to read it
// > an error is an exception: the topic's name is invalid

#include <tidings/hub.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

#include <exception>
#include <iostream>
#include <system_error>

namespace {

asio::awaitable<void> work(tidings::HubRef hub) {
  co_await hub.async_ready(asio::use_awaitable);

  // Name what you await for: g++ 12 frees the braces' temporaries twice in a co_await.
  tidings::Message order{.topic = "orders", .data = "A-17", .idempotency_key = "order A-17"};
  const tidings::Published first = co_await hub.async_publish(order, asio::use_awaitable);
  std::cout << (first.duplicate ? "?" : "published, and acknowledged by the store") << "\n";
  const tidings::Published again = co_await hub.async_publish(order, asio::use_awaitable);
  std::cout << (again.duplicate ? "the same key again: a duplicate" : "?") << "\n";

  std::vector<std::string> users{"alice", "bob"};
  tidings::Message note{.event = "work_order", .data = "Check the crane rope"};
  const tidings::Published both = co_await hub.async_publish_to(std::move(users), std::move(note), asio::use_awaitable);
  const auto missed = co_await hub.async_missed(both.id, asio::use_awaitable);
  std::cout << "one order for " << missed.at(0).user << " and " << missed.at(1).user << ", both yet to read it\n";

  try {
    tidings::Message wrong{.topic = "no\ntopic", .data = "x"};
    co_await hub.async_publish(std::move(wrong), asio::use_awaitable);
  } catch (const std::system_error& error) {
    const bool expected = error.code() == tidings::errc::invalid_topic;
    std::cout << "an error is an exception: " << (expected ? "the topic's name is invalid" : error.what()) << "\n";
  }
}

}  // namespace

int main() {
  asio::io_context context;
  tidings::Hub hub{context};
  std::exception_ptr failed;
  asio::co_spawn(context, work(hub), [&](std::exception_ptr e) {
    failed = e;
    context.stop();
  });
  context.run();
  if (failed) std::rethrow_exception(failed);
}
