// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PACKAGE_CONSUMER_LIBRARY_HPP
#define TIDINGS_TESTS_PACKAGE_CONSUMER_LIBRARY_HPP

#include <tidings.hpp>

#if defined(EXPECT_BOOST_ASIO)
#if !defined(BOOST_ASIO_VERSION) || defined(ASIO_VERSION) || defined(ASIO_STANDALONE)
#error "it is not Boost.Asio alone"
#endif
#elif !defined(ASIO_STANDALONE)
#error "the target does not pass its definitions on"
#endif
#if defined(EXPECT_OUR_ASIO) && !defined(OUR_ASIO)
#error "the parent's asio::asio is not used"
#endif

#endif  // TIDINGS_TESTS_PACKAGE_CONSUMER_LIBRARY_HPP
