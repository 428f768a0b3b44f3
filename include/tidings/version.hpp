// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_VERSION_HPP
#define TIDINGS_VERSION_HPP

// The build files read the version from these three lines.
#define TIDINGS_VERSION_MAJOR 0
#define TIDINGS_VERSION_MINOR 1
#define TIDINGS_VERSION_PATCH 0

// Everything lives in an inline namespace, so that two versions in one program fail at link instead of at run time.
#if defined(TIDINGS_USE_BOOST_ASIO)
#define TIDINGS_ABI_NAMESPACE v0_boost_asio
#else
#define TIDINGS_ABI_NAMESPACE v0
#endif

#define TIDINGS_NAMESPACE_BEGIN \
  namespace tidings {           \
  inline namespace TIDINGS_ABI_NAMESPACE {
#define TIDINGS_NAMESPACE_END \
  }                           \
  }

#endif  // TIDINGS_VERSION_HPP
