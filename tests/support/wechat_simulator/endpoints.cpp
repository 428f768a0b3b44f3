// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/endpoints.hpp"

#include <map>

namespace wechat_simulator {

Endpoint find_endpoint(const std::string& path) {
  static const std::map<std::string, Endpoint> endpoints{
      {"/cgi-bin/token", plain_token},
      {"/cgi-bin/stable_token", stable_token},
      {"/cgi-bin/gettoken", wecom_token},
      {"/cgi-bin/clear_quota", clear_quota},
      {"/cgi-bin/clear_quota/v2", clear_quota_by_secret},
      {"/cgi-bin/openapi/quota/get", get_quota},
      {"/cgi-bin/message/template/send", send_template},
      {"/cgi-bin/message/subscribe/bizsend", send_notice},
      {"/cgi-bin/message/subscribe/send", send_subscribe},
      {"/cgi-bin/message/custom/send", send_customer},
      {"/cgi-bin/message/wxopen/template/uniform_send", send_uniform},
      {"/cgi-bin/message/send", send_app_message},
  };
  const auto found = endpoints.find(path);
  return found == endpoints.end() ? nullptr : found->second;
}

bool says_errcode(const std::string& path) { return path != "/cgi-bin/token" && path != "/cgi-bin/stable_token"; }

bool is_wecom_path(const std::string& path) { return path == "/cgi-bin/gettoken" || path == "/cgi-bin/message/send"; }

std::string error_text(int code) {
  static const std::map<int, std::string> texts{
      {-1, "system error"},
      {40001, "invalid credential, access_token is invalid or not latest"},
      {40002, "invalid grant_type"},
      {40003, "invalid openid"},
      {40008, "invalid message type"},
      {40013, "invalid appid"},
      {40014, "invalid access_token"},
      {40032, "invalid openid list size"},
      {40033, "invalid charset. please check your request, if include \\uxxxx will create fail!"},
      {40037, "invalid template_id"},
      {40091, "invalid secret"},
      {41001, "access_token missing"},
      {41002, "appid missing"},
      {41004, "appsecret missing"},
      {41030, "invalid page"},
      {42001, "access_token expired"},
      {43002, "require POST method"},
      {43004, "require subscribe"},
      {43019, "require remove blacklist"},
      {43101, "user refuse to accept the msg"},
      {44002, "empty post data"},
      {44004, "empty content"},
      {45002, "content size out of limit"},
      {45009, "reach max api daily quota limit"},
      {45011, "api minute-quota reach limit, must slower, retry next minute"},
      {45015, "response out of time limit or subscription is canceled"},
      {45033, "api concurrent out of limit"},
      {45047, "out of response count limit"},
      {45109, "this api has been withdrawn"},
      {47001, "data format error"},
      {47003, "argument invalid!"},
      {48001, "api unauthorized"},
      {48002, "user refuses to accept messages"},
      {48006, "forbid to clear quota because of reaching the limit"},
      {50002, "user limited"},
      {76021, "cgi_path not found, please check"},
      {76022, "could not use this cgi_path, no permission"},
      {81013, "user & party & tag all invalid"},
      {82001, "user & party & tag all empty"},
      {82002, "party count out of limit"},
      {82003, "tag count out of limit"},
      {301002, "not allow operate another agent with this accesstoken"},
  };
  const auto found = texts.find(code);
  return found == texts.end() ? "error " + std::to_string(code) : found->second;
}

}  // namespace wechat_simulator
