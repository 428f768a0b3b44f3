// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat/category.hpp>
#include <tidings/wechat/error_table.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cctype>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

using namespace tidings;
using namespace tidings::wechat;

namespace {

// The letter of a class and its numbers, as the vendors' pages and SDKs have them: Success, Duplicate, Token, K
// (credential), X (busy), Rate limit, Quota, P (recipient), Window, Bad request, A (blocked), N (unlisted).
using Expected = std::vector<std::pair<char, std::vector<std::int32_t>>>;

const Expected official_expected = {
    {'S', {0}},
    {'D', {45065}},
    {'T', {40001, 40014, 42001}},
    {'K', {40002, 40013, 40125, 41002, 41004}},
    {'X', {-1, 61450, 9001002}},
    {'R', {45011, 45066}},
    {'Q', {45009, 45029}},
    {'P', {40003, 42007, 43004, 43005, 43019, 46004, 48002, 50001, 50002, 50005, 65302}},
    {'W', {43101, 45015, 45047, 45080, 45081}},
    {'B', {40004, 40005, 40006, 40007, 40008, 40031, 40032, 40033, 40035, 40036, 40037,  40038, 40039, 40050,
           40059, 40118, 40121, 41001, 41028, 41029, 41030, 42002, 42003, 43001, 43002,  43003, 44001, 44002,
           44003, 44004, 45001, 45002, 45003, 45004, 45005, 45006, 45007, 45008, 45026,  45027, 45067, 45083,
           45084, 45166, 46001, 47001, 47003, 48005, 61451, 61452, 76021, 76022, 9001001}},
    {'A', {40164, 45035, 45103, 45109, 48001, 48003, 48004, 48006, 48008, 61004, 61007, 89503}},
    {'N', {43104, 43107, 43108, 45168, 87009}}};

const Expected wecom_expected = {
    {'S', {0}},
    {'T', {40014, 40082, 42001, 42009}},
    {'K', {40001, 40013, 40091, 41002, 41004, 2000002}},
    {'X', {-1, 6000}},
    {'R', {41094, 45009, 45033}},
    {'P', {40003, 40031, 40050, 40066, 40068, 40070, 43004, 46004, 50002,  60003,
           60011, 60111, 60123, 81013, 86001, 86003, 93006, 93008, 301021, 701008}},
    {'W', {95001, 95002, 95018}},
    {'B', {40007, 40008, 40032, 40033, 40035, 40036, 40037, 40039, 40056, 40058, 40063, 40074, 41001, 41006, 41011,
           41016, 41033, 42007, 42014, 42015, 42052, 44004, 45001, 45002, 45007, 45008, 45024, 45026, 45029, 45032,
           45034, 50001, 82001, 82002, 82003, 82004, 82102, 84019, 84020, 85002, 86216, 86217, 86220, 90207, 90208}},
    {'A',
     {43009, 48002, 48004, 48005, 50003, 60020, 60206, 60207, 86008, 90302, 93000, 93004, 301002, 301007, 610016}}};

const Expected& expected_of(Platform platform) {
  return platform == Platform::wecom ? wecom_expected : official_expected;
}

char letter_of(ErrorClass each) {
  constexpr char letters[] = "SDTKXURQPWBAN";
  return letters[static_cast<std::size_t>(each)];
}

ErrorClass class_of(Platform platform, EndpointKind kind, std::int32_t code) {
  return find_error(platform, kind, code).error_class;
}

// The conditions of a code, one letter each, as the vocabulary's test has them.
std::string conditions_of_code(const std::error_code& ec) {
  const std::pair<condition, char> all[] = {{condition::retryable, 'R'},
                                            {condition::peer_gone, 'G'},
                                            {condition::slow, 'S'},
                                            {condition::unauthorized, 'U'},
                                            {condition::throttled, 'T'},
                                            {condition::bad_input, 'B'},
                                            {condition::recipient_unreachable, 'N'},
                                            {condition::credential, 'C'}};
  std::string letters;
  for (const auto& [each, letter] : all) {
    if (ec == each) letters += letter;
  }
  return letters;
}

}  // namespace

TEST_CASE("every number has the class that the vendors' pages and SDKs give it", "[wechat][errors]") {
  const Platform platform = GENERATE(Platform::official_account, Platform::mini_program, Platform::wecom);
  CAPTURE(to_string(platform));
  for (const auto& [letter, codes] : expected_of(platform)) {
    for (const std::int32_t code : codes) {
      CAPTURE(code);
      const ErrorRow row = find_error(platform, EndpointKind::send, code);
      CHECK(row.code == code);
      CHECK(letter_of(row.error_class) == letter);
    }
  }
}

TEST_CASE("the table has no number that nothing says", "[wechat][errors]") {
  const Platform platform = GENERATE(Platform::official_account, Platform::wecom);
  std::set<std::int32_t> expected;
  for (const auto& each : expected_of(platform)) expected.insert(each.second.begin(), each.second.end());
  std::set<std::int32_t> listed;
  for (const ErrorRow& row : error_table(platform)) listed.insert(row.code);
  CHECK(listed == expected);
}

TEST_CASE("rows are in order, those for one kind of call first, each with a meaning and a source", "[wechat][errors]") {
  const Platform platform = GENERATE(Platform::official_account, Platform::wecom);
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  EndpointKind kind = EndpointKind::any;
  for (const ErrorRow& row : error_table(platform)) {
    CAPTURE(row.code);
    CHECK((row.code > last || (row.code == last && kind != EndpointKind::any)));
    last = row.code;
    kind = row.kind;
    CHECK_FALSE(std::string(row.source).empty());
    const std::string meaning = row.meaning;
    REQUIRE_FALSE(meaning.empty());
    CHECK_FALSE(meaning.ends_with('.'));
    const bool limits = row.error_class == ErrorClass::rate_limit || row.error_class == ErrorClass::quota;
    CHECK((row.window != LimitWindow::none) == limits);
    if (row.error_class == ErrorClass::quota) CHECK(row.window == LimitWindow::day);
  }
}

TEST_CASE("eleven numbers mean one thing to an Official Account and another to WeCom", "[wechat][errors]") {
  auto [code, official, wecom] = GENERATE(table<std::int32_t, char, char>({
      {40001, 'T', 'K'},
      {42007, 'P', 'B'},
      {43004, 'P', 'P'},
      {48002, 'P', 'A'},
      {48004, 'A', 'A'},
      {48005, 'B', 'A'},
      {50001, 'P', 'B'},
      {50002, 'P', 'P'},
      {40050, 'B', 'P'},
      {45026, 'B', 'B'},
      {45029, 'Q', 'B'},
  }));
  CAPTURE(code);
  const ErrorRow one = find_error(Platform::official_account, EndpointKind::send, code);
  const ErrorRow other = find_error(Platform::wecom, EndpointKind::send, code);
  CHECK(letter_of(one.error_class) == official);
  CHECK(letter_of(other.error_class) == wecom);
  CHECK(std::string(one.meaning) != other.meaning);
}

TEST_CASE("who asks for a token with a wrong secret is not told to ask for a token", "[wechat][errors]") {
  for (const Platform platform : {Platform::official_account, Platform::mini_program}) {
    CHECK(class_of(platform, EndpointKind::token, 40001) == ErrorClass::credential);
    CHECK(class_of(platform, EndpointKind::send, 40001) == ErrorClass::token_stale);
    CHECK(class_of(platform, EndpointKind::any, 40001) == ErrorClass::token_stale);
  }
  CHECK(class_of(Platform::wecom, EndpointKind::token, 40001) == ErrorClass::credential);
  CHECK(find_error(Platform::wecom, EndpointKind::token, 45009).window == LimitWindow::hour);
  CHECK(find_error(Platform::wecom, EndpointKind::send, 45009).window == LimitWindow::any);
  // What has no row for this kind of call has the platform's.
  CHECK(class_of(Platform::wecom, EndpointKind::token, 40013) == ErrorClass::credential);
}

TEST_CASE("limits say until when they hold", "[wechat][errors]") {
  auto [platform, code, window] = GENERATE(table<Platform, std::int32_t, LimitWindow>({
      {Platform::official_account, 45009, LimitWindow::day},
      {Platform::official_account, 45011, LimitWindow::clock_minute},
      {Platform::official_account, 45066, LimitWindow::minute},
      {Platform::mini_program, 45029, LimitWindow::day},
      {Platform::wecom, 45009, LimitWindow::any},
      {Platform::wecom, 45033, LimitWindow::concurrency},
      {Platform::wecom, 41094, LimitWindow::minute},
  }));
  CAPTURE(code);
  CHECK(find_error(platform, EndpointKind::send, code).window == window);
}

TEST_CASE("a list of recipients that one of them spoils can be split", "[wechat][errors]") {
  const Platform platform = GENERATE(Platform::official_account, Platform::wecom);
  std::set<std::int32_t> split;
  for (const ErrorRow& row : error_table(platform)) {
    if (row.split) split.insert(row.code);
  }
  const std::set<std::int32_t> wecom = {40031, 40032, 82002, 82003, 301021};
  CHECK(split == (platform == Platform::wecom ? wecom : std::set<std::int32_t>()));
}

TEST_CASE("a number that nothing explains is unlisted and keeps its number", "[wechat][errors]") {
  const Platform platform = GENERATE(Platform::official_account, Platform::mini_program, Platform::wecom);
  const std::int32_t code = GENERATE(1, 39999, 99999999, -2, std::numeric_limits<std::int32_t>::min(),
                                     std::numeric_limits<std::int32_t>::max());
  const EndpointKind kind = GENERATE(EndpointKind::any, EndpointKind::token, EndpointKind::send);
  const ErrorRow row = find_error(platform, kind, code);
  CHECK(row.error_class == ErrorClass::unlisted);
  CHECK(row.code == code);
  CHECK(row.window == LimitWindow::none);
}

// 90302 is WeCom's, 43019 the Official Account's.
TEST_CASE("no platform borrows the other one's rows", "[wechat][errors]") {
  CHECK(class_of(Platform::official_account, EndpointKind::send, 90302) == ErrorClass::unlisted);
  CHECK(class_of(Platform::wecom, EndpointKind::send, 43019) == ErrorClass::unlisted);
}

TEST_CASE("the conditions of a number are those of its class", "[wechat][errors]") {
  auto [platform, code, conditions] = GENERATE(table<Platform, std::int32_t, std::string>({
      {Platform::official_account, -1, "R"},
      {Platform::official_account, 40001, "UC"},
      {Platform::official_account, 40125, "UC"},
      {Platform::official_account, 45009, "RT"},
      {Platform::official_account, 45011, "RT"},
      {Platform::official_account, 43004, "N"},
      {Platform::mini_program, 43101, "N"},
      {Platform::official_account, 40164, "U"},
      {Platform::official_account, 47003, "B"},
      {Platform::official_account, 43104, "B"},
      {Platform::official_account, 12345, "B"},
      {Platform::wecom, 40001, "UC"},
      {Platform::wecom, 45033, "RT"},
      {Platform::wecom, 48002, "U"},
      {Platform::wecom, 81013, "N"},
  }));
  CAPTURE(code);
  const std::error_code ec = wechat::make_error_code(platform, code);
  CHECK(ec.value() == code);
  CHECK(conditions_of_code(ec) == conditions);
}

TEST_CASE("what was accepted is no error", "[wechat][errors]") {
  CHECK_FALSE(wechat::make_error_code(Platform::official_account, 0));
  CHECK_FALSE(wechat::make_error_code(Platform::official_account, 45065));
  CHECK_FALSE(wechat::make_error_code(Platform::wecom, 0));
  CHECK(wechat::make_error_code(Platform::wecom, 45065));
}

TEST_CASE("the two categories have names, and their codes the words of the table", "[wechat][errors]") {
  const std::error_code official = wechat::make_error_code(Platform::mini_program, 48002);
  const std::error_code wecom = wechat::make_error_code(Platform::wecom, 48002);
  CHECK(std::string(official.category().name()) == "wechat");
  CHECK(std::string(wecom.category().name()) == "wecom");
  CHECK(official != wecom);
  CHECK(official == wechat::make_error_code(Platform::official_account, 48002));
  CHECK(official.message() == "the follower has switched messages off");
  CHECK(wecom.message() == "the app may not use this call");
  CHECK(wechat::make_error_code(Platform::wecom, 12345).message() == "a number that no source explains");
  CHECK_FALSE(official == std::errc::timed_out);
}

// A code does not say what the call was for.
TEST_CASE("the conditions of a number do not depend on the kind of call", "[wechat][errors]") {
  const Platform platform = GENERATE(Platform::official_account, Platform::wecom);
  for (const ErrorRow& row : error_table(platform)) {
    CAPTURE(row.code);
    const ErrorClass any = class_of(platform, EndpointKind::any, row.code);
    for (int number = 1; number <= 8; ++number) {
      const auto wanted = static_cast<condition>(number);
      CHECK(satisfies(row.error_class, wanted) == satisfies(any, wanted));
    }
  }
}

TEST_CASE("classes, kinds, windows and platforms have names of their own", "[wechat][errors]") {
  std::set<std::string> names;
  for (std::size_t i = 0; i < error_class_count; ++i) names.insert(to_string(static_cast<ErrorClass>(i)));
  CHECK(names.size() == error_class_count);
  CHECK_FALSE(names.contains("unknown"));
  CHECK(std::string(to_string(static_cast<ErrorClass>(error_class_count))) == "unknown");
  CHECK(std::string(to_string(ErrorClass::unlisted)) == "unlisted");
  CHECK(std::string(to_string(LimitWindow::concurrency)) == "concurrency");
  CHECK(std::string(to_string(EndpointKind::token)) == "token");
  CHECK(std::string(to_string(Platform::wecom)) == "wecom");
}
