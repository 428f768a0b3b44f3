# SPDX-License-Identifier: BSL-1.0
#
# Flags of our own tests, examples and benchmarks. Users of the library get none of them.

set(TIDINGS_SANITIZE "" CACHE STRING "Sanitizers for our own programs: address,undefined or thread")

add_library(tidings_flags INTERFACE)
target_compile_options(tidings_flags INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees dangling and uninitialized members in inlined standard code that are none (GCC bugs 105562, 105329).
  target_compile_options(tidings_flags INTERFACE -Wno-restrict -Wshadow=local)
endif()
target_compile_definitions(tidings_flags INTERFACE ASIO_NO_DEPRECATED JSON_USE_IMPLICIT_CONVERSIONS=0)
if(TIDINGS_WERROR)
  target_compile_options(tidings_flags INTERFACE -Werror)
endif()
if(TIDINGS_SANITIZE)
  target_compile_options(tidings_flags INTERFACE -fsanitize=${TIDINGS_SANITIZE} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer)
  target_link_options(tidings_flags INTERFACE -fsanitize=${TIDINGS_SANITIZE})
endif()

target_link_libraries(tidings_compiled PRIVATE tidings_flags)

# cpp-httplib, if it is here, as the target tidings_httplib. Distributions compile it into a library; its pkg-config file
# has the macros that the header must then be read with. Elsewhere it is a header alone.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(TIDINGS_HTTPLIB QUIET IMPORTED_TARGET cpp-httplib)
endif()
find_path(TIDINGS_HTTPLIB_INCLUDE_DIR httplib.h)
find_library(TIDINGS_HTTPLIB_LIBRARY cpp-httplib)
if(TIDINGS_HTTPLIB_INCLUDE_DIR)
  find_package(Threads REQUIRED)
  add_library(tidings_httplib INTERFACE)
  target_include_directories(tidings_httplib SYSTEM INTERFACE "${TIDINGS_HTTPLIB_INCLUDE_DIR}")
  target_link_libraries(tidings_httplib INTERFACE Threads::Threads)
  if(TIDINGS_HTTPLIB_FOUND)
    target_link_libraries(tidings_httplib INTERFACE PkgConfig::TIDINGS_HTTPLIB)
  elseif(TIDINGS_HTTPLIB_LIBRARY)
    target_link_libraries(tidings_httplib INTERFACE "${TIDINGS_HTTPLIB_LIBRARY}")
  endif()
endif()

# Boost.Beast, if it is here, as the target tidings_beast; with OpenSSL also as tidings_beast_tls.
find_path(TIDINGS_BOOST_INCLUDE_DIR boost/beast/version.hpp)
if(TIDINGS_BOOST_INCLUDE_DIR)
  find_package(Threads REQUIRED)
  add_library(tidings_beast INTERFACE)
  target_include_directories(tidings_beast SYSTEM INTERFACE "${TIDINGS_BOOST_INCLUDE_DIR}")
  target_link_libraries(tidings_beast INTERFACE Threads::Threads)
  find_package(OpenSSL 3 QUIET)
  if(OPENSSL_FOUND)
    add_library(tidings_beast_tls INTERFACE)
    target_link_libraries(tidings_beast_tls INTERFACE tidings_beast OpenSSL::SSL OpenSSL::Crypto)
  endif()
endif()

# civetweb, if it is here, as the target tidings_civetweb: a C library without a CMake file or pkg-config file on Debian.
find_path(TIDINGS_CIVETWEB_INCLUDE_DIR civetweb.h)
find_library(TIDINGS_CIVETWEB_LIBRARY civetweb)
if(TIDINGS_CIVETWEB_INCLUDE_DIR AND TIDINGS_CIVETWEB_LIBRARY)
  find_package(Threads REQUIRED)
  add_library(tidings_civetweb INTERFACE)
  target_include_directories(tidings_civetweb SYSTEM INTERFACE "${TIDINGS_CIVETWEB_INCLUDE_DIR}")
  target_link_libraries(tidings_civetweb INTERFACE "${TIDINGS_CIVETWEB_LIBRARY}" Threads::Threads)
endif()

# RESTinio, if it is here, as the target tidings_restinio: headers, and the libraries that they need.
find_path(TIDINGS_RESTINIO_INCLUDE_DIR restinio/http_server.hpp)
find_library(TIDINGS_FMT_LIBRARY fmt)
find_library(TIDINGS_HTTP_PARSER_LIBRARY http_parser)
if(TIDINGS_RESTINIO_INCLUDE_DIR AND TIDINGS_FMT_LIBRARY AND TIDINGS_HTTP_PARSER_LIBRARY)
  find_package(Threads REQUIRED)
  add_library(tidings_restinio INTERFACE)
  target_include_directories(tidings_restinio SYSTEM INTERFACE "${TIDINGS_RESTINIO_INCLUDE_DIR}")
  target_link_libraries(tidings_restinio INTERFACE "${TIDINGS_FMT_LIBRARY}" "${TIDINGS_HTTP_PARSER_LIBRARY}"
                                                   Threads::Threads)
  # RESTinio 0.6 uses what Asio has deprecated; ours stays checked by everything else.
  target_compile_options(tidings_restinio INTERFACE -UASIO_NO_DEPRECATED)
endif()

find_program(TIDINGS_CCACHE ccache)
if(TIDINGS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TIDINGS_CCACHE}")
endif()
