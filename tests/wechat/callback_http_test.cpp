// SPDX-License-Identifier: BSL-1.0

// A callback URL on real servers, called by curl.

#include <tidings/adapter/httplib.hpp>
#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/wechat_callback.hpp>

#include "support/httplib_server.hpp"
#include "support/temporary_folder.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include "wechat/callback_sender.hpp"
#include "wechat/callback_vectors.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace {

using support::CallbackSender;
using support::Mailbox;
using tidings::RequestSnapshot;
using tidings::WechatCallback;
using tidings::wechat::CallbackAccount;
using tidings::wechat::CallbackEvent;

CallbackAccount served_account() {
  return {.name = "oa",
          .id = std::string(vectors::app),
          .token = std::string(vectors::token),
          .aes_key = std::string(vectors::aes_key)};
}

struct Answer {
  int status = 0;
  std::string body{};
};

/// What curl makes of a request that a sender wrote.
Answer curl(std::uint16_t port, const RequestSnapshot& request) {
  const support::TemporaryFolder folder;
  std::string command = "curl -s --max-time 20 -w '%{http_code}' -H 'Expect:' -H 'Content-Type: text/xml' ";
  if (request.method == "POST") command += "--data-binary '@" + folder.write("body", request.body) + "' ";
  command += "'http://127.0.0.1:" + std::to_string(port) + request.target + "'";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("no curl");
  std::string out;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out.push_back(static_cast<char>(c));
  ::pclose(pipe);
  if (out.size() < 3) throw std::runtime_error("curl said nothing");
  return {std::atoi(out.substr(out.size() - 3).c_str()), out.substr(0, out.size() - 3)};
}

class OnListener {
 public:
  explicit OnListener(const WechatCallback& callback)
      : listener_(hub_, {.port = 0}), mount_(listener_.handle("/wechat", callback.handler())) {}
  std::uint16_t port() const { return listener_.port(); }

 private:
  tidings::Hub<> hub_;
  tidings::adapter::Listener listener_;
  tidings::Mount mount_;
};

class OnHttplib {
 public:
  explicit OnHttplib(const WechatCallback& callback)
      : mount_(tidings::adapter::handle(server_.get(), "/wechat", callback.handler())) {
    server_.get().set_keep_alive_timeout(1);
    server_.start();
  }
  std::uint16_t port() const { return server_.port(); }

 private:
  support::HttplibServer server_;
  tidings::Mount mount_;
};

template <class Server>
struct Served {
  Mailbox<std::string> given{};
  WechatCallback callback{{served_account()},
                          [this](const std::string&, const CallbackEvent& event) { given.put(event.msgid); }};
  Server server{callback};
  CallbackSender sender{served_account()};
  std::int64_t now = tidings::io::wall_now().ms / 1000;

  Answer ask(const RequestSnapshot& request) { return curl(server.port(), request); }
};

}  // namespace

TEMPLATE_TEST_CASE("a receipt over HTTP is acknowledged and given", "[wechat][callback][http]", OnListener, OnHttplib) {
  Served<TestType> served;
  const RequestSnapshot request = served.sender.safe(vectors::receipt, served.now, "n1");
  Answer answer = served.ask(request);
  CHECK(answer.status == 200);
  CHECK(answer.body == "success");
  CHECK(served.given.expect() == "3557254367693750277");
  // Played again it is answered as before, and brings nothing: the next one given is the next one sent.
  answer = served.ask(request);
  CHECK(answer.status == 200);
  CHECK(answer.body == "success");
  std::string next(vectors::receipt);
  next.replace(next.find("3557254367693750277"), 19, "2");
  CHECK(served.ask(served.sender.safe(next, served.now, "n2")).status == 200);
  CHECK(served.given.expect() == "2");
}

TEMPLATE_TEST_CASE("the console's question over HTTP is answered", "[wechat][callback][http]", OnListener, OnHttplib) {
  Served<TestType> served;
  const Answer answer = served.ask(served.sender.ask("5927782489442352469+/=", served.now, "n1"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "5927782489442352469+/=");
}

TEMPLATE_TEST_CASE("over HTTP nothing of a stranger gets in", "[wechat][callback][http]", OnListener, OnHttplib) {
  Served<TestType> served;
  CallbackAccount stranger = served_account();
  stranger.token = "other";
  const CallbackSender forger(stranger);
  Answer answer = served.ask(forger.safe(vectors::receipt, served.now, "n1"));
  CHECK(answer.status == 403);
  CHECK(answer.body == "unauthorized");
  CHECK(served.ask(forger.ask("echo", served.now, "n1")).status == 403);
  CHECK(served.ask(served.sender.plain(vectors::receipt, served.now, "n1")).status == 403);
  answer = served.ask(served.sender.safe(vectors::receipt, served.now - 3600, "n1"));
  CHECK(answer.status == 403);
  CHECK(answer.body == "expired");
  const RequestSnapshot question = served.sender.ask("echo", served.now, "n2");
  CHECK(served.ask(question).status == 200);
  RequestSnapshot other = question;
  other.target.replace(other.target.find("echostr=echo"), 12, "echostr=else");
  CHECK(served.ask(other).status == 403);
  CHECK(served.given.size() == 0);
}

TEMPLATE_TEST_CASE("a body of 1 MB is refused over HTTP", "[wechat][callback][http]", OnListener, OnHttplib) {
  Served<TestType> served;
  RequestSnapshot request = served.sender.safe(vectors::receipt, served.now, "n1");
  request.body.append(1'000'000, ' ');
  CHECK(served.ask(request).status == 413);
  CHECK(served.given.size() == 0);
  CHECK(served.ask(served.sender.safe(vectors::receipt, served.now, "n2")).status == 200);
  CHECK(served.given.expect() == "3557254367693750277");
}

TEMPLATE_TEST_CASE("the server may outlive the callback", "[wechat][callback][http]", OnListener, OnHttplib) {
  auto callback =
      std::make_unique<WechatCallback>(std::vector{served_account()}, [](const std::string&, const CallbackEvent&) {});
  const TestType server(*callback);
  callback.reset();
  const CallbackSender sender(served_account());
  CHECK(curl(server.port(), sender.safe(vectors::receipt, tidings::io::wall_now().ms / 1000, "n1")).status == 503);
}
