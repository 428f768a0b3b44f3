// SPDX-License-Identifier: BSL-1.0

#include "library.hpp"

#ifdef EXPECT_DEFLATE
#include <tidings/deflate.hpp>
#endif
#ifdef EXPECT_TLS
#include <tidings/client_tls.hpp>
#endif
#ifdef EXPECT_WECHAT
#include <tidings/curl_http_client.hpp>
#include <tidings/wechat/callback_crypto.hpp>
#endif

#include <string>

#ifdef EXPECT_DEFLATE
const std::string offer = tidings::make_deflate()->offer();
#endif
#ifdef EXPECT_TLS
const std::shared_ptr<tidings::io::SecureLayer> layer = tidings::client_tls();
#endif
#ifdef EXPECT_WECHAT
const std::string signature = tidings::wechat::CallbackCrypto({.token = "token"}).sign("1700000000", "nonce");
const tidings::CurlHttpClient http;
#endif

std::string text_of_one() { return to_string(tidings::MessageId{.high = 1, .low = 2}); }
