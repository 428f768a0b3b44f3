// SPDX-License-Identifier: BSL-1.0
//
// A stream whose write tells nobody when it is done.
//
// error: r\.write\(
// error: StreamingResponse

#include <tidings/delivery/response_wire.hpp>

struct Response {
  static constexpr tidings::Capabilities capabilities{};
  void start(tidings::ResponseHead head);
#ifdef GOOD
  void write(tidings::SharedBytes bytes, tidings::WriteDone done);
#else
  void write(tidings::SharedBytes bytes);
#endif
  void finish();
  void abort();
  void on_gone(tidings::UniqueFunction<void()> gone);
};

using Wire = tidings::delivery::ResponseWire<Response>;
Wire* wire = nullptr;
