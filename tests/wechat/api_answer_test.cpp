// SPDX-License-Identifier: BSL-1.0

#include <tidings/defaults.hpp>
#include <tidings/wechat/api_answer.hpp>
#include <tidings/wechat/recipient_verdict.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

using namespace tidings;
using namespace tidings::wechat;
using namespace std::chrono_literals;

namespace {

using Kind = RecipientVerdict::Kind;
using Verdict = RecipientVerdict::Verdict;

ApiAnswer read_answer(const std::string& body) {
  ApiAnswer answer;
  CHECK(parse_answer(body, answer) == std::error_code());
  return answer;
}

std::error_code why_not(const std::string& body) {
  const ApiAnswer before{.text = "untouched"};
  ApiAnswer answer = before;
  const std::error_code ec = parse_answer(body, answer);
  if (ec) CHECK(answer == before);
  return ec;
}

std::string nested(std::size_t depth) {
  return R"({"errcode":0,"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

}  // namespace

TEST_CASE("an answer says a number, a text and an id", "[wechat][answer]") {
  const ApiAnswer answer =
      read_answer(R"({"errcode":40001,"errmsg":"invalid credential rid: 5f-1","x":{"errcode":7}})");
  CHECK(answer.code == 40001);
  CHECK(answer.text == "invalid credential rid: 5f-1");
  CHECK(answer.message_id.empty());
  CHECK(read_answer(R"({"errcode":-1})").code == -1);
  CHECK(read_answer(R"({"errcode":"0"})").code == 0);
  CHECK(read_answer(R"({"errcode":2147483647})").code == 2147483647);
}

// 2^53 is 9007199254740992; ids seen in the wild are 20 digits long.
TEST_CASE("an id keeps all its digits, number or text", "[wechat][answer]") {
  auto [json, id] = GENERATE(table<std::string, std::string>({
      {"200228332", "200228332"},
      {"9007199254740993", "9007199254740993"},
      {"3557254367693750277", "3557254367693750277"},
      {"18446744073709551615", "18446744073709551615"},
      {"18446744073709551616", "18446744073709551616"},
      {"123456789012345678901234567890", "123456789012345678901234567890"},
      {"-5", "-5"},
      {R"("3557254367693750277")", "3557254367693750277"},
      {R"("rXDT-7pRzyyC_a")", "rXDT-7pRzyyC_a"},
      {R"("")", ""},
      {"null", ""},
  }));
  CAPTURE(json);
  CHECK(read_answer(R"({"errcode":0,"errmsg":"ok","msgid":)" + json + "}").message_id == id);
  CHECK(read_answer(R"({"errcode":0,"msg_id":)" + json + "}").message_id == id);
}

TEST_CASE("a good answer may leave the number out, if it says what only a good one does", "[wechat][answer]") {
  const ApiAnswer token = read_answer(R"({"access_token":"T-1_a","expires_in":7200})");
  CHECK(token.code == 0);
  CHECK(token.access_token == "T-1_a");
  CHECK(token.expires_in == 7200s);
  CHECK(read_answer(R"({"msgid":5})").message_id == "5");
  CHECK(read_answer(R"({"errcode":0,"access_token":"T","expires_in":"300"})").expires_in == 300s);
  CHECK(why_not("{}") == errc::invalid_json);
  CHECK(why_not(R"({"errmsg":"ok"})") == errc::invalid_json);
  CHECK(why_not(R"({"data":{"errcode":0}})") == errc::invalid_json);
}

TEST_CASE("what is no answer is told from one", "[wechat][answer]") {
  const std::string body = GENERATE(
      "", " ", "ok", "<html>502 Bad Gateway</html>", R"({"errcode":0)", R"({"errcode":0}})", R"([{"errcode":0}])", "0",
      R"("errcode")", "null", R"({"errcode":1.5})", R"({"errcode":"a"})", R"({"errcode":""})",
      R"({"errcode":2147483648})", R"({"errcode":1e400})", R"({"errcode":null})", R"({"errcode":true})",
      R"({"errcode":0,"errcode":1})", R"({"errcode":0,"expires_in":-1})", R"({"errcode":0,"expires_in":"soon"})",
      R"({"errcode":0,"expires_in":1.5})", "{\"errcode\":0,\"errmsg\":\"\xFF\"}", R"({"errcode":0,"errmsg":"\ud800"})");
  CAPTURE(body);
  CHECK(why_not(body) == errc::invalid_json);
}

TEST_CASE("an answer ends where it ends", "[wechat][answer]") {
  CHECK(why_not(std::string("{\"errcode\":0}\0x", 15)) == errc::invalid_json);
  CHECK(read_answer("\xEF\xBB\xBF{\"errcode\":0}\r\n").code == 0);
}

TEST_CASE("an answer has bounds", "[wechat][answer]") {
  const std::string head = R"({"errcode":0,"errmsg":")";
  const std::size_t room = defaults::max_wechat_answer_bytes - head.size() - 2;
  CHECK(read_answer(head + std::string(room, 'a') + "\"}").text == std::string(1024, 'a'));
  CHECK(why_not(head + std::string(room + 1, 'a') + "\"}") == errc::body_too_large);
  CHECK_FALSE(why_not(nested(defaults::max_json_depth)));
  CHECK(why_not(nested(defaults::max_json_depth + 1)) == errc::invalid_json);
  const auto with_id = [](std::size_t size) { return R"({"errcode":0,"msgid":")" + std::string(size, 'a') + "\"}"; };
  CHECK_FALSE(why_not(with_id(256)));
  CHECK(why_not(with_id(257)) == errc::invalid_json);
  const auto with_token = [](std::size_t size) { return R"({"access_token":")" + std::string(size, 'a') + "\"}"; };
  CHECK_FALSE(why_not(with_token(2048)));
  CHECK(why_not(with_token(2049)) == errc::invalid_json);
}

TEST_CASE("a long text is cut between characters", "[wechat][answer]") {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "你";
  const ApiAnswer answer = read_answer(R"({"errcode":1,"errmsg":")" + text + "\"}");
  CHECK(answer.text == text.substr(0, 1023));
}

TEST_CASE("WeCom says whom a message does not reach", "[wechat][answer]") {
  const ApiAnswer answer =
      read_answer(R"({"errcode":0,"errmsg":"ok","invaliduser":"zhang|li","invalidparty":"1","invalidtag":"|2||3|",)"
                  R"("unlicenseduser":"wang","msgid":"m-1","response_code":"r-1"})");
  CHECK(answer.invalid_users == std::vector<std::string>{"zhang", "li"});
  CHECK(answer.invalid_departments == std::vector<std::string>{"1"});
  CHECK(answer.invalid_tags == std::vector<std::string>{"2", "3"});
  CHECK(answer.unlicensed_users == std::vector<std::string>{"wang"});
  CHECK(answer.message_id == "m-1");
  CHECK(answer.response_code == "r-1");
  CHECK(read_answer(R"({"errcode":0,"invaliduser":""})").invalid_users.empty());
}

TEST_CASE("each recipient has a verdict, whatever the case of its letters", "[wechat][answer]") {
  AppMessage message;
  message.users = {"Zhang", "LI", "wang", "zhao"};
  message.departments = {"1", "2"};
  message.tags = {"3"};
  const ApiAnswer answer{.invalid_users = {"li"},
                         .invalid_departments = {"2"},
                         .invalid_tags = {"3"},
                         .unlicensed_users = {"zhang", "li", "nobody"}};
  CHECK(recipient_verdicts(message, answer) == std::vector<RecipientVerdict>{{Kind::user, "Zhang", Verdict::unlicensed},
                                                                             {Kind::user, "LI", Verdict::invalid},
                                                                             {Kind::user, "wang", Verdict::accepted},
                                                                             {Kind::user, "zhao", Verdict::accepted},
                                                                             {Kind::department, "1", Verdict::accepted},
                                                                             {Kind::department, "2", Verdict::invalid},
                                                                             {Kind::tag, "3", Verdict::invalid}});
  message.everyone = true;
  CHECK(recipient_verdicts(message, answer) ==
        std::vector<RecipientVerdict>{{Kind::user, "li", Verdict::invalid},
                                      {Kind::user, "zhang", Verdict::unlicensed},
                                      {Kind::user, "li", Verdict::unlicensed},
                                      {Kind::user, "nobody", Verdict::unlicensed}});
  message.everyone = false;
  message.users = {"li1", "l"};
  CHECK(recipient_verdicts(message, answer).front().verdict == Verdict::accepted);
}
