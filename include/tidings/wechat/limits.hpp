// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_LIMITS_HPP
#define TIDINGS_WECHAT_LIMITS_HPP

#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What the vendor's API takes at most. Sources as in `ErrorRow::source`.
namespace limits {

// WeCom: recipients of one call. GW 40032, 82002, 82003.
inline constexpr std::size_t users = 1000;
inline constexpr std::size_t departments = 100;
inline constexpr std::size_t tags = 100;
/// A userid, an openid: 64 bytes in the vendor's tables; theirs are shorter.
inline constexpr std::size_t user_bytes = 64;

// Texts, in bytes of UTF-8. W:90236.
inline constexpr std::size_t text_bytes = 2048;
inline constexpr std::size_t markdown_bytes = 2048;
inline constexpr std::size_t title_bytes = 128;
inline constexpr std::size_t description_bytes = 512;
inline constexpr std::size_t task_id_bytes = 128;
/// Of a button of a card.
inline constexpr std::size_t button_key_bytes = 1024;
/// GW 40039.
inline constexpr std::size_t url_bytes = 1024;
/// A page of a mini-program, with its parameters.
inline constexpr std::size_t page_bytes = 1024;

// Lists. W:90236; GW 45008.
inline constexpr std::size_t articles = 8;
inline constexpr std::size_t horizontal_lines = 6;
inline constexpr std::size_t vertical_lines = 4;
inline constexpr std::size_t jumps = 3;
inline constexpr std::size_t buttons = 6;
/// The label of a text card's button, in characters.
inline constexpr std::size_t button_characters = 4;
/// Of a customer message. D custom/send: more than one is answered with 45008.
inline constexpr std::size_t customer_articles = 1;

/// W:90236: at most 4 h.
inline constexpr std::chrono::seconds longest_duplicate_check{4 * 3600};
/// The vendor names no bound; longer clientmsgids were refused for mass sends (C:0000c403d88548712a5042bc26bc00).
inline constexpr std::size_t client_msg_id_bytes = 32;
/// Values of one template; the vendor's templates have ten at most.
inline constexpr std::size_t template_values = 32;
inline constexpr std::size_t template_key_bytes = 64;

}  // namespace limits

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_LIMITS_HPP
