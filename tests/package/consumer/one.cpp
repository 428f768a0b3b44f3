// SPDX-License-Identifier: BSL-1.0

#include "library.hpp"

#ifdef EXPECT_DEFLATE
#include <tidings/deflate.hpp>
#endif

#include <string>

#ifdef EXPECT_DEFLATE
const std::string offer = tidings::make_deflate()->offer();
#endif

std::string text_of_one() { return to_string(tidings::MessageId{.high = 1, .low = 2}); }
