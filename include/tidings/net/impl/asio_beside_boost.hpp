// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_IMPL_ASIO_BESIDE_BOOST_HPP
#define TIDINGS_NET_IMPL_ASIO_BESIDE_BOOST_HPP

// Boost 1.74 has thirteen namespaces outside of its own that standalone Asio has too. In a unit that has read Boost's
// first, ours are called otherwise from here on. Does nothing in other units.

#if !defined(TIDINGS_USE_BOOST_ASIO) && defined(BOOST_ASIO_QUERY_HPP) && !defined(TIDINGS_RENAMED_BOOST_ASIO) && \
    !defined(ASIO_QUERY_HPP)
#include <boost/asio/version.hpp>
#if BOOST_ASIO_VERSION < 102000
// All of them, so that none comes later and meets the new names.
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
#define asio_execution_bulk_execute_fn standalone_asio_execution_bulk_execute_fn
#define asio_execution_connect_fn standalone_asio_execution_connect_fn
#define asio_execution_execute_fn standalone_asio_execution_execute_fn
#define asio_execution_schedule_fn standalone_asio_execution_schedule_fn
#define asio_execution_set_done_fn standalone_asio_execution_set_done_fn
#define asio_execution_set_error_fn standalone_asio_execution_set_error_fn
#define asio_execution_set_value_fn standalone_asio_execution_set_value_fn
#define asio_execution_start_fn standalone_asio_execution_start_fn
#define asio_execution_submit_fn standalone_asio_execution_submit_fn
#define asio_prefer_fn standalone_asio_prefer_fn
#define asio_query_fn standalone_asio_query_fn
#define asio_require_concept_fn standalone_asio_require_concept_fn
#define asio_require_fn standalone_asio_require_fn
#endif
#endif

#endif  // TIDINGS_NET_IMPL_ASIO_BESIDE_BOOST_HPP
