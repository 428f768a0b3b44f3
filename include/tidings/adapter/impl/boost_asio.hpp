// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_BOOST_ASIO_HPP
#define TIDINGS_ADAPTER_IMPL_BOOST_ASIO_HPP

// Included before everything else of Boost.Asio, which of Boost 1.74 has thirteen namespaces outside of its own that are
// called as those of standalone Asio. Newer versions call them as it is done here; without that the two cannot be read
// by one unit.

#include <tidings/net/impl/asio_beside_boost.hpp>

#include <boost/asio/version.hpp>

#if BOOST_ASIO_VERSION < 101800
#error "tidings needs Boost 1.74 or newer for Beast"
#endif

#if BOOST_ASIO_VERSION < 102000 && !defined(BOOST_ASIO_QUERY_HPP)
#define TIDINGS_RENAMED_BOOST_ASIO
#define asio_execution_bulk_execute_fn boost_asio_execution_bulk_execute_fn
#define asio_execution_connect_fn boost_asio_execution_connect_fn
#define asio_execution_execute_fn boost_asio_execution_execute_fn
#define asio_execution_schedule_fn boost_asio_execution_schedule_fn
#define asio_execution_set_done_fn boost_asio_execution_set_done_fn
#define asio_execution_set_error_fn boost_asio_execution_set_error_fn
#define asio_execution_set_value_fn boost_asio_execution_set_value_fn
#define asio_execution_start_fn boost_asio_execution_start_fn
#define asio_execution_submit_fn boost_asio_execution_submit_fn
#define asio_prefer_fn boost_asio_prefer_fn
#define asio_query_fn boost_asio_query_fn
#define asio_require_concept_fn boost_asio_require_concept_fn
#define asio_require_fn boost_asio_require_fn
#include <boost/asio/execution/bulk_execute.hpp>
#include <boost/asio/execution/connect.hpp>
#include <boost/asio/execution/execute.hpp>
#include <boost/asio/execution/schedule.hpp>
#include <boost/asio/execution/set_done.hpp>
#include <boost/asio/execution/set_error.hpp>
#include <boost/asio/execution/set_value.hpp>
#include <boost/asio/execution/start.hpp>
#include <boost/asio/execution/submit.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/require_concept.hpp>
#undef asio_execution_bulk_execute_fn
#undef asio_execution_connect_fn
#undef asio_execution_execute_fn
#undef asio_execution_schedule_fn
#undef asio_execution_set_done_fn
#undef asio_execution_set_error_fn
#undef asio_execution_set_value_fn
#undef asio_execution_start_fn
#undef asio_execution_submit_fn
#undef asio_prefer_fn
#undef asio_query_fn
#undef asio_require_concept_fn
#undef asio_require_fn
#endif

#endif  // TIDINGS_ADAPTER_IMPL_BOOST_ASIO_HPP
