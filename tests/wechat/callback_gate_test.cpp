// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat/callback_gate.hpp>

#include <catch2/catch_test_macros.hpp>

#include "wechat/callback_sender.hpp"
#include "wechat/callback_vectors.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using support::CallbackSender;
using tidings::errc;
using tidings::RequestSnapshot;
using tidings::wall_time;
using tidings::wechat::CallbackAccount;
using tidings::wechat::CallbackDecision;
using tidings::wechat::CallbackEvent;
using tidings::wechat::CallbackGate;
using tidings::wechat::CallbackGateOptions;
using Decided = CallbackDecision::Kind;
using Mode = CallbackAccount::Mode;
using tidings::wechat::Platform;

constexpr std::int64_t second = 1'700'000'000;
constexpr wall_time now{second * 1000 + 250};

CallbackAccount account_of(std::string name = "oa", Mode mode = Mode::safe) {
  return {.name = std::move(name),
          .mode = mode,
          .id = std::string(vectors::app),
          .token = std::string(vectors::token),
          .aes_key = std::string(vectors::aes_key)};
}

CallbackAccount wecom_of(std::string name = "corp", std::string agent = {}) {
  CallbackAccount account = account_of(std::move(name));
  account.platform = Platform::wecom;
  account.id = std::string(vectors::corp);
  account.agent_id = std::move(agent);
  return account;
}

std::string receipt(std::string_view msgid, std::string_view user = "o1", std::int64_t time = second) {
  return "<xml><ToUserName>gh_1</ToUserName><FromUserName>" + std::string(user) + "</FromUserName><CreateTime>" +
         std::to_string(time) + "</CreateTime><MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>" +
         std::string(msgid) + "</MsgID><Status>success</Status></xml>";
}

std::string event_xml(std::string_view event, std::int64_t time = second, std::string_view user = "o1") {
  return "<xml><ToUserName>gh_1</ToUserName><FromUserName>" + std::string(user) + "</FromUserName><CreateTime>" +
         std::to_string(time) + "</CreateTime><MsgType>event</MsgType><Event>" + std::string(event) + "</Event></xml>";
}

void refused(const CallbackDecision& decision, errc why, int status) {
  CHECK(decision.kind == Decided::refused);
  CHECK(decision.why == why);
  CHECK(decision.head.status == status);
  CHECK(decision.body == to_string(why));
  CHECK(decision.account.empty());
  CHECK_FALSE(decision.event);
}

void accepted(const CallbackDecision& decision, std::string_view account) {
  CHECK(decision.kind == Decided::accepted);
  CHECK_FALSE(decision.why);
  CHECK(decision.head.status == 200);
  CHECK(decision.body == "success");
  CHECK(decision.account == account);
  CHECK(decision.event);
}

// A request with one piece of its target replaced.
RequestSnapshot changed(RequestSnapshot request, std::string_view from, std::string_view to) {
  request.target.replace(request.target.find(from), from.size(), to);
  return request;
}

}  // namespace

TEST_CASE("the console's question is answered with its own text, or with what WeCom encrypted", "[wechat][callback]") {
  CallbackGate gate({account_of(), wecom_of()});
  CallbackDecision decision = gate.on_request(CallbackSender(account_of()).ask("<b>+/=", second, "n1"), now);
  CHECK(decision.kind == Decided::verified);
  CHECK(decision.head.status == 200);
  CHECK(decision.body == "<b>+/=");
  CHECK(decision.account == "oa");
  CHECK(decision.head.headers[0].value == "text/plain; charset=utf-8");
  CHECK(decision.head.headers[1].value == "nosniff");

  const RequestSnapshot question = CallbackSender(wecom_of()).ask("1616140317555161061", second, "n1");
  decision = gate.on_request(question, now);
  CHECK(decision.kind == Decided::verified);
  CHECK(decision.body == "1616140317555161061");
  CHECK(decision.account == "corp");
  CHECK(gate.on_request(question, now).kind == Decided::verified);
  CHECK_FALSE(decision.event);
}

TEST_CASE("a question of WeCom whose plus signs nobody escaped is answered", "[wechat][callback]") {
  CallbackGate gate({wecom_of()});
  RequestSnapshot question;
  question.method = "GET";
  question.target = "/wechat?msg_signature=" + std::string(vectors::good[3].signature) +
                    "&timestamp=1700000000&nonce=nonce123&echostr=" + std::string(vectors::good[3].encrypted);
  REQUIRE(question.target.find('+') != std::string::npos);
  CHECK(gate.on_request(question, now).body == vectors::good[3].message);
}

TEST_CASE("an encrypted receipt is acknowledged and told", "[wechat][callback]") {
  CallbackGate gate({account_of()});
  const CallbackSender sender(account_of());
  const CallbackDecision decision = gate.on_request(sender.safe(vectors::receipt, second, "n1"), now);
  accepted(decision, "oa");
  CHECK(decision.event->msgid == "3557254367693750277");
  CHECK_FALSE(decision.previous_key);
  const std::string json = R"({"ToUserName":"gh_1","Encrypt":"ENCRYPT"})";
  accepted(gate.on_request(sender.safe(receipt("2"), second, "n2", json), now), "oa");
}

TEST_CASE("what is not signed by the account is refused before it is opened", "[wechat][callback]") {
  CallbackGate gate({account_of()});
  const CallbackSender sender(account_of());
  const RequestSnapshot right = sender.safe(vectors::receipt, second, "n1");
  CallbackAccount stranger = account_of();
  stranger.token = "other";
  refused(gate.on_request(CallbackSender(stranger).safe(vectors::receipt, second, "n1"), now), errc::unauthorized, 403);
  refused(gate.on_request(changed(right, "nonce=n1", "nonce=n2"), now), errc::unauthorized, 403);
  refused(gate.on_request(changed(right, "timestamp=1700000000", "timestamp=1700000001"), now), errc::unauthorized,
          403);
  refused(gate.on_request(changed(right, "msg_signature=", "msg_signature=0"), now), errc::unauthorized, 403);
  RequestSnapshot other_body = right;
  other_body.body = sender.safe(receipt("2"), second, "n1").body;
  refused(gate.on_request(other_body, now), errc::unauthorized, 403);
  // The signature of the three is right, and covers no content.
  refused(gate.on_request(sender.plain(vectors::receipt, second, "n1"), now), errc::unauthorized, 403);
  CHECK(gate.on_request(sender.ask("echo", second, "n3"), now).kind == Decided::verified);
  refused(gate.on_request(changed(sender.ask("echo", second, "n4"), "signature=", "signature=0"), now),
          errc::unauthorized, 403);
  accepted(gate.on_request(right, now), "oa");
}

TEST_CASE("rightly signed and wrong inside is one error, whatever is wrong", "[wechat][callback]") {
  CallbackAccount account = wecom_of();
  CallbackGate gate({account});
  for (const vectors::Sealed& each : vectors::bad) {
    CAPTURE(each.name);
    RequestSnapshot request;
    request.method = "POST";
    request.target = "/wechat?msg_signature=" + std::string(each.signature) + "&timestamp=1700000000&nonce=nonce123";
    request.body = "<xml><Encrypt>" + std::string(each.encrypted) + "</Encrypt></xml>";
    refused(gate.on_request(request, now), errc::invalid_envelope, 400);
    request.method = "GET";
    std::string sealed(each.encrypted);
    for (std::size_t at = 0; (at = sealed.find('+', at)) != std::string::npos;) sealed.replace(at, 1, "%2B");
    request.target += "&echostr=" + sealed;
    request.body.clear();
    refused(gate.on_request(request, now), errc::invalid_envelope, 400);
  }
  const CallbackSender sender(account);
  refused(gate.on_request(sender.safe("no callback", second, "n1"), now), errc::invalid_envelope, 400);
  refused(gate.on_request(sender.safe("<xml><Encrypt>x</Encrypt></xml>", second, "n2"), now), errc::invalid_envelope,
          400);
  refused(gate.on_request(sender.safe("<xml>\xFF</xml>", second, "n3"), now), errc::invalid_utf8, 400);
}

TEST_CASE("what is no callback is refused for its form", "[wechat][callback]") {
  CallbackGate gate({account_of()}, {.max_body_bytes = 1000});
  const CallbackSender sender(account_of());
  const RequestSnapshot right = sender.safe(receipt("1"), second, "n1");
  for (const char* method : {"PUT", "HEAD", "OPTIONS", "get", ""}) {
    RequestSnapshot request = right;
    request.method = method;
    const CallbackDecision decision = gate.on_request(request, now);
    refused(decision, errc::not_supported, 405);
    CHECK(decision.head.headers.back().value == "GET, POST");
  }
  RequestSnapshot request = right;
  request.target = "/wechat";
  refused(gate.on_request(request, now), errc::malformed_request, 400);
  for (const char* name : {"timestamp=", "nonce="}) {
    refused(gate.on_request(changed(right, name, "x="), now), errc::malformed_request, 400);
  }
  for (const char* time : {"", "x", "-1", "17000000001700000000", "0001700000000"}) {
    refused(gate.on_request(changed(right, "timestamp=1700000000", std::string("timestamp=") + time), now),
            errc::malformed_request, 400);
  }
  refused(gate.on_request(changed(right, "nonce=n1", "nonce=" + std::string(65, '1')), now), errc::malformed_request,
          400);
  refused(gate.on_request(changed(sender.ask("echo", second, "n1"), "&echostr=echo", ""), now), errc::malformed_request,
          400);
  refused(gate.on_request(sender.ask(std::string(2049, 'e'), second, "n1"), now), errc::malformed_request, 400);
  request = right;
  request.body.clear();
  refused(gate.on_request(request, now), errc::invalid_envelope, 400);
  request.body.assign(1001, 'x');
  refused(gate.on_request(request, now), errc::body_too_large, 413);
  accepted(gate.on_request(right, now), "oa");
}

TEST_CASE("a timestamp more than five minutes away is refused", "[wechat][callback]") {
  CallbackGate gate({account_of()});
  const CallbackSender sender(account_of());
  int number = 0;
  const auto at = [&](std::int64_t offset) {
    const std::string name = std::to_string(++number);
    return gate.on_request(sender.safe(receipt(name), second + offset, name), now);
  };
  accepted(at(-300), "oa");
  accepted(at(300), "oa");
  refused(at(-301), errc::expired, 403);
  refused(at(301), errc::expired, 403);
}

TEST_CASE("the same request again is acknowledged and told as repeated", "[wechat][callback]") {
  using std::chrono::minutes;
  using std::chrono::seconds;
  for (const Mode mode : {Mode::safe, Mode::plain}) {
    CallbackGate gate({account_of("oa", mode)});
    const CallbackSender sender(account_of());
    const auto make = [&](std::string_view message, std::string_view nonce) {
      return mode == Mode::safe ? sender.safe(message, second, nonce) : sender.plain(message, second, nonce);
    };
    const RequestSnapshot request = make(receipt("1"), "n1");
    accepted(gate.on_request(request, now), "oa");
    for (const wall_time later : {now, now + seconds(5), now + minutes(4)}) {
      const CallbackDecision decision = gate.on_request(request, later);
      CHECK(decision.kind == Decided::repeated);
      CHECK(decision.head.status == 200);
      CHECK(decision.body == "success");
      REQUIRE(decision.event);
      CHECK(decision.event->msgid == "1");
    }
    refused(gate.on_request(request, now + minutes(6)), errc::expired, 403);
  }
}

TEST_CASE("a signature that does not cover the content serves for one content", "[wechat][callback]") {
  CallbackGate gate({account_of("oa", Mode::plain)});
  const CallbackSender sender(account_of());
  const RequestSnapshot request = sender.plain(receipt("1"), second, "n1");
  accepted(gate.on_request(request, now), "oa");
  RequestSnapshot forged = request;
  forged.body = receipt("2");
  refused(gate.on_request(forged, now), errc::unauthorized, 403);
  const RequestSnapshot question = sender.ask("echo", second, "n2");
  CHECK(gate.on_request(question, now).kind == Decided::verified);
  refused(gate.on_request(changed(question, "echostr=echo", "echostr=else"), now), errc::unauthorized, 403);
}

TEST_CASE("two encrypted callbacks of one second may have the same nonce", "[wechat][callback]") {
  CallbackGate gate({account_of()});
  const CallbackSender sender(account_of());
  accepted(gate.on_request(sender.safe(receipt("1"), second, "n1"), now), "oa");
  accepted(gate.on_request(sender.safe(receipt("2"), second, "n1"), now), "oa");
}

TEST_CASE("an event that comes in another request is repeated, and two that look alike are not", "[wechat][callback]") {
  CallbackGate gate({account_of(), wecom_of()});
  const CallbackSender sender(account_of());
  int number = 0;
  const auto kind = [&](const std::string& message) {
    return gate.on_request(sender.safe(message, second, "n" + std::to_string(++number)), now).kind;
  };
  CHECK(kind(receipt("1")) == Decided::accepted);
  CHECK(kind(receipt("1")) == Decided::repeated);
  // Two receipts of one user in one second.
  CHECK(kind(receipt("2")) == Decided::accepted);
  // One message id, two users.
  CHECK(kind(receipt("2", "o2")) == Decided::accepted);
  // A receipt is the same also when its time was written anew.
  CHECK(kind(receipt("2", "o2", second + 1)) == Decided::repeated);

  CHECK(kind(event_xml("subscribe")) == Decided::accepted);
  CHECK(kind(event_xml("subscribe")) == Decided::repeated);
  CHECK(kind(event_xml("unsubscribe")) == Decided::accepted);
  CHECK(kind(event_xml("subscribe", second + 1)) == Decided::accepted);
  CHECK(kind(event_xml("subscribe", second, "o2")) == Decided::accepted);

  const auto list = [](std::string_view msgid, std::string_view id) {
    return "<xml><FromUserName>o1</FromUserName><MsgType>event</MsgType><Event>subscribe_msg_sent_event</"
           "Event><List><TemplateId>" +
           std::string(id) + "</TemplateId><MsgID>" + std::string(msgid) + "</MsgID></List></xml>";
  };
  CHECK(kind(list("7", "T1")) == Decided::accepted);
  CHECK(kind(list("7", "T2")) == Decided::accepted);
  CHECK(kind(list("7", "T1")) == Decided::repeated);

  // The same of another account is another.
  CHECK(gate.on_request(CallbackSender(wecom_of()).safe(receipt("1"), second, "n1"), now).kind == Decided::accepted);
}

TEST_CASE("an event is forgotten after its life", "[wechat][callback]") {
  using std::chrono::seconds;
  CallbackGate gate({account_of()}, {.repeat_life = seconds(60)});
  const CallbackSender sender(account_of());
  accepted(gate.on_request(sender.safe(receipt("1"), second, "n1"), now), "oa");
  CHECK(gate.on_request(sender.safe(receipt("1"), second, "n2"), now + seconds(59)).kind == Decided::repeated);
  CHECK(gate.on_request(sender.safe(receipt("1"), second, "n3"), now + seconds(60)).kind == Decided::accepted);
}

TEST_CASE("when too many requests come the window shrinks, and nothing gets in twice", "[wechat][callback]") {
  CallbackGate gate({account_of("oa", Mode::plain)}, {.max_requests = 3});
  const CallbackSender sender(account_of());
  const auto send = [&](std::int64_t offset) {
    const std::string name = std::to_string(offset);
    return gate.on_request(sender.plain(receipt(name), second + offset, "n" + name), now);
  };
  for (const int offset : {1, 2, 3, 4}) accepted(send(offset), "oa");
  // The first one was forgotten for the fourth.
  refused(send(1), errc::overloaded, 503);
  refused(send(0), errc::overloaded, 503);
  for (const int offset : {2, 3, 4}) CHECK(send(offset).kind == Decided::repeated);
  accepted(send(5), "oa");
  refused(send(2), errc::overloaded, 503);
}

TEST_CASE("a clock that jumps ahead and back lets nothing in twice", "[wechat][callback]") {
  using std::chrono::hours;
  CallbackGate gate({account_of("oa", Mode::plain)});
  const CallbackSender sender(account_of());
  const RequestSnapshot request = sender.plain(receipt("1"), second, "n1");
  accepted(gate.on_request(request, now), "oa");
  accepted(gate.on_request(sender.plain(receipt("2"), second + 3600, "n2"), now + hours(1)), "oa");
  refused(gate.on_request(request, now), errc::overloaded, 503);
  accepted(gate.on_request(sender.plain(receipt("3"), second + 1, "n3"), now), "oa");
}

TEST_CASE("in compatible mode the encrypted text is believed, and clear text alone too", "[wechat][callback]") {
  CallbackGate gate({account_of("oa", Mode::compatible)});
  const CallbackSender sender(account_of());
  accepted(gate.on_request(sender.plain(receipt("1"), second, "n1"), now), "oa");
  std::string both = receipt("forged");
  both.insert(both.find("</xml>"), "<Encrypt>ENCRYPT</Encrypt>");
  const CallbackDecision decision = gate.on_request(sender.safe(receipt("2"), second, "n2", both), now);
  accepted(decision, "oa");
  CHECK(decision.event->msgid == "2");
  // Clear text does not help where the encrypted text is wrong.
  RequestSnapshot wrong = sender.safe(receipt("3"), second, "n3", both);
  wrong.body.insert(wrong.body.find("<Encrypt>") + 9, "A");
  refused(gate.on_request(wrong, now), errc::unauthorized, 403);
}

TEST_CASE("in plain mode the clear text of a body with both is read", "[wechat][callback]") {
  CallbackAccount account = account_of("oa", Mode::plain);
  account.aes_key.clear();
  CallbackGate gate({account});
  std::string both = receipt("1");
  both.insert(both.find("</xml>"), "<Encrypt>ENCRYPT</Encrypt>");
  const CallbackDecision decision =
      gate.on_request(CallbackSender(account_of()).safe(receipt("2"), second, "n1", both), now);
  accepted(decision, "oa");
  CHECK(decision.event->msgid == "1");
  refused(gate.on_request(CallbackSender(account_of()).safe(receipt("2"), second, "n2"), now), errc::unauthorized, 403);
}

TEST_CASE("several accounts of one URL are told apart by key, by receiver, and by what the callback calls them",
          "[wechat][callback]") {
  CallbackAccount first = account_of("first");
  CallbackAccount second_one = account_of("second");
  second_one.id = "wx9999999999999999";
  CallbackAccount third = account_of("third");
  third.token = "third";
  CallbackAccount fourth = account_of("fourth");
  fourth.aes_key = std::string(vectors::other_aes_key);
  CallbackGate gate({first, second_one, third, fourth});
  CallbackGate corp({wecom_of("seven", "7"), wecom_of("eight", "8")});
  for (const CallbackAccount& each : {first, second_one, third, fourth}) {
    accepted(gate.on_request(CallbackSender(each).safe(receipt("1"), second, "n1"), now), each.name);
  }
  const auto agent = [](std::string_view outer, std::string_view inner) {
    return CallbackSender(wecom_of())
        .safe("<xml><MsgType>text</MsgType><MsgId>" + std::string(outer) + std::string(inner) + "</MsgId><AgentID>" +
                  std::string(inner) + "</AgentID></xml>",
              second, "n1", "<xml><AgentID>" + std::string(outer) + "</AgentID><Encrypt>ENCRYPT</Encrypt></xml>");
  };
  accepted(corp.on_request(agent("7", "7"), now), "seven");
  accepted(corp.on_request(agent("8", "8"), now), "eight");
  accepted(corp.on_request(agent("", "8"), now), "eight");
  refused(corp.on_request(agent("9", "9"), now), errc::unauthorized, 403);
  // What stands outside can be changed by anybody.
  refused(corp.on_request(agent("7", "8"), now), errc::unauthorized, 403);

  CallbackAccount one = account_of("one", Mode::plain);
  one.to_user = "gh_1";
  CallbackAccount two = account_of("two", Mode::plain);
  two.to_user = "gh_2";
  CallbackGate plain({two, one});
  accepted(plain.on_request(CallbackSender(one).plain(receipt("1"), second, "n1"), now), "one");
}

TEST_CASE("under the previous key a callback is taken, and says so", "[wechat][callback]") {
  CallbackAccount before = account_of();
  CallbackAccount during = account_of();
  during.aes_key = std::string(vectors::other_aes_key);
  during.previous_aes_key = before.aes_key;
  CallbackGate gate({during});
  CallbackDecision decision = gate.on_request(CallbackSender(before).safe(receipt("1"), second, "n1"), now);
  accepted(decision, "oa");
  CHECK(decision.previous_key);
  decision = gate.on_request(CallbackSender(during).safe(receipt("2"), second, "n2"), now);
  accepted(decision, "oa");
  CHECK_FALSE(decision.previous_key);
}

TEST_CASE("accounts and options that cannot be are refused at once", "[wechat][callback]") {
  using std::chrono::hours;
  using std::chrono::seconds;
  CHECK_THROWS_AS(CallbackGate({}), std::invalid_argument);
  CHECK_THROWS_AS(CallbackGate({account_of(), account_of()}), std::invalid_argument);
  CHECK_THROWS_AS(CallbackGate({account_of("")}), std::invalid_argument);
  CallbackAccount keyless = account_of();
  keyless.aes_key.clear();
  CHECK_THROWS_AS(CallbackGate({keyless}), std::invalid_argument);
  CallbackAccount open = wecom_of();
  open.mode = Mode::compatible;
  CHECK_THROWS_AS(CallbackGate({open}), std::invalid_argument);
  std::vector<CallbackAccount> many;
  for (int i = 0; i < 65; ++i) many.push_back(account_of(std::to_string(i)));
  CHECK_THROWS_AS(CallbackGate(many), std::invalid_argument);
  for (const CallbackGateOptions& each :
       {CallbackGateOptions{.max_body_bytes = 0}, CallbackGateOptions{.max_body_bytes = 65 * 1024},
        CallbackGateOptions{.window = seconds(0)}, CallbackGateOptions{.window = hours(2)},
        CallbackGateOptions{.max_requests = 0}, CallbackGateOptions{.repeat_life = seconds(0)},
        CallbackGateOptions{.max_repeats = 0}}) {
    CHECK_THROWS_AS(CallbackGate({account_of()}, each), std::invalid_argument);
  }
}
