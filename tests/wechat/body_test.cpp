// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat/app_message.hpp>
#include <tidings/wechat/customer_message.hpp>
#include <tidings/wechat/endpoint_traits.hpp>
#include <tidings/wechat/raw_body.hpp>
#include <tidings/wechat/subscribe_message.hpp>
#include <tidings/wechat/subscription_notice.hpp>
#include <tidings/wechat/template_message.hpp>
#include <tidings/wechat/token_request.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace tidings;
using namespace tidings::wechat;
using namespace std::chrono_literals;

namespace {

template <class Message>
std::string body_of(const Message& message) {
  std::string out;
  const BodyError error = encode(message, out);
  CHECK(error.ec == std::error_code());
  CHECK(error.field.empty());
  CHECK(nlohmann::json::accept(out));
  return out;
}

/// `field: text` of what is wrong; empty = nothing.
template <class Message>
std::string wrong_in(const Message& message, errc code = errc::invalid_field) {
  std::string out = "untouched";
  const BodyError error = encode(message, out);
  if (!error) return {};
  CHECK(error.ec == code);
  CHECK(out == "untouched");
  return error.field + ": " + error.text;
}

TemplateMessage a_template() {
  return {.to = "openid-1", .template_id = "template-1", .data = {{"thing1", "订单"}, {"time3", "15:01"}}};
}
SubscriptionNotice a_notice() { return {.to = "openid-1", .template_id = "template-1", .data = {{"thing1", "订单"}}}; }
SubscribeMessage a_subscription() {
  return {.to = "openid-1", .template_id = "template-1", .data = {{"thing1", "订单"}}};
}
CustomerMessage a_customer_text(std::string content) {
  return {.to = "openid-1", .content = CustomerMessage::Text{std::move(content)}};
}
AppMessage an_app(decltype(AppMessage::content) content) {
  return {.users = {"zhang", "li"}, .agent_id = 1000002, .content = std::move(content)};
}
TemplateCard a_card(TemplateCard::Kind kind = TemplateCard::Kind::text_notice) {
  TemplateCard card{.kind = kind, .main_title = {"工单"}};
  if (kind == TemplateCard::Kind::news_notice) card.image_url = "https://a.example/i.png";
  if (kind == TemplateCard::Kind::button_interaction) {
    card.buttons = {{"同意", "yes"}};
    card.task_id = "task-1";
  } else {
    card.action = TemplateCard::Jump{.title = "", .url = "https://a.example/"};
  }
  return card;
}

/// A message, changed.
template <class Message>
Message with(Message message, const std::function<void(Message&)>& change) {
  change(message);
  return message;
}

std::string times(std::size_t count, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("a template message is written with real characters", "[wechat][body]") {
  TemplateMessage message = a_template();
  CHECK(
      body_of(message) ==
      R"({"touser":"openid-1","template_id":"template-1","data":{"thing1":{"value":"订单"},"time3":{"value":"15:01"}}})");
  message.url = "https://a.example/?q=\"1\"";
  message.mini_program = MiniProgramLink{"wx1", "pages/a?b=1"};
  message.client_msg_id = "id-1";
  message.data = {{"keyword1", "a\nb\t\"c\"", "#173177"}, {"remark", ""}};
  CHECK(body_of(message) == R"({"touser":"openid-1","template_id":"template-1","url":"https://a.example/?q=\"1\"",)"
                            R"("miniprogram":{"appid":"wx1","pagepath":"pages/a?b=1"},"client_msg_id":"id-1",)"
                            R"("data":{"keyword1":{"value":"a\nb\t\"c\"","color":"#173177"},"remark":{"value":""}}})");
}

TEST_CASE("what a template message lacks or has too much of is named", "[wechat][body]") {
  using Change = std::function<void(TemplateMessage&)>;
  auto [change, wrong] = GENERATE(table<Change, std::string>({
      {[](auto& m) { m.to = ""; }, "touser: missing"},
      {[](auto& m) { m.to = times(65, "a"); }, "touser: over 64 bytes"},
      {[](auto& m) { m.to = times(64, "a"); }, ""},
      {[](auto& m) { m.template_id = ""; }, "template_id: missing"},
      {[](auto& m) { m.url = "a.example"; }, "url: without a scheme"},
      {[](auto& m) { m.url = "https://" + times(1016, "a"); }, ""},
      {[](auto& m) { m.url = "https://" + times(1017, "a"); }, "url: over 1024 bytes"},
      {[](auto& m) { m.mini_program = MiniProgramLink{""}; }, "miniprogram.appid: missing"},
      {[](auto& m) {
         m.mini_program = MiniProgramLink{"wx1", times(1025, "a")};
       },
       "miniprogram.pagepath: over 1024 bytes"},
      {[](auto& m) { m.client_msg_id = times(32, "a"); }, ""},
      {[](auto& m) { m.client_msg_id = times(33, "a"); }, "client_msg_id: over 32 bytes"},
      {[](auto& m) { m.data.clear(); }, "data: missing"},
      {[](auto& m) {
         m.data = std::vector<TemplateValue>(33, {"a", "b"});
       },
       "data: more than 32"},
      {[](auto& m) {
         m.data.push_back({"thing1", "b"});
       },
       "data.thing1: there twice"},
      {[](auto& m) {
         m.data.push_back({"", "b"});
       },
       "data: a key of no legal length"},
      {[](auto& m) {
         m.data.push_back({times(65, "a"), "b"});
       },
       "data: a key of no legal length"},
      {[](auto& m) {
         m.data.push_back({"keyword1", times(2049, "a")});
       },
       "data.keyword1.value: over 2048 bytes"},
      {[](auto& m) {
         m.data.push_back({"keyword1", "a", times(17, "#")});
       },
       "data.keyword1.color: over 16 bytes"},
      {[](auto& m) { m.data[0].value = times(21, "订"); }, "data.thing1: over 20 characters"},
      {[](auto& m) { m.data[0].value = ""; }, "data.thing1: missing"},
  }));
  CHECK(wrong_in(with<TemplateMessage>(a_template(), change)) == wrong);
}

TEST_CASE("control characters that JSON can say only by an escape, and what is not UTF-8, are refused",
          "[wechat][body]") {
  CHECK(wrong_in(a_customer_text(std::string("a\0b", 3))) == "text.content: has a control character");
  CHECK(wrong_in(a_customer_text("a\x1F")) == "text.content: has a control character");
  CHECK(wrong_in(a_customer_text("a\x7F")).empty());
  CHECK(wrong_in(a_customer_text("a\xC0\x80"), errc::invalid_utf8) == "text.content: not UTF-8");
  CHECK(body_of(a_customer_text("\b\t\n\f\r\\/😀")) ==
        R"({"touser":"openid-1","msgtype":"text","text":{"content":"\b\t\n\f\r\\/😀"}})");
}

TEST_CASE("values of templates are of their types", "[wechat][body]") {
  auto [key, value, wrong] = GENERATE(table<std::string, std::string, std::string>({
      {"thing1", times(20, "订"), ""},
      {"thing12", times(21, "a"), "over 20 characters"},
      {"thing", "a\nb", "has a control character"},
      {"number1", "-12.50", ""},
      {"number1", times(33, "1"), "over 32 characters"},
      {"number1", "12a", "not of its type"},
      {"number1", "-.", "not of its type"},
      {"letter1", times(32, "a"), ""},
      {"letter1", "a1", "not of its type"},
      {"symbol1", "★☆", ""},
      {"symbol1", "★★★★★★", "over 5 characters"},
      {"character_string9", times(32, "a"), ""},
      {"character_string9", times(33, "a"), "over 32 characters"},
      {"time3", "2019年10月1日 15:01~16:01", ""},
      {"time3", "", "missing"},
      {"date3", "2019-10-01", ""},
      {"amount1", "¥1234567890.99元", ""},
      {"amount1", "¥12345678901", "not an amount of 1 to 10 digits"},
      {"amount1", "¥", "not an amount of 1 to 10 digits"},
      {"phone_number1", "+86-0766-66888866", ""},
      {"phone_number1", "+86-0766-668888661", "over 17 characters"},
      {"phone_number1", "0766 ext 1", "not of its type"},
      {"car_number1", "粤A8Z888挂", ""},
      {"car_number1", "粤A8Z88888", "over 8 characters"},
      {"name1", times(10, "张"), ""},
      {"name1", times(11, "张"), "over 10 characters"},
      {"name1", times(20, "a"), ""},
      {"name1", times(21, "a"), "over 20 characters"},
      {"phrase2", "配送中", ""},
      {"phrase2", "配送中配送中", "over 5 characters"},
      {"phrase2", "ok", "not of its type"},
      {"enum1", "", "missing"},
      {"keyword1", times(100, "a"), ""},
      {"first", "", ""},
      {"thing_1", times(100, "a"), ""},
      {"123", times(100, "a"), ""},
      {"", "", ""},
  }));
  CAPTURE(key, value);
  CHECK(check_template_value(key, value) == wrong);
}

TEST_CASE("a subscription notice leads to a page or a mini-program", "[wechat][body]") {
  SubscriptionNotice notice = a_notice();
  CHECK(body_of(notice) == R"({"touser":"openid-1","template_id":"template-1","data":{"thing1":{"value":"订单"}}})");
  notice.page = "https://a.example/";
  notice.mini_program = MiniProgramLink{"wx1", "a"};
  CHECK(body_of(notice) == R"({"touser":"openid-1","template_id":"template-1","page":"https://a.example/",)"
                           R"("miniprogram":{"appid":"wx1","pagepath":"a"},"data":{"thing1":{"value":"订单"}}})");
  using Change = std::function<void(SubscriptionNotice&)>;
  auto [change, wrong] = GENERATE(table<Change, std::string>({
      {[](auto& m) { m.to = ""; }, "touser: missing"},
      {[](auto& m) { m.template_id = times(65, "a"); }, "template_id: over 64 bytes"},
      {[](auto& m) { m.page = times(1025, "a"); }, "page: over 1024 bytes"},
      {[](auto& m) { m.mini_program = MiniProgramLink{times(65, "a")}; }, "miniprogram.appid: over 64 bytes"},
      {[](auto& m) { m.data = {}; }, "data: missing"},
      {[](auto& m) {
         m.data = {{"phrase1", "ok"}};
       },
       "data.phrase1: not of its type"},
  }));
  CHECK(wrong_in(with<SubscriptionNotice>(a_notice(), change)) == wrong);
}

TEST_CASE("a message of a mini-program says its version and language", "[wechat][body]") {
  SubscribeMessage message = a_subscription();
  CHECK(body_of(message) == R"({"touser":"openid-1","template_id":"template-1","miniprogram_state":"formal",)"
                            R"("lang":"zh_CN","data":{"thing1":{"value":"订单"}}})");
  message.page = "index?foo=bar";
  message.state = SubscribeMessage::State::developer;
  message.language = SubscribeMessage::Language::en_US;
  CHECK(body_of(message) == R"({"touser":"openid-1","template_id":"template-1","page":"index?foo=bar",)"
                            R"("miniprogram_state":"developer","lang":"en_US","data":{"thing1":{"value":"订单"}}})");
  CHECK(std::string(to_string(SubscribeMessage::State::trial)) == "trial");
  CHECK(std::string(to_string(SubscribeMessage::Language::zh_HK)) == "zh_HK");
  CHECK(std::string(to_string(SubscribeMessage::Language::zh_TW)) == "zh_TW");
  using Change = std::function<void(SubscribeMessage&)>;
  auto [change, wrong] = GENERATE(table<Change, std::string>({
      {[](auto& m) { m.to = ""; }, "touser: missing"},
      {[](auto& m) { m.template_id = ""; }, "template_id: missing"},
      {[](auto& m) { m.page = times(1025, "a"); }, "page: over 1024 bytes"},
      {[](auto& m) { m.data = {}; }, "data: missing"},
  }));
  CHECK(wrong_in(with<SubscribeMessage>(a_subscription(), change)) == wrong);
}

TEST_CASE("customer messages of each kind are written", "[wechat][body]") {
  using Content = decltype(CustomerMessage::content);
  auto [content, json] = GENERATE(table<Content, std::string>({
      {CustomerMessage::Text{"你好"}, R"("msgtype":"text","text":{"content":"你好"})"},
      {CustomerMessage::Image{"m1"}, R"("msgtype":"image","image":{"media_id":"m1"})"},
      {CustomerMessage::News{{{"t", "d", "https://a.example/", "https://a.example/p"}}},
       R"("msgtype":"news","news":{"articles":[{"title":"t","description":"d","url":"https://a.example/",)"
       R"("picurl":"https://a.example/p"}]})"},
      {CustomerMessage::MiniProgramPage{"t", "wx1", "a", "m1"},
       R"("msgtype":"miniprogrampage","miniprogrampage":{"title":"t","appid":"wx1","pagepath":"a",)"
       R"("thumb_media_id":"m1"})"},
      {RawContent{"wxcard", R"({ "card_id":"\u4f60" })"}, R"("msgtype":"wxcard","wxcard":{ "card_id":"你" })"},
  }));
  CHECK(body_of(CustomerMessage{"openid-1", content}) == R"({"touser":"openid-1",)" + json + "}");
  CHECK(body_of(CustomerMessage{"openid-1", content, "kf@a"}) ==
        R"({"touser":"openid-1",)" + json + R"(,"customservice":{"kf_account":"kf@a"}})");
}

TEST_CASE("what a customer message lacks or has too much of is named", "[wechat][body]") {
  using Content = decltype(CustomerMessage::content);
  const NewsArticle article{"t", "", "https://a.example/"};
  auto [content, wrong] = GENERATE_COPY(table<Content, std::string>({
      {CustomerMessage::Text{""}, "text.content: missing"},
      {CustomerMessage::Text{times(2048, "a")}, ""},
      {CustomerMessage::Text{times(2049, "a")}, "text.content: over 2048 bytes"},
      {CustomerMessage::Text{times(683, "你")}, "text.content: over 2048 bytes"},
      {CustomerMessage::Image{""}, "image.media_id: missing"},
      {CustomerMessage::Image{times(513, "a")}, "image.media_id: over 512 bytes"},
      {CustomerMessage::News{}, "news.articles: missing"},
      {CustomerMessage::News{{article, article}}, "news.articles: more than 1"},
      {CustomerMessage::News{{{"", "", "https://a.example/"}}}, "news.articles[0].title: missing"},
      {CustomerMessage::News{{{"t"}}}, "news.articles[0].url: missing"},
      {CustomerMessage::News{{{"t", "", "", "", MiniProgramLink{"wx1", "a"}}}},
       "news.articles[0].appid: of WeCom only"},
      {CustomerMessage::MiniProgramPage{"", "wx1", "a", "m"}, "miniprogrampage.title: missing"},
      {CustomerMessage::MiniProgramPage{"t", "", "a", "m"}, "miniprogrampage.appid: missing"},
      {CustomerMessage::MiniProgramPage{"t", "wx1", "", "m"}, "miniprogrampage.pagepath: missing"},
      {CustomerMessage::MiniProgramPage{"t", "wx1", "a", ""}, "miniprogrampage.thumb_media_id: missing"},
      {RawContent{"", "{}"}, "msgtype: missing"},
  }));
  CHECK(wrong_in(CustomerMessage{"openid-1", content}) == wrong);
  CHECK(wrong_in(CustomerMessage{"", CustomerMessage::Text{"a"}}) == "touser: missing");
  CHECK(wrong_in(CustomerMessage{"a", CustomerMessage::Text{"a"}, times(65, "k")}) ==
        "customservice.kf_account: over 64 bytes");
}

TEST_CASE("content of one's own is one JSON object", "[wechat][body]") {
  const std::string json = GENERATE("", "[]", "1", "{", "{} {}", R"({"a":"\u0001"})", "null");
  CAPTURE(json);
  CHECK(wrong_in(CustomerMessage{"a", RawContent{"wxcard", json}}, errc::invalid_json) == "wxcard: not a JSON object");
  CHECK(wrong_in(RawBody{Endpoint::template_message, json}, errc::invalid_json) == ": not a JSON object");
}

TEST_CASE("a body of one's own keeps everything but its escapes", "[wechat][body]") {
  auto [json, body] = GENERATE(table<std::string, std::string>({
      {R"({"b":1,"a":12345678901234567890123})", R"({"b":1,"a":12345678901234567890123})"},
      {R"({"a":"\u4f60\u597d"})", R"({"a":"你好"})"},
      {R"({"a":"\uD83D\uDE00\u00e9\u0041"})", R"({"a":"😀éA"})"},
      {R"({"a":"\u0022\u005c\u000a\u0009"})", R"({"a":"\"\\\n\t"})"},
      {R"({"a":"\\u4f60"})", R"({"a":"\\u4f60"})"},
      {R"({"\u0061":1.50})", R"({"a":1.50})"},
      {" {\"a\" : 1}\n", " {\"a\" : 1}\n"},
      {R"({"a":"\/\b"})", R"({"a":"\/\b"})"},
  }));
  CHECK(body_of(RawBody{Endpoint::template_message, json}) == body);
}

TEST_CASE("application messages of each kind are written", "[wechat][body]") {
  using Content = decltype(AppMessage::content);
  auto [content, json] = GENERATE(table<Content, std::string>({
      {AppMessage::Text{"你好"}, R"("msgtype":"text","text":{"content":"你好"})"},
      {AppMessage::Markdown{"# a"}, R"("msgtype":"markdown","markdown":{"content":"# a"})"},
      {AppMessage::TextCard{"t", "d", "https://a.example/", "更多"},
       R"("msgtype":"textcard","textcard":{"title":"t","description":"d","url":"https://a.example/","btntxt":"更多"})"},
      {AppMessage::News{{{"t", "d", "https://a.example/", ""}, {"u", "", "", "", MiniProgramLink{"wx1", "a"}}}},
       R"("msgtype":"news","news":{"articles":[{"title":"t","description":"d","url":"https://a.example/"},)"
       R"({"title":"u","appid":"wx1","pagepath":"a"}]})"},
      {RawContent{"file", R"({"media_id":"m"})"}, R"("msgtype":"file","file":{"media_id":"m"})"},
  }));
  CHECK(body_of(an_app(content)) == R"({"touser":"zhang|li","agentid":1000002,)" + json +
                                        R"(,"enable_duplicate_check":1,"duplicate_check_interval":1800})");
}

TEST_CASE("an application message goes to users, departments and tags, or to everyone", "[wechat][body]") {
  AppMessage message = an_app(AppMessage::Text{"a"});
  message.departments = {"1", "2"};
  message.tags = {"3"};
  message.duplicate_check = 0s;
  CHECK(body_of(message) == R"({"touser":"zhang|li","toparty":"1|2","totag":"3","agentid":1000002,"msgtype":"text",)"
                            R"("text":{"content":"a"}})");
  message.everyone = true;
  message.safe = AppMessage::Safe::confidential;
  message.translate_ids = true;
  message.duplicate_check = 4h;
  CHECK(body_of(message) ==
        R"({"touser":"@all","agentid":1000002,"msgtype":"text","text":{"content":"a"},"safe":1,"enable_id_trans":1,)"
        R"("enable_duplicate_check":1,"duplicate_check_interval":14400})");
  message.content = RawContent{"mpnews", "{}"};
  message.safe = AppMessage::Safe::internal;
  CHECK(body_of(message).find(R"("safe":2)") != std::string::npos);
}

TEST_CASE("what an application message lacks or has too much of is named", "[wechat][body]") {
  using Change = std::function<void(AppMessage&)>;
  const auto content = [](decltype(AppMessage::content) each) {
    return [each](AppMessage& message) { message.content = each; };
  };
  const NewsArticle article{"t", "", "https://a.example/"};
  auto [change, wrong] = GENERATE_COPY(table<Change, std::string>({
      {[](auto& m) { m.users = {}; }, "touser: missing"},
      {[](auto& m) { m.users = std::vector<std::string>(1000, times(64, "a")); }, ""},
      {[](auto& m) { m.users = std::vector<std::string>(1001, "a"); }, "touser: more than 1000"},
      {[](auto& m) {
         m.users = {"a", ""};
       },
       "touser: an id of no legal length"},
      {[](auto& m) { m.users = {times(65, "a")}; }, "touser: an id of no legal length"},
      {[](auto& m) { m.users = {"a|b"}; }, "touser: an id with a |"},
      {[](auto& m) { m.users = {"@all"}; }, "touser: @all: say everyone"},
      {[](auto& m) { m.departments = std::vector<std::string>(100, "1"); }, ""},
      {[](auto& m) { m.departments = std::vector<std::string>(101, "1"); }, "toparty: more than 100"},
      {[](auto& m) { m.tags = std::vector<std::string>(100, "1"); }, ""},
      {[](auto& m) { m.tags = std::vector<std::string>(101, "1"); }, "totag: more than 100"},
      {[](auto& m) { m.agent_id = 0; }, "agentid: missing"},
      {[](auto& m) { m.duplicate_check = 4h + 1s; }, "duplicate_check_interval: not 0 to 14400 s"},
      {[](auto& m) { m.duplicate_check = -1s; }, "duplicate_check_interval: not 0 to 14400 s"},
      {[](auto& m) { m.safe = AppMessage::Safe::internal; }, "safe: internal is for mpnews only"},
      {[article](auto& m) {
         m.content = AppMessage::News{{article}};
         m.safe = AppMessage::Safe::confidential;
       },
       "safe: news cannot be confidential"},
      {content(AppMessage::Text{""}), "text.content: missing"},
      {content(AppMessage::Text{times(2048, "a")}), ""},
      {content(AppMessage::Text{times(2049, "a")}), "text.content: over 2048 bytes"},
      {content(AppMessage::Markdown{""}), "markdown.content: missing"},
      {content(AppMessage::Markdown{times(2048, "a")}), ""},
      {content(AppMessage::Markdown{times(2049, "a")}), "markdown.content: over 2048 bytes"},
      {content(AppMessage::TextCard{times(128, "a"), times(512, "a"), "https://a.example/", "四个字的"}), ""},
      {content(AppMessage::TextCard{"", "d", "https://a.example/"}), "textcard.title: missing"},
      {content(AppMessage::TextCard{times(129, "a"), "d", "https://a.example/"}), "textcard.title: over 128 bytes"},
      {content(AppMessage::TextCard{"t", "", "https://a.example/"}), "textcard.description: missing"},
      {content(AppMessage::TextCard{"t", times(513, "a"), "https://a.example/"}),
       "textcard.description: over 512 bytes"},
      {content(AppMessage::TextCard{"t", "d", ""}), "textcard.url: missing"},
      {content(AppMessage::TextCard{"t", "d", "a.example"}), "textcard.url: without a scheme"},
      {content(AppMessage::TextCard{"t", "d", "https://a.example/", "五个字的啊"}),
       "textcard.btntxt: over 4 characters"},
      {content(AppMessage::News{}), "news.articles: missing"},
      {content(AppMessage::News{std::vector<NewsArticle>(8, article)}), ""},
      {content(AppMessage::News{std::vector<NewsArticle>(9, article)}), "news.articles: more than 8"},
      {content(AppMessage::News{{article, {times(129, "a"), "", "https://a.example/"}}}),
       "news.articles[1].title: over 128 bytes"},
      {content(AppMessage::News{{article, article, {"t", times(513, "a"), "https://a.example/"}}}),
       "news.articles[2].description: over 512 bytes"},
      {content(AppMessage::News{{{"t"}}}), "news.articles[0].url: missing"},
      {content(AppMessage::News{{{"t", "", "https://a.example/", "p"}}}), "news.articles[0].picurl: without a scheme"},
      {content(AppMessage::News{{{"t", "", "", "", MiniProgramLink{"wx1"}}}}), "news.articles[0].pagepath: missing"},
  }));
  CHECK(wrong_in(with<AppMessage>(an_app(AppMessage::Text{"a"}), change)) == wrong);
}

TEST_CASE("cards of each kind are written", "[wechat][body]") {
  auto [kind, json] = GENERATE(table<TemplateCard::Kind, std::string>({
      {TemplateCard::Kind::text_notice,
       R"({"card_type":"text_notice","main_title":{"title":"工单"},"card_action":{"type":1,"url":"https://a.example/"}})"},
      {TemplateCard::Kind::news_notice,
       R"({"card_type":"news_notice","main_title":{"title":"工单"},"card_image":{"url":"https://a.example/i.png"},)"
       R"("card_action":{"type":1,"url":"https://a.example/"}})"},
      {TemplateCard::Kind::button_interaction,
       R"({"card_type":"button_interaction","main_title":{"title":"工单"},"button_list":[{"text":"同意","key":"yes",)"
       R"("style":1}],"task_id":"task-1"})"},
  }));
  const std::string body = body_of(an_app(a_card(kind)));
  CHECK(body.find(R"("msgtype":"template_card","template_card":)" + json) != std::string::npos);
}

TEST_CASE("a card has lines, jumps, and what is to be seen first", "[wechat][body]") {
  TemplateCard card = a_card();
  card.main_title.desc = "d";
  card.emphasis = TemplateCard::Titled{"100", "元"};
  card.sub_title = "s";
  card.lines = {{"k", "v"}, {"k2", "v2", "https://a.example/2"}};
  card.jumps = {{"j", "https://a.example/3"}, {"m", "", MiniProgramLink{"wx1", "a"}}};
  card.task_id = "t_1-@";
  const std::string body = body_of(an_app(card));
  CHECK(body.find(R"({"card_type":"text_notice","main_title":{"title":"工单","desc":"d"},)"
                  R"("emphasis_content":{"title":"100","desc":"元"},"sub_title_text":"s",)"
                  R"("horizontal_content_list":[{"keyname":"k","value":"v"},)"
                  R"({"type":1,"keyname":"k2","value":"v2","url":"https://a.example/2"}],)"
                  R"("jump_list":[{"title":"j","type":1,"url":"https://a.example/3"},)"
                  R"({"title":"m","type":2,"appid":"wx1","pagepath":"a"}],)"
                  R"("card_action":{"type":1,"url":"https://a.example/"},"task_id":"t_1-@"})") != std::string::npos);
}

TEST_CASE("what a card lacks or has too much of is named", "[wechat][body]") {
  using Kind = TemplateCard::Kind;
  using Change = std::function<void(TemplateCard&)>;
  const TemplateCard::Jump jump{"j", "https://a.example/"};
  auto [kind, change, wrong] = GENERATE_COPY(table<Kind, Change, std::string>({
      {Kind::text_notice, [](auto& c) { c.main_title.title = ""; }, "main_title.title: missing"},
      {Kind::text_notice,
       [](auto& c) {
         c.main_title.title = "";
         c.sub_title = "s";
       },
       ""},
      {Kind::news_notice,
       [](auto& c) {
         c.main_title.title = "";
         c.sub_title = "s";
       },
       "main_title.title: missing"},
      {Kind::text_notice, [](auto& c) { c.main_title.title = times(513, "a"); }, "main_title.title: over 512 bytes"},
      {Kind::text_notice, [](auto& c) { c.sub_title = times(513, "a"); }, "sub_title_text: over 512 bytes"},
      {Kind::text_notice, [](auto& c) { c.action.reset(); }, "card_action: missing"},
      {Kind::news_notice, [](auto& c) { c.action.reset(); }, "card_action: missing"},
      {Kind::text_notice, [](auto& c) { c.action->url = ""; }, "card_action.url: missing"},
      {Kind::text_notice, [](auto& c) { c.action->mini_program = MiniProgramLink{""}; }, "card_action.appid: missing"},
      {Kind::news_notice, [](auto& c) { c.image_url = ""; }, "card_image.url: missing"},
      {Kind::text_notice, [](auto& c) { c.lines = std::vector<TemplateCard::Line>(6, {"k"}); }, ""},
      {Kind::text_notice, [](auto& c) { c.lines = std::vector<TemplateCard::Line>(7, {"k"}); },
       "horizontal_content_list: more than 6"},
      {Kind::text_notice, [](auto& c) { c.lines = {{"k"}, {""}}; }, "horizontal_content_list[1].keyname: missing"},
      {Kind::text_notice, [jump](auto& c) { c.jumps = std::vector<TemplateCard::Jump>(3, jump); }, ""},
      {Kind::text_notice, [jump](auto& c) { c.jumps = std::vector<TemplateCard::Jump>(4, jump); },
       "jump_list: more than 3"},
      {Kind::text_notice, [](auto& c) { c.jumps = {{"", "https://a.example/"}}; }, "jump_list[0].title: missing"},
      {Kind::button_interaction, [jump](auto& c) { c.jumps = {jump}; }, "jump_list: not of a card with buttons"},
      {Kind::button_interaction, [](auto& c) { c.buttons = {}; }, "button_list: missing"},
      {Kind::button_interaction, [](auto& c) { c.buttons = std::vector<TemplateCard::Button>(6, {"b", "k"}); }, ""},
      {Kind::button_interaction, [](auto& c) { c.buttons = std::vector<TemplateCard::Button>(7, {"b", "k"}); },
       "button_list: more than 6"},
      {Kind::button_interaction, [](auto& c) { c.buttons = {{"", "k"}}; }, "button_list[0].text: missing"},
      {Kind::button_interaction, [](auto& c) { c.buttons = {{"b", ""}}; }, "button_list[0].key: missing"},
      {Kind::button_interaction, [](auto& c) { c.buttons = {{"b", times(1024, "k")}}; }, ""},
      {Kind::button_interaction, [](auto& c) { c.buttons = {{"b", times(1025, "k")}}; },
       "button_list[0].key: over 1024 bytes"},
      {Kind::button_interaction, [](auto& c) { c.buttons = {{"b", "k", 5}}; }, "button_list[0].style: not 1 to 4"},
      {Kind::text_notice, [](auto& c) { c.buttons = {{"b", "k"}}; }, "button_list: more than 0"},
      {Kind::button_interaction, [](auto& c) { c.task_id = ""; }, "task_id: missing"},
      {Kind::button_interaction, [](auto& c) { c.task_id = times(128, "a"); }, ""},
      {Kind::button_interaction, [](auto& c) { c.task_id = times(129, "a"); }, "task_id: over 128 bytes"},
      {Kind::text_notice, [](auto& c) { c.task_id = "a b"; }, "task_id: has another character"},
  }));
  const std::string expected = wrong.empty() ? "" : "template_card." + wrong;
  CHECK(wrong_in(an_app(with<TemplateCard>(a_card(kind), change))) == expected);
}

TEST_CASE("each call has its path, and says how it tells a message that came twice", "[wechat][body]") {
  using Idempotency = EndpointTraits::Idempotency;
  auto [endpoint, path, key, receipt] = GENERATE(table<Endpoint, std::string, std::string, std::string>({
      {Endpoint::token, "/cgi-bin/token", "", ""},
      {Endpoint::stable_token, "/cgi-bin/stable_token", "", ""},
      {Endpoint::wecom_token, "/cgi-bin/gettoken", "", ""},
      {Endpoint::template_message, "/cgi-bin/message/template/send", "client_msg_id", "TEMPLATESENDJOBFINISH"},
      {Endpoint::subscription_notice, "/cgi-bin/message/subscribe/bizsend", "", "subscribe_msg_sent_event"},
      {Endpoint::customer_message, "/cgi-bin/message/custom/send", "", ""},
      {Endpoint::subscribe_message, "/cgi-bin/message/subscribe/send", "", "subscribe_msg_sent_event"},
      {Endpoint::app_message, "/cgi-bin/message/send", "enable_duplicate_check", ""},
  }));
  const EndpointTraits& traits = traits_of(endpoint);
  CAPTURE(to_string(endpoint));
  CHECK(traits.path == path);
  CHECK(traits.key_field == key);
  CHECK(traits.receipt_event == receipt);
  CHECK((traits.idempotency == Idempotency::none) == key.empty());
  CHECK((traits.key_life > 0s) == !key.empty());
  CHECK((traits.kind == EndpointKind::token) == path.ends_with("token"));
  // A receipt names a message.
  if (endpoint == Endpoint::template_message || endpoint == Endpoint::subscribe_message) CHECK(traits.has_message_id);
}

TEST_CASE("a token is asked for, and said, in the form of each platform", "[wechat][body]") {
  CHECK(request_target(Endpoint::app_message, "a-_b+/=") == "/cgi-bin/message/send?access_token=a-_b%2B%2F%3D");
  const TokenRequest stable = token_request(Endpoint::stable_token, "wx1", "s\"1");
  CHECK(stable.target == "/cgi-bin/stable_token");
  CHECK(stable.body == R"({"grant_type":"client_credential","appid":"wx1","secret":"s\"1"})");
  const TokenRequest plain = token_request(Endpoint::token, "wx1", "s&1");
  CHECK(plain.target == "/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s%261");
  CHECK(plain.body.empty());
  CHECK(token_request(Endpoint::wecom_token, "ww1", "s").target == "/cgi-bin/gettoken?corpid=ww1&corpsecret=s");
}
