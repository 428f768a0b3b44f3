// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_WECHAT_CALLBACK_VECTORS_HPP
#define TIDINGS_TESTS_WECHAT_CALLBACK_VECTORS_HPP

#include <tidings/wechat/callback_crypto.hpp>

#include <array>
#include <string>
#include <string_view>

/// Callbacks computed by other programs.
namespace vectors {

inline constexpr std::string_view token = "pushtoken";
inline constexpr std::string_view timestamp = "1700000000";
inline constexpr std::string_view nonce = "nonce123";
inline constexpr std::string_view aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
inline constexpr std::string_view other_aes_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
inline constexpr std::array<char, 16> random{'0', '1', '2', '3', '4', '5', '6', '7',
                                             '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
inline constexpr std::string_view corp = "ww0123456789abcdef";
inline constexpr std::string_view app = "wx0123456789abcdef";

struct Sealed {
  std::string_view name;
  std::string_view receiver;
  std::string_view message;
  std::string_view encrypted;
  std::string_view signature;
};

inline constexpr std::string_view receipt =
    "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
    "<FromUserName><![CDATA[oOPENID0000000000000000001]]></FromUserName><CreateTime>1700000000</CreateTime>"
    "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event>"
    "<MsgID>3557254367693750277</MsgID><Status><![CDATA[success]]></Status></xml>";

inline constexpr Sealed echo{"WeCom's echostr, padding 7", corp, "1616140317555161061",
                             "Q3stYC6hdFzMh9T8HCvyDH0IHJENRtL8kKsqSYgg4gBeiTpo2e8dLmRRhxdna5yMVu0s4RoCX7iZ4LGYqVDhtA==",
                             "cbb54475f425d25a99f42658247d796a4a472e24"};

inline constexpr Sealed sealed_receipt{
    "receipt of an Official Account, padding 27", app, receipt,
    "Q3stYC6hdFzMh9T8HCvyDKItcELCm4olqZZf84QA4c3hnkz/lSnRbmFHyWPfCMua7lfwbtYfAYV2DUAJGJmrDmQU78MxkLU82eG5S2rjugJWFK2ln"
    "WdqXP9hXkT2bdkhF6h2Ysru7dQcTmCi0neO8hXQbEkfCNEFwcwWTsVqCrLjzR2TjtjpuzFLW/"
    "kyYi2+eZHfIm+CnFbA67nm3xGkGp4Ct5HKbIVoYpin"
    "c+r85H6h8RZVSP1BmN9nLE7mphigQ+JoQQkILn4/bszvsAbVKo6eDbvP3Et3CVJ/"
    "yLetgG2fzE7OTpv7jS7ZxacOdZoa3yDoso62TtHcBvOamzJWkJX"
    "0QnHYKeEvWigvNex6+PfXMo4ZiTYjsttzscEwjFHSuMdXIF7Ykbo8PMDQej6isWc51LgQHBA16E6f7uSO6jFeffiJa+pvCFKkM/"
    "S4B6GhyA0dgUZ9QN"
    "RXq5xrO3wg1zSTsEkTRBIo/5o7ePaF+CUqOEpjTyku0QlAJaZn/dWM",
    "da8aeeb23f6e6e3c8577d09a375271e9ebbafc8f"};

inline constexpr Sealed good[] = {
    echo,
    sealed_receipt,
    {"padding of a whole block", corp, "xxxxxxxxxxxxxxxxxxxxxxxxxx",
     "Q3stYC6hdFzMh9T8HCvyDHDxbrF7f8TfmYxXSN1y2VZW6cJciwduFWqR/1kOoL39/"
     "ej0a6fKofgBE1C6UNg0SDHGjiUEB2yBIj2aWa8+sWGAvFARk51N4jiS4KBp73cu",
     "26436407585fddd916cd9047d89017945e56bd36"},
    {"padding 24", corp, "ok",
     "Q3stYC6hdFzMh9T8HCvyDBQedA3CasCRuZyV7gTH6vKe2bbNifQOq1bP0aBIuz6TFvuISKMsbG+rqFpRf33gEQ==",
     "9475af4201490d1f091eff05e30ceaa09885ceb5"},
};

/// Rightly signed, and wrong inside.
inline constexpr Sealed bad[] = {
    {"padding byte 0", corp, "ok",
     "Q3stYC6hdFzMh9T8HCvyDBQedA3CasCRuZyV7gTH6vKCz2zXmkzjyabkjIJJfnIQOOCxvlZzhZ/ohCbEzwycgg==",
     "f7149423772175fcf66b9ca42a59fb6a8f134744"},
    {"padding byte 33", corp, "ok",
     "Q3stYC6hdFzMh9T8HCvyDBQedA3CasCRuZyV7gTH6vLcqwbakrpejkWPutnFgUJ7Sm/h8F6qp9AxyYkLmJadKQ==",
     "954179894c6144ae9867fa84699a84bb18fa34d5"},
    {"length 0x7fffffff", corp, "ok",
     "Q3stYC6hdFzMh9T8HCvyDNs0GXFMI8wZZgpIDB3X6JEKB5+Nl0CUPXfX7LeuKC1uYI+ICIzZ9Le0zz2DHYetYw==",
     "70ac228a68541c65f88b2973d397e07f92e33019"},
    {"another receiver", corp, "ok",
     "Q3stYC6hdFzMh9T8HCvyDDcMq7XCueaBuBEQIi3+Rhxa5+qK9evKK3pT0XOnqzRmVo6pYwZMp2xLVG6/ia4EpQ==",
     "93cdad57967414746190115829de00c57aabc182"},
    {"padding that disagrees", corp, "ok",
     "Q3stYC6hdFzMh9T8HCvyDBQedA3CasCRuZyV7gTH6vKx2xzJsgiJJ8Qv09V3+QUO3u46dDkzvQoySRpDjrRZGw==",
     "003bb866d40cc998907cc2b9db4354ea80c5fb9e"},
};

inline tidings::wechat::CallbackCrypto crypto_of(std::string_view receiver, std::string_view key = aes_key,
                                                 std::string_view previous = {}) {
  return tidings::wechat::CallbackCrypto({.token = std::string(token),
                                          .receiver = std::string(receiver),
                                          .aes_key = std::string(key),
                                          .previous_aes_key = std::string(previous)});
}

}  // namespace vectors

#endif  // TIDINGS_TESTS_WECHAT_CALLBACK_VECTORS_HPP
