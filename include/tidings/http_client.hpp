// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HTTP_CLIENT_HPP
#define TIDINGS_HTTP_CLIENT_HPP

#include <tidings/completion.hpp>
#include <tidings/http_answer.hpp>
#include <tidings/http_call.hpp>
#include <tidings/version.hpp>

#include <concepts>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// Makes calls to HTTP servers.
/// | c.call(request, done) | void | done(error_code, HttpAnswer) exactly once, from any thread, also inline |
/// Without an error the answer is there as a whole, whatever its status; redirects are not followed. With one,
/// `HttpAnswer::maybe_sent` says whether the server may have got the request. Certificates are verified.
/// Thread: any, many calls at a time. Lifetime: destroyed, it completes what is under way with errc::closed.
template <class C>
concept HttpClient = requires(C& c, HttpCall request, Completion<HttpAnswer> done) {
  { c.call(std::move(request), std::move(done)) } -> std::same_as<void>;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HTTP_CLIENT_HPP
