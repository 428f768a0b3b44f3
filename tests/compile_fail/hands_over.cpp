// SPDX-License-Identifier: BSL-1.0
//
// A response that hands over a bare descriptor, and with it loses what the parser had read beyond the request.
//
// error: r\.release\(
// error: HandsOver

#include <tidings/concepts.hpp>

struct Response {
#ifdef GOOD
  void release(tidings::Completion<tidings::NativeSocket> done);
#else
  void release(tidings::Completion<int> done);
#endif
};

template <tidings::HandsOver R>
void take(R& response);
void use(Response& response) { take(response); }
