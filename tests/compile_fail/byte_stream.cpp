// SPDX-License-Identifier: BSL-1.0
//
// A byte stream that cannot end its side alone.
//
// error: s\.shut\(
// error: ByteStream

#include <tidings/delivery/stream_bytes.hpp>

struct Stream {
  static constexpr tidings::Capabilities capabilities{};
  void read_some(std::span<char> buffer, tidings::Completion<std::size_t> done);
  void write(tidings::SharedBytes bytes, tidings::WriteDone done);
#ifdef GOOD
  void shut();
#endif
  void abort();
  std::string prefetched();
};

using Wire = tidings::delivery::StreamBytes<Stream>;
Wire* wire = nullptr;
