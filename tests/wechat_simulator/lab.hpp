// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_WECHAT_SIMULATOR_LAB_HPP
#define TIDINGS_TESTS_WECHAT_SIMULATOR_LAB_HPP

#include "support/wechat_simulator/json.hpp"
#include "support/wechat_simulator/simulator.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace lab {

using wechat_simulator::ApiRequest;
using wechat_simulator::Exchange;
using wechat_simulator::Json;
using wechat_simulator::Simulator;

inline constexpr const char* template_send = "/cgi-bin/message/template/send";
inline constexpr const char* app_send = "/cgi-bin/message/send";
inline constexpr const char* aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// One account of each kind; `more` is merged into that of the same place.
inline Json config_with(const Json& more = Json::array()) {
  Json config = Json::parse(R"({"seed": 3, "answers": {"rid": false}, "accounts": [
    {"kind": "oa", "appid": "wx1", "secret": "s1", "templates": [{"id": "T", "keys": {"thing1": "thing"}}],
     "users": [{"openid": "ann"}, {"openid": "ben", "subscribed": false}, {"openid": "cat", "blacklisted": true},
               {"openid": "dan", "refuses": true}]},
    {"kind": "mini", "appid": "wx2", "secret": "s2", "templates": [{"id": "M", "keys": {}}],
     "users": [{"openid": "eve", "allowances": {"M": 1}}], "pages": ["pages/index"]},
    {"kind": "wecom", "corpid": "ww1", "apps": [{"agentid": 7, "secret": "s7"}, {"agentid": 8, "secret": "s8"}],
     "members": [{"userid": "Ann", "parties": ["1"], "tags": ["t"]}, {"userid": "Ben", "parties": ["1"]},
                 {"userid": "Cat", "licensed": false}, {"userid": "Dan", "visible": [8]}]}]})");
  for (std::size_t i = 0; i < more.size(); ++i) config["accounts"][i].merge_patch(more[i]);
  return config;
}

/// Speaks to a simulator without a socket.
class Lab {
 public:
  using Query = std::map<std::string, std::string>;

  explicit Lab(const Json& config = config_with()) : simulator(config) {}

  Exchange exchange(ApiRequest request) {
    Exchange done = simulator.handle(request);
    simulator.on_finished(done.id);
    return done;
  }
  Json get(const std::string& path, const Query& query = {}) {
    return Json::parse(exchange({.method = "GET", .path = path, .query = query}).answer.body);
  }
  Json post(const std::string& path, const Query& query, const std::string& body) {
    return Json::parse(exchange({.method = "POST", .path = path, .query = query, .body = body}).answer.body);
  }
  Json post(const std::string& path, const std::string& token, const Json& body) {
    return post(path, Query{{"access_token", token}}, body.dump());
  }
  int code_of(const std::string& path, const std::string& token, const Json& body) {
    return post(path, token, body).at("errcode").get<int>();
  }

  Json plain_token() {
    return get("/cgi-bin/token", {{"grant_type", "client_credential"}, {"appid", "wx1"}, {"secret", "s1"}});
  }
  Json stable_token(const std::string& force = "false", const std::string& which = "1") {
    return post("/cgi-bin/stable_token", Query{},
                R"({"grant_type": "client_credential", "appid": "wx)" + which + R"(", "secret": "s)" + which +
                    R"(", "force_refresh": )" + force + "}");
  }
  Json app_token(const std::string& secret = "s7") {
    return get("/cgi-bin/gettoken", {{"corpid", "ww1"}, {"corpsecret", secret}});
  }
  static std::string value(const Json& token) { return token.at("access_token").get<std::string>(); }

  Json admin(const std::string& method, const std::string& path, const Json& body = Json::object(),
             const Query& query = {}) {
    const auto answer =
        simulator.admin({.method = method, .path = "/_sim/" + path, .query = query, .body = body.dump()});
    if (answer.status != 200) throw std::runtime_error(answer.body.dump());
    return answer.body;
  }
  void advance(std::int64_t ms) { admin("POST", "clock", {{"advance_ms", ms}}); }
  void fail(const Json& action, const Json& match = Json::object(), std::int64_t times = 1) {
    admin("POST", "faults", {{"match", match}, {"times", times}, {"action", action}});
  }
  std::size_t delivered() { return admin("GET", "delivered").at("entries").size(); }

  Simulator simulator;
};

inline Json template_message(const std::string& to = "ann") {
  return {{"touser", to}, {"template_id", "T"}, {"data", {{"thing1", {{"value", "tea"}}}}}};
}

inline Json app_message(const std::string& to, const std::string& text = "tea") {
  return {{"touser", to}, {"agentid", 7}, {"msgtype", "text"}, {"text", {{"content", text}}}};
}

}  // namespace lab

#endif  // TIDINGS_TESTS_WECHAT_SIMULATOR_LAB_HPP
