// SPDX-License-Identifier: BSL-1.0
//
// A client that does not say what became of a call: nobody would know whether it may be made again.
//
// error: c\.call\(
// error: HttpClient

#include <tidings/http_client.hpp>

struct Mine {
#ifdef GOOD
  void call(tidings::HttpCall request, tidings::Completion<tidings::HttpAnswer> done);
#else
  void call(tidings::HttpCall request, tidings::Completion<> done);
#endif
};

template <tidings::HttpClient C>
void take(C& client);
void use(Mine& client) { take(client); }
