// SPDX-License-Identifier: BSL-1.0

#include <tidings/defaults.hpp>
#include <tidings/wechat/callback_parser.hpp>

#include <catch2/catch_test_macros.hpp>

#include "wechat/callback_vectors.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace {

using tidings::errc;
using tidings::wechat::CallbackBody;
using tidings::wechat::CallbackEvent;
using tidings::wechat::parse_callback;
using Type = CallbackEvent::Type;

CallbackBody body_of(std::string_view text) {
  CallbackBody body;
  const std::error_code ec = parse_callback(text, body);
  INFO(text);
  REQUIRE_FALSE(ec);
  return body;
}

CallbackEvent event_of(std::string_view text) {
  CallbackBody body = body_of(text);
  REQUIRE(body.event);
  return *body.event;
}

std::error_code refusal_of(std::string_view text) {
  CallbackBody untouched{.to_user = "untouched"};
  const std::error_code ec = parse_callback(text, untouched);
  CHECK(untouched.to_user == (ec ? "untouched" : untouched.to_user));
  CHECK((ec || untouched.event || !untouched.encrypted.empty()));
  return ec;
}

// XML of an event with what is special of it.
std::string xml(std::string_view event, std::string_view more = {}) {
  return "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
         "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[" +
         std::string(event) + "]]></Event>" + std::string(more) + "</xml>";
}

}  // namespace

TEST_CASE("the receipt of a template message is read", "[wechat][callback]") {
  const CallbackEvent event = event_of(vectors::receipt);
  CHECK(event.type == Type::template_receipt);
  CHECK(event.to_user == "gh_0123456789ab");
  CHECK(event.from_user == "oOPENID0000000000000000001");
  CHECK(event.create_time == 1700000000);
  CHECK(event.message_type == "event");
  CHECK(event.event == "templatesendjobfinish");
  CHECK(event.msgid == "3557254367693750277");
  CHECK(event.status == "success");
}

TEST_CASE("a message is read, and its id under both spellings", "[wechat][callback]") {
  for (const char* name : {"MsgId", "MsgID", "msgid"}) {
    const std::string tag(name);
    const CallbackEvent event = event_of(
        "<xml><FromUserName>o1</FromUserName><MsgType>text</MsgType><Content><![CDATA[ <hello>\n&amp; ]]></Content><" +
        tag + ">4561255354251345929</" + tag + "><AgentID>218</AgentID></xml>");
    CHECK(event.type == Type::message);
    CHECK(event.msgid == "4561255354251345929");
    CHECK(event.content == " <hello>\n&amp; ");
    CHECK(event.agent_id == "218");
  }
}

TEST_CASE("a list is an array or a single entry, in XML and in JSON", "[wechat][callback]") {
  const std::string one =
      "<List><TemplateId>T1</TemplateId><MsgID>1700827132819554304</MsgID><ErrorCode>0</ErrorCode>"
      "<ErrorStatus><![CDATA[success]]></ErrorStatus></List>";
  const std::string two =
      "<List><TemplateId>T2</TemplateId><MsgID>2</MsgID><ErrorCode>3</ErrorCode>"
      "<ErrorStatus><![CDATA[failed]]></ErrorStatus></List>";
  const std::string head =
      R"({"ToUserName":"gh_1","FromUserName":"o1","CreateTime":"1620963428","MsgType":"event","Event":"subscribe_msg_sent_event","List":)";
  const std::string json_one =
      R"({"TemplateId":"T1","MsgID":"1700827132819554304","ErrorCode":"0","ErrorStatus":"success"})";
  const std::string json_two = R"({"TemplateId":"T2","MsgID":2,"ErrorCode":3,"ErrorStatus":"failed"})";
  for (const std::string& text :
       {xml("subscribe_msg_sent_event", "<SubscribeMsgSentEvent>" + one + "</SubscribeMsgSentEvent>"),
        xml("subscribe_msg_sent_event", one), head + json_one + "}", head + "[" + json_one + "]}"}) {
    const CallbackEvent event = event_of(text);
    CHECK(event.type == Type::subscribe_receipt);
    REQUIRE(event.items.size() == 1);
    CHECK(event.items[0].template_id == "T1");
    CHECK(event.items[0].msgid == "1700827132819554304");
    CHECK(event.items[0].error_code == "0");
    CHECK(event.items[0].error_status == "success");
  }
  for (const std::string& text :
       {xml("subscribe_msg_sent_event", "<SubscribeMsgSentEvent>" + one + two + "</SubscribeMsgSentEvent>"),
        head + "[" + json_one + "," + json_two + "]}"}) {
    const CallbackEvent event = event_of(text);
    REQUIRE(event.items.size() == 2);
    CHECK(event.items[1].msgid == "2");
    CHECK(event.items[1].error_code == "3");
    CHECK(event.items[1].error_status == "failed");
  }
}

TEST_CASE("what users allow, refuse and withdraw is read", "[wechat][callback]") {
  const std::string entry =
      "<List><TemplateId>T1</TemplateId><SubscribeStatusString>reject</SubscribeStatusString>"
      "<PopupScene>2</PopupScene></List>";
  const CallbackEvent popup =
      event_of(xml("subscribe_msg_popup_event", "<SubscribeMsgPopupEvent>" + entry + "</SubscribeMsgPopupEvent>"));
  CHECK(popup.type == Type::subscribe_popup);
  REQUIRE(popup.items.size() == 1);
  CHECK(popup.items[0].subscribe_status == "reject");
  CHECK(popup.items[0].popup_scene == "2");
  const CallbackEvent change =
      event_of(xml("subscribe_msg_change_event", "<SubscribeMsgChangeEvent>" + entry + "</SubscribeMsgChangeEvent>"));
  CHECK(change.type == Type::subscribe_change);
  CHECK(change.items.size() == 1);
}

TEST_CASE("the result of mass sending is read with its counts", "[wechat][callback]") {
  const CallbackEvent event =
      event_of(xml("MASSSENDJOBFINISH",
                   "<MsgID>1988</MsgID><Status><![CDATA[err(10001)]]></Status><TotalCount>100</TotalCount>"
                   "<FilterCount>80</FilterCount><SentCount>75</SentCount><ErrorCount>5</ErrorCount>"));
  CHECK(event.type == Type::mass_receipt);
  CHECK(event.msgid == "1988");
  CHECK(event.status == "err(10001)");
  CHECK(event.counts.total == 100);
  CHECK(event.counts.filtered == 80);
  CHECK(event.counts.sent == 75);
  CHECK(event.counts.failed == 5);
}

TEST_CASE("what is pressed on a card of WeCom is read", "[wechat][callback]") {
  const std::string choices =
      "<SelectedItems><SelectedItem><QuestionKey>q1</QuestionKey><OptionIds><OptionId>a</OptionId><OptionId>b</"
      "OptionId>"
      "</OptionIds></SelectedItem><SelectedItem><QuestionKey>q2</QuestionKey></SelectedItem></SelectedItems>";
  const std::string json =
      R"({"MsgType":"event","Event":"template_card_event","EventKey":"key","TaskId":"task","CardType":"vote","ResponseCode":"code",
      "AgentID":7,"SelectedItems":{"SelectedItem":[{"QuestionKey":"q1","OptionIds":{"OptionId":["a","b"]}},{"QuestionKey":"q2"}]}})";
  for (const std::string& text :
       {xml("template_card_event",
            "<EventKey>key</EventKey><TaskId>task</TaskId><CardType>vote</CardType><ResponseCode>code"
            "</ResponseCode><AgentID>7</AgentID>" +
                choices),
        json}) {
    const CallbackEvent event = event_of(text);
    CHECK(event.type == Type::card_pressed);
    CHECK(event.event_key == "key");
    CHECK(event.task_id == "task");
    CHECK(event.card_type == "vote");
    CHECK(event.response_code == "code");
    CHECK(event.agent_id == "7");
    REQUIRE(event.choices.size() == 2);
    CHECK(event.choices[0].question == "q1");
    CHECK(event.choices[0].options == std::vector<std::string>{"a", "b"});
    CHECK(event.choices[1].options.empty());
  }
}

TEST_CASE("events are known by their names, whatever the case", "[wechat][callback]") {
  CHECK(event_of(xml("subscribe")).type == Type::followed);
  CHECK(event_of(xml("UNSUBSCRIBE")).type == Type::unfollowed);
  CHECK(event_of(xml("enter_agent")).type == Type::entered);
  CHECK(event_of(xml("templatesendjobfinish")).type == Type::template_receipt);
  CHECK(event_of(xml("TEMPLATE_CARD_MENU_EVENT")).type == Type::card_pressed);
  CHECK(event_of(xml("LOCATION")).type == Type::other);
  CHECK(event_of(xml("LOCATION")).event == "location");
}

TEST_CASE("the envelope of safe mode is read, in XML and JSON, beside the clear text too", "[wechat][callback]") {
  CallbackBody body =
      body_of("<xml><ToUserName>corp</ToUserName><AgentID>7</AgentID><Encrypt>\nabc=\n</Encrypt></xml>");
  CHECK(body.to_user == "corp");
  CHECK(body.agent_id == "7");
  CHECK(body.encrypted == "abc=");
  CHECK_FALSE(body.event);
  body = body_of(R"({"tousername":"corp","encrypt":"abc=","agentid":7})");
  CHECK(body.to_user == "corp");
  CHECK(body.agent_id == "7");
  CHECK(body.encrypted == "abc=");
  body = body_of(xml("subscribe", "<Encrypt>abc=</Encrypt>"));
  CHECK(body.encrypted == "abc=");
  REQUIRE(body.event);
  CHECK(body.event->type == Type::followed);
}

TEST_CASE("of a document type nothing is read, and an unknown entity stays as it is", "[wechat][callback]") {
  CHECK(
      refusal_of("<!DOCTYPE xml [<!ENTITY e \"expanded\">]><xml><MsgType>text</MsgType><Content>&e;</Content></xml>") ==
      errc::invalid_envelope);
  CHECK(refusal_of("<!DOCTYPE xml SYSTEM \"file:///etc/passwd\"><xml><MsgType>text</MsgType></xml>") ==
        errc::invalid_envelope);
  CHECK(refusal_of("<xml><!DOCTYPE x><MsgType>text</MsgType></xml>") == errc::invalid_envelope);
  CHECK(refusal_of("<xml><!ENTITY e \"x\"><MsgType>text</MsgType></xml>") == errc::invalid_envelope);
  CHECK(event_of("<xml><MsgType>text</MsgType><Content>&e;&lt;&gt;&amp;&quot;&apos;&#65;</Content></xml>").content ==
        "&e;<>&\"'A");
  CHECK(event_of("<?xml version=\"1.0\" encoding=\"utf-8\"?><!-- a --><xml><MsgType>text</MsgType></xml>").type ==
        Type::message);
}

TEST_CASE("what is not well-formed, or says nothing, is refused", "[wechat][callback]") {
  for (const char* text : {"",
                           " ",
                           "x",
                           "<",
                           "<xml>",
                           "<xml></xml>",
                           "<xml/>",
                           "<xml><MsgType>event</MsgType></xml>",
                           "<xml><MsgType>text</MsgType></yml>",
                           "<yml><MsgType>text</MsgType></yml>",
                           "<xml><MsgType>text</MsgType></xml><xml/>",
                           "<xml><MsgType><![CDATA[text</MsgType></xml>",
                           "{",
                           "{}",
                           "[]",
                           "{\"MsgType\":1.5}",
                           "{\"MsgType\":\"event\"}",
                           "{\"MsgType\":\"text\"}x",
                           "{\"MsgType\":\"text\",\"MsgID\":1e300}",
                           "{\"MsgType\":\"text\",\"MsgID\":18446744073709551616}",
                           "{\"MsgType\":\"text\",\"CreateTime\":-1}",
                           "{\"MsgType\":\"text\",\"MsgID\":\"a\\u0000\"}",
                           "<xml><MsgType>text</MsgType><CreateTime>9223372036854775808</CreateTime></xml>",
                           "<xml><MsgType>text</MsgType><CreateTime>soon</CreateTime></xml>",
                           "<xml><MsgType>text</MsgType><MsgId>a&#10;b</MsgId></xml>",
                           "<xml><MsgType>text</MsgType><Content>&#xD800;</Content></xml>"}) {
    CAPTURE(text);
    CHECK(refusal_of(text) == errc::invalid_envelope);
  }
  CHECK(refusal_of("<xml><MsgType>text</MsgType><Content>\xFF</Content></xml>") == errc::invalid_utf8);
  CHECK(refusal_of(std::string_view("<xml><MsgType>text</MsgType>\0</xml>", 35)) == errc::invalid_envelope);
}

TEST_CASE("ids of 256 bytes, 16 levels and 64 KiB are the bounds", "[wechat][callback]") {
  const auto message = [](const std::string& more) { return "<xml><MsgType>text</MsgType>" + more + "</xml>"; };
  const auto with_id = [&](std::size_t size) { return message("<MsgId>" + std::string(size, '1') + "</MsgId>"); };
  CHECK(event_of(with_id(256)).msgid.size() == 256);
  CHECK(refusal_of(with_id(257)) == errc::invalid_envelope);

  const auto nested = [&](std::size_t levels) {
    std::string open;
    std::string close;
    for (std::size_t i = 1; i < levels; ++i) {
      open += "<a>";
      close += "</a>";
    }
    return message(open + close);
  };
  CHECK_FALSE(refusal_of(nested(tidings::defaults::max_callback_depth)));
  CHECK(refusal_of(nested(tidings::defaults::max_callback_depth + 1)) == errc::invalid_envelope);
  CHECK(refusal_of(nested(9000)) == errc::invalid_envelope);
  const auto nested_json = [](std::size_t levels) {
    return "{\"MsgType\":\"text\",\"a\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  CHECK_FALSE(refusal_of(nested_json(tidings::defaults::max_callback_depth)));
  CHECK(refusal_of(nested_json(tidings::defaults::max_callback_depth + 1)) == errc::invalid_envelope);
  CHECK(refusal_of(nested_json(30'000)) == errc::invalid_envelope);

  std::string many;
  for (int i = 0; i < 5000; ++i) many += "<a/>";
  CHECK(refusal_of(message(many)) == errc::invalid_envelope);

  const std::string around = message("<Content></Content>");
  const auto sized = [&](std::size_t size) {
    return message("<Content>" + std::string(size - around.size(), 'x') + "</Content>");
  };
  CHECK_FALSE(refusal_of(sized(tidings::defaults::max_callback_bytes)));
  CHECK(refusal_of(sized(tidings::defaults::max_callback_bytes + 1)) == errc::body_too_large);
}
