// SPDX-License-Identifier: BSL-1.0
//
// A responder that cannot say what its server is able to do.
//
// error: R::capabilities
// error: Responder

#include <tidings/hub/any_responder.hpp>

struct Response {
#ifdef GOOD
  static constexpr tidings::Capabilities capabilities{};
#endif
  void respond(tidings::ResponseHead head, tidings::SharedBytes body);
  void on_gone(tidings::UniqueFunction<void()> gone);
};

tidings::hub::AnyResponder erase(Response response) { return tidings::hub::AnyResponder(std::move(response)); }
