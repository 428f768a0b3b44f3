// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_SRC_HPP
#define TIDINGS_SRC_HPP

#include <tidings/adapter/listener.hpp>
#include <tidings/delivery/poll_carrier.hpp>
#include <tidings/delivery/room.hpp>
#include <tidings/delivery/session.hpp>
#include <tidings/delivery/shard.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/hub.hpp>
#include <tidings/hub/engine.hpp>
#include <tidings/hub/poll_service.hpp>
#include <tidings/net/descriptor_set.hpp>
#include <tidings/net/loop.hpp>
#include <tidings/net/socket_bytes.hpp>
#include <tidings/net/socket_wire.hpp>
#include <tidings/store/memory_ledger.hpp>
#include <tidings/store/memory_store.hpp>

/// The part of the library that is the same for everybody, for programs of more than a few source files: each of them
/// compiles it anew, unless all are compiled with `TIDINGS_SEPARATE_COMPILATION` and exactly one includes this header.
///
/// ```cpp
/// // tidings.cpp; and -DTIDINGS_SEPARATE_COMPILATION for all files
/// #include <tidings/src.hpp>
/// ```
/// Everything else stays as it is. CMake has this as the target `tidings::compiled`.
TIDINGS_NAMESPACE_BEGIN

namespace delivery {
template class BasicRoom<LoopExecutor>;
template class BasicSession<LoopExecutor>;
template class BasicShard<LoopExecutor>;
template class BasicPollCarrier<LoopExecutor>;
}  // namespace delivery

namespace hub {
template class BasicEngine<delivery::LoopExecutor>;
template class BasicPollService<Core>;
}  // namespace hub

namespace io {
template class BasicDescriptorSet<net::io_context>;
template class BasicLoop<net::io_context>;
template class BasicSocketBytes<Loop>;
template class BasicSocketWire<Loop>;
}  // namespace io

template class BasicMemoryLedger<MemoryLedgerOptions>;
template class BasicMemoryStore<MemoryStoreOptions>;
template class BasicHubState<io::Loop>;
template class BasicEndpoint<HubState>;

namespace adapter {
template class BasicExchange<io::Loop>;
template class BasicListener<io::Loop>;
}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_SRC_HPP
