// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TOKEN_REQUEST_HPP
#define TIDINGS_WECHAT_TOKEN_REQUEST_HPP

#include <tidings/protocol/http/query.hpp>
#include <tidings/protocol/json_text.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/endpoint.hpp>
#include <tidings/wechat/endpoint_traits.hpp>

#include <cstdint>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What asks for an access token.
struct TokenRequest {
  Endpoint endpoint = Endpoint::stable_token;
  /// Path and query; has the secret in it, unless the endpoint is `stable_token`. Never to be logged.
  std::string target;
  /// JSON; empty = GET. Has the secret in it.
  std::string body{};
};

/// Path and query of a call that says its token.
inline std::string request_target(Endpoint endpoint, std::string_view token) {
  std::string target = traits_of(endpoint).path;
  target += "?access_token=";
  protocol::append_percent_encoded(target, token);
  return target;
}

/// @param endpoint  token, stable_token (never forced: the present token goes on) or wecom_token.
/// @param app       The appid; of WeCom the corpid.
inline TokenRequest token_request(Endpoint endpoint, std::string_view app, std::string_view secret) {
  TokenRequest request{endpoint, traits_of(endpoint).path};
  if (endpoint == Endpoint::stable_token) {
    request.body = R"({"grant_type":"client_credential","appid":)";
    protocol::append_json_string(request.body, app);
    request.body += R"(,"secret":)";
    protocol::append_json_string(request.body, secret);
    request.body += '}';
    return request;
  }
  const bool wecom = endpoint == Endpoint::wecom_token;
  request.target += wecom ? "?corpid=" : "?grant_type=client_credential&appid=";
  protocol::append_percent_encoded(request.target, app);
  request.target += wecom ? "&corpsecret=" : "&secret=";
  protocol::append_percent_encoded(request.target, secret);
  return request;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_TOKEN_REQUEST_HPP
