// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PACKAGE_CONSUMER_LIBRARY_HPP
#define TIDINGS_TESTS_PACKAGE_CONSUMER_LIBRARY_HPP

#include <tidings.hpp>

#if !defined(ASIO_STANDALONE)
#error "the target does not pass its definitions on"
#endif
#if defined(EXPECT_OUR_ASIO) && !defined(OUR_ASIO)
#error "the parent's asio::asio is not used"
#endif

#endif  // TIDINGS_TESTS_PACKAGE_CONSUMER_LIBRARY_HPP
