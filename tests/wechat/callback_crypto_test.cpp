// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/base64.hpp>
#include <tidings/wechat/callback_crypto.hpp>

#include <catch2/catch_test_macros.hpp>

#include "wechat/callback_vectors.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using tidings::errc;
using tidings::wechat::CallbackCrypto;
using tidings::wechat::CallbackReply;
using Key = CallbackCrypto::Key;

std::string seal(const CallbackCrypto& crypto, std::string_view message, Key key = Key::current) {
  std::string sealed;
  REQUIRE_FALSE(crypto.seal(message, vectors::random, key, sealed));
  return sealed;
}

std::error_code open(const CallbackCrypto& crypto, std::string_view encrypted) {
  CallbackCrypto::Opened untouched{.message = "untouched", .key = Key::previous};
  const std::error_code ec = crypto.open(encrypted, untouched);
  if (ec) {
    CHECK(untouched.message == "untouched");
    CHECK(untouched.key == Key::previous);
  }
  return ec;
}

}  // namespace

TEST_CASE("a plain callback is signed over its token, timestamp and nonce", "[wechat][callback]") {
  const CallbackCrypto crypto({.token = std::string(vectors::token)});
  CHECK(crypto.sign(vectors::timestamp, vectors::nonce) == "0637ab88496ebe043224aec75ad46a49c205cc92");
  CHECK(crypto.verify("0637ab88496ebe043224aec75ad46a49c205cc92", vectors::timestamp, vectors::nonce));
  CHECK_FALSE(crypto.can_open());
  CHECK(open(crypto, vectors::echo.encrypted) == errc::not_supported);
  std::string sealed;
  CHECK(crypto.seal("x", vectors::random, Key::current, sealed) == errc::not_supported);
}

TEST_CASE("a signature with any digit changed, cut, or in capitals is wrong", "[wechat][callback]") {
  const CallbackCrypto crypto = vectors::crypto_of(vectors::corp);
  const std::string right(vectors::echo.signature);
  const auto verify = [&](std::string_view signature) {
    return crypto.verify(signature, vectors::timestamp, vectors::nonce, vectors::echo.encrypted);
  };
  REQUIRE(verify(right));
  for (std::size_t i = 0; i < right.size(); ++i) {
    std::string wrong = right;
    wrong[i] = wrong[i] == '0' ? '1' : '0';
    CHECK_FALSE(verify(wrong));
    CHECK_FALSE(verify(right.substr(0, i)));
  }
  CHECK_FALSE(verify(right + "0"));
  CHECK_FALSE(verify("CBB54475F425D25A99F42658247D796A4A472E24"));
  CHECK_FALSE(crypto.verify(right, "1700000001", vectors::nonce, vectors::echo.encrypted));
  CHECK_FALSE(crypto.verify(right, vectors::timestamp, "nonce124", vectors::echo.encrypted));
  CHECK_FALSE(crypto.verify(right, vectors::timestamp, vectors::nonce, vectors::good[3].encrypted));
  CHECK_FALSE(crypto.verify(right, vectors::timestamp, vectors::nonce));
}

TEST_CASE("parts are sorted by their bytes, also beyond ASCII", "[wechat][callback]") {
  const CallbackCrypto crypto({.token = "\xE4\xBD\xA0"});
  const CallbackCrypto concatenated({.token = "1\xE4\xBD\xA0"});
  // "1" + "z" + token against "1" + token + "z" where bytes were taken for signed.
  CHECK(crypto.sign("1", "z") == CallbackCrypto({.token = "z"}).sign("1", "\xE4\xBD\xA0"));
  CHECK(crypto.sign("1", "z") != concatenated.sign("", "z"));
}

TEST_CASE("vectors of other programs are opened, and sealed to the same bytes", "[wechat][callback]") {
  for (const vectors::Sealed& each : vectors::good) {
    CAPTURE(each.name);
    const CallbackCrypto crypto = vectors::crypto_of(each.receiver);
    CHECK(crypto.verify(each.signature, vectors::timestamp, vectors::nonce, each.encrypted));
    CallbackCrypto::Opened opened;
    REQUIRE_FALSE(crypto.open(each.encrypted, opened));
    CHECK(opened.message == each.message);
    CHECK(opened.key == Key::current);
    CHECK(seal(crypto, each.message) == each.encrypted);
  }
}

TEST_CASE("the samples of the vendor and of other libraries are opened", "[wechat][callback]") {
  const CallbackCrypto sample(
      {.token = "QDG6eK", .receiver = "wx5823bf96d3bd56c7", .aes_key = std::string(vectors::other_aes_key)});
  const std::string_view echo =
      "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==";
  CHECK(sample.verify("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780", echo));
  CallbackCrypto::Opened opened;
  REQUIRE_FALSE(sample.open(echo, opened));
  CHECK(opened.message == "1616140317555161061");

  const std::string_view message =
      "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/"
      "0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+"
      "6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r"
      "+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+"
      "rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS"
      "+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==";
  CHECK(sample.verify("477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149", message));
  REQUIRE_FALSE(sample.open(message, opened));
  CHECK(opened.message.find("<Content><![CDATA[hello]]></Content>") != std::string::npos);
  CHECK(opened.message.find("<MsgId>4561255354251345929</MsgId>") != std::string::npos);

  const CallbackCrypto wechatpy(
      {.token = "123456", .receiver = "wx49f0ab532d5d035a", .aes_key = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"});
  const std::string_view other =
      "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==";
  CHECK(wechatpy.verify("dd6b9c95b495b3f7e2901bfbc76c664930ffdb96", "1411443780", "437374425", other));
  REQUIRE_FALSE(wechatpy.open(other, opened));
  CHECK(opened.message == "5927782489442352469");

  const CallbackCrypto chinese(
      {.token = "pamtest", .receiver = "wxb11529c136998cb6", .aes_key = std::string(vectors::aes_key)});
  std::string sealed;
  REQUIRE_FALSE(chinese.seal("\u6211\u662f\u4e2d\u6587abcd123",
                             {'a', 'a', 'a', 'a', 'b', 'b', 'b', 'b', 'c', 'c', 'c', 'c', 'd', 'd', 'd', 'd'},
                             Key::current, sealed));
  CHECK(sealed == "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==");
}

TEST_CASE("whatever is wrong inside is the same error, although the signature is right", "[wechat][callback]") {
  const CallbackCrypto crypto = vectors::crypto_of(vectors::corp);
  for (const vectors::Sealed& each : vectors::bad) {
    CAPTURE(each.name);
    CHECK(crypto.verify(each.signature, vectors::timestamp, vectors::nonce, each.encrypted));
    CHECK(open(crypto, each.encrypted) == errc::invalid_envelope);
  }
  for (const std::size_t size : {1, 15, 16, 17, 31, 33, 48, 63, 65, 80}) {
    CAPTURE(size);
    CHECK(open(crypto, tidings::protocol::encode_base64(std::string(size, 'x'))) == errc::invalid_envelope);
  }
  const std::string right(vectors::echo.encrypted);
  for (const std::string& each : {std::string(), right.substr(1), right.substr(0, right.size() - 1), right + "=",
                                  "*" + right.substr(1), right + "\n", " " + right, right + std::string(1, '\0')}) {
    CAPTURE(each);
    CHECK(open(crypto, each) == errc::invalid_envelope);
  }
  CHECK(open(vectors::crypto_of(vectors::app), vectors::echo.encrypted) == errc::invalid_envelope);
  CHECK(open(vectors::crypto_of(vectors::corp, vectors::other_aes_key), right) == errc::invalid_envelope);
}

TEST_CASE("no bit of an encrypted callback may change", "[wechat][callback]") {
  const CallbackCrypto crypto = vectors::crypto_of(vectors::corp);
  const std::string right = *tidings::protocol::decode_base64(vectors::echo.encrypted);
  for (std::size_t i = 0; i < right.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string wrong = right;
      wrong[i] = static_cast<char>(static_cast<unsigned char>(wrong[i]) ^ 1U << bit);
      const std::string encrypted = tidings::protocol::encode_base64(wrong);
      CHECK_FALSE(crypto.verify(vectors::echo.signature, vectors::timestamp, vectors::nonce, encrypted));
      // The cipher alone says nothing of its first blocks: it is the signature that holds.
      CallbackCrypto::Opened opened;
      if (i >= 32) CHECK(crypto.open(encrypted, opened));
    }
  }
}

TEST_CASE("messages of all lengths around a block come back", "[wechat][callback]") {
  const CallbackCrypto crypto = vectors::crypto_of(vectors::corp);
  for (std::size_t size = 0; size <= 100; ++size) {
    std::string message(size, '\0');
    for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<char>(i * 37 + size);
    const std::string sealed = seal(crypto, message);
    CHECK(sealed.size() % 4 == 0);
    CallbackCrypto::Opened opened;
    REQUIRE_FALSE(crypto.open(sealed, opened));
    CHECK(opened.message == message);
  }
  const std::string large(1 << 20, 'x');
  CallbackCrypto::Opened opened;
  REQUIRE_FALSE(crypto.open(seal(crypto, large), opened));
  CHECK(opened.message == large);
}

TEST_CASE("during a change of keys both open, and a reply is sealed with the one that did", "[wechat][callback]") {
  const CallbackCrypto before = vectors::crypto_of(vectors::corp, vectors::aes_key);
  const CallbackCrypto during = vectors::crypto_of(vectors::corp, vectors::other_aes_key, vectors::aes_key);
  const CallbackCrypto after = vectors::crypto_of(vectors::corp, vectors::other_aes_key);
  CallbackCrypto::Opened opened;
  REQUIRE_FALSE(during.open(seal(before, "old"), opened));
  CHECK(opened.message == "old");
  CHECK(opened.key == Key::previous);
  CallbackReply reply;
  REQUIRE_FALSE(during.reply("answer", vectors::random, opened.key, "1", "n", reply));
  REQUIRE_FALSE(before.open(reply.encrypt, opened));
  CHECK(opened.message == "answer");

  REQUIRE_FALSE(during.open(seal(after, "new"), opened));
  CHECK(opened.message == "new");
  CHECK(opened.key == Key::current);
  CHECK(open(after, seal(before, "old")) == errc::invalid_envelope);
  std::string sealed;
  CHECK(after.seal("x", vectors::random, Key::previous, sealed) == errc::not_supported);
}

TEST_CASE("a passive reply is signed, and says so in XML and JSON", "[wechat][callback]") {
  const CallbackCrypto crypto = vectors::crypto_of(vectors::corp);
  CallbackReply reply;
  REQUIRE_FALSE(crypto.reply("ok", vectors::random, Key::current, vectors::timestamp, vectors::nonce, reply));
  CHECK(reply.encrypt == vectors::good[3].encrypted);
  CHECK(reply.signature == vectors::good[3].signature);
  const std::string encrypted(vectors::good[3].encrypted);
  CHECK(to_xml(reply) == "<xml><Encrypt>" + encrypted +
                             "</Encrypt><MsgSignature>9475af4201490d1f091eff05e30ceaa09885ceb5</MsgSignature>"
                             "<TimeStamp>1700000000</TimeStamp><Nonce>nonce123</Nonce></xml>");
  CHECK(to_json(reply) == "{\"encrypt\":\"" + encrypted +
                              "\",\"msgsignature\":\"9475af4201490d1f091eff05e30ceaa09885ceb5\","
                              "\"timestamp\":1700000000,\"nonce\":\"nonce123\"}");
  reply.nonce = "<&>";
  CHECK(to_xml(reply).find("<Nonce>&lt;&amp;&gt;</Nonce>") != std::string::npos);
}

TEST_CASE("secrets that cannot be are refused at once", "[wechat][callback]") {
  using Secret = CallbackCrypto::Secret;
  const std::string key(vectors::aes_key);
  CHECK_THROWS_AS(CallbackCrypto(Secret{}), std::invalid_argument);
  CHECK_THROWS_AS(CallbackCrypto(Secret{.token = "t", .receiver = "r", .aes_key = key.substr(1)}),
                  std::invalid_argument);
  CHECK_THROWS_AS(CallbackCrypto(Secret{.token = "t", .receiver = "r", .aes_key = key + "A"}), std::invalid_argument);
  CHECK_THROWS_AS(CallbackCrypto(Secret{.token = "t", .receiver = "r", .aes_key = "-" + key.substr(1)}),
                  std::invalid_argument);
  CHECK_THROWS_AS(CallbackCrypto(Secret{.token = "t", .aes_key = key}), std::invalid_argument);
  CHECK_THROWS_AS(CallbackCrypto(Secret{.token = "t", .receiver = "r", .previous_aes_key = key}),
                  std::invalid_argument);
  CHECK_THROWS_AS(CallbackCrypto(Secret{.token = "t", .receiver = "r", .aes_key = key, .previous_aes_key = "x"}),
                  std::invalid_argument);
}
