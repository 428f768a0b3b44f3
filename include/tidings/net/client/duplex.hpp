// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_DUPLEX_HPP
#define TIDINGS_NET_CLIENT_DUPLEX_HPP

#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// A connection of a client, plain or secured: bytes in both directions.
///
/// Thread    its executor's: the client's strand. One read and one write at a time.
/// Lifetime  shared; what is under way holds it. `close` ends that.
class Duplex {
 public:
  using Done = UniqueFunction<void(std::error_code, std::size_t)>;

  virtual ~Duplex() = default;

  /// Shakes hands where it is secured; `done` gets 0 bytes.
  ///
  /// @param host  Whose certificate it must be.
  virtual void open(const std::string& host, Done done) = 0;
  /// At least one byte; 0 without an error = the peer sends no more.
  virtual void read_some(std::span<char> into, Done done) = 0;
  /// All of it. `bytes` must live until `done` is called.
  virtual void write(std::string_view bytes, Done done) = 0;
  /// Nothing more will be written.
  virtual void finish() = 0;
  /// Drops the connection; what is under way ends with an error.
  virtual void close() = 0;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_DUPLEX_HPP
