// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_LISTENER_HPP
#define TIDINGS_ADAPTER_IMPL_LISTENER_HPP

#include <tidings/adapter/impl/listener_answers.hpp>
#include <tidings/adapter/impl/listener_connection.hpp>
#include <tidings/adapter/impl/listener_core.hpp>
#include <tidings/adapter/impl/listener_requests.hpp>
#include <tidings/adapter/listener.hpp>
#include <tidings/call_gate.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

namespace detail {

template <class Loop>
void ListenerCore<Loop>::start() {
  port_ = options_.port;
  const std::size_t sockets = reuses_port() ? std::max<std::size_t>(parts_.size(), 1) : 1;
  std::vector<io::OwnedSocket> listening;
  for (std::size_t i = 0; i < sockets; ++i) {
    listening.push_back(io::listen_on(options_.address, port_, options_.backlog, port_, reuses_port()));
  }
  for (std::size_t i = 0; i < std::min(sockets, parts_.size()); ++i) {
    parts_[i]->listening = std::move(listening[i]);
    listen(i);
  }
}

template <class Loop>
void ListenerCore<Loop>::listen(std::size_t index) {
  const std::shared_ptr<Loop> loop = parts_[index]->loop.lock();
  // Nobody is to wait where nobody will accept.
  if (!loop) return parts_[index]->listening.close();
  loop->post([self = this->shared_from_this(), index, weak = std::weak_ptr(loop)] {
    const std::shared_ptr<Loop> alive = weak.lock();
    if (!alive || self->stopped()) return;
    ListenerPart<Loop>& part = *self->parts_[index];
    part.acceptor = &alive->keep(std::make_unique<Acceptor<Loop>>(self, index, *alive, std::move(part.listening)));
  });
}

template <class Loop>
void ListenerCore<Loop>::begin(io::OwnedSocket socket, std::string peer, std::size_t accepted_by) {
  if (connections() >= options_.max_connections) {
    std::size_t taken = 0;
    io::send_now(socket.get(),
                 "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                 taken);
    return;
  }
  const std::size_t index = reuses_port() ? accepted_by : next_part_++ % parts_.size();
  const std::shared_ptr<Loop> loop = parts_[index]->loop.lock();
  if (!loop) return;
  std::shared_ptr<Connection<Loop>> connection = make_connection(index, loop, std::move(socket), std::move(peer));
  if (!loop->running_here()) return begin_later(std::move(connection), loop);
  loop->keep_shared(connection);
  connection->begin();
}

template <class Loop>
bool ListenerCore<Loop>::take_back(NativeSocket& native) {
  for (std::size_t index = 0; index < parts_.size(); ++index) {
    const std::shared_ptr<Loop> loop = parts_[index]->loop.lock();
    if (!loop || !loop->running_here()) continue;
    const std::shared_ptr<hub::Core> hub = hub_core_.lock();
    if (stopped() || !hub || hub->draining() || connections() >= options_.max_connections) return false;
    std::string peer = io::peer_of(native.descriptor);
    io::OwnedSocket socket(std::exchange(native.descriptor, -1), native.tuned);
    // Later: a request that waits already would come into the middle of what ends here.
    begin_later(make_connection(index, loop, std::move(socket), std::move(peer)), loop);
    return true;
  }
  return false;
}

template <class Loop>
void ListenerCore<Loop>::begin_later(std::shared_ptr<Connection<Loop>> connection, const std::shared_ptr<Loop>& loop) {
  loop->post([weak = std::weak_ptr(loop), connection = std::move(connection), self = this->shared_from_this()] {
    const std::shared_ptr<Loop> alive = weak.lock();
    if (!alive || self->stopped()) return;
    alive->keep_shared(connection);
    connection->begin();
  });
}

template <class Loop>
void ListenerCore<Loop>::stop_accepting(ListenerPart<Loop>& part, Loop& loop) {
  part.listening.close();
  Acceptor<Loop>* const acceptor = std::exchange(part.acceptor, nullptr);
  if (acceptor == nullptr) return;
  acceptor->close();
  loop.let_go(acceptor);
}

template <class Loop>
void ListenerCore<Loop>::close_all(ListenerPart<Loop>& part) {
  const std::vector<Connection<Loop>*> open(part.connections.begin(), part.connections.end());
  for (Connection<Loop>* const each : open) each->close();
}

template <class Loop>
void ListenerCore<Loop>::stop() {
  if (stopped_.exchange(true)) return;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::shared_ptr<Loop> loop = parts_[i]->loop.lock();
    if (!loop) {
      parts_[i]->listening.close();
      continue;
    }
    const auto work_left = std::make_shared<io::Holds>();
    auto work = [self = this->shared_from_this(), i, hold = work_left->take(), weak = std::weak_ptr(loop)]() mutable {
      const std::shared_ptr<Loop> alive = weak.lock();
      if (alive) self->stop_accepting(*self->parts_[i], *alive);
      if (alive) self->close_all(*self->parts_[i]);
      hold.reset();
    };
    if (loop->running_here() || loop->abandoned()) {
      loop->run_as_loop(work);
      continue;
    }
    loop->post(std::move(work));
    // Somebody's handler may hold the loop up.
    work_left->wait_for_none(defaults::close_timeout);
  }
}

}  // namespace detail

template <class Loop>
typename BasicExchange<Loop>::Answer BasicExchange<Loop>::answer() && {
  return Answer(std::move(response_));
}
template <class Loop>
typename BasicExchange<Loop>::Stream BasicExchange<Loop>::stream() && {
  return Stream(std::move(response_));
}
template <class Loop>
std::size_t BasicExchange<Loop>::loop() const {
  return response_->loop_index();
}

template <class Loop>
void BasicExchange<Loop>::Answer::respond(ResponseHead head, SharedBytes body) {
  response_->respond(std::move(head), std::move(body));
}
template <class Loop>
void BasicExchange<Loop>::Answer::on_gone(UniqueFunction<void()> gone) {
  response_->on_gone(std::move(gone));
}

template <class Loop>
void BasicExchange<Loop>::Stream::start(ResponseHead head) {
  response_->start(std::move(head));
}
template <class Loop>
void BasicExchange<Loop>::Stream::write(SharedBytes bytes, WriteDone done) {
  response_->write(std::move(bytes), std::move(done));
}
template <class Loop>
void BasicExchange<Loop>::Stream::finish() {
  response_->finish();
}
template <class Loop>
void BasicExchange<Loop>::Stream::abort() {
  response_->abort();
}
template <class Loop>
void BasicExchange<Loop>::Stream::on_gone(UniqueFunction<void()> gone) {
  response_->on_gone(std::move(gone));
}
template <class Loop>
void BasicExchange<Loop>::Stream::release(Completion<NativeSocket> done) {
  response_->release(std::move(done));
}

template <class Loop>
BasicListener<Loop>::BasicListener(const HubRef& hub, ListenerOptions options)
    : core_(std::make_shared<detail::ListenerCore<Loop>>(hub.state().lock(), std::move(options))) {
  core_->start();
}

template <class Loop>
BasicListener<Loop>::~BasicListener() {
  core_->stop();
}

template <class Loop>
std::uint16_t BasicListener<Loop>::port() const {
  return core_->port();
}

template <class Loop>
std::size_t BasicListener<Loop>::connections() const {
  return core_->connections();
}

template <class Loop>
Mount BasicListener<Loop>::handle(std::string path, Handler handler) {
  auto gate = std::make_shared<CallGate>();
  const std::uint64_t id = core_->routes().add(
      std::move(path), [gate, handler = std::move(handler)](RequestSnapshot request, BasicExchange<Loop> exchange) {
        gate->call([&] { handler(std::move(request), std::move(exchange)); });
      });
  return Mount([core = std::weak_ptr(core_), gate, id] {
    if (const std::shared_ptr<detail::ListenerCore<Loop>> alive = core.lock()) alive->routes().remove(id);
    gate->close();
  });
}

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_LISTENER_HPP
