// SPDX-License-Identifier: BSL-1.0

#include "library.hpp"

#include <string>

std::string text_of_one() { return to_string(tidings::MessageId{.high = 1, .low = 2}); }
