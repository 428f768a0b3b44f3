// SPDX-License-Identifier: BSL-1.0
//
// A sink that does not say whether its peer is gone.
//
// error: s\.write\(
// error: BlockingSink

#include <tidings/adapter/blocking_stream.hpp>

struct Sink {
#ifdef GOOD
  bool write(std::string_view bytes);
#else
  void write(std::string_view bytes);
#endif
  bool alive();
};

bool run(tidings::adapter::BlockingStream& stream, Sink& sink) { return stream.run(sink, std::chrono::seconds(1)); }
