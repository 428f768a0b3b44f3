// SPDX-License-Identifier: BSL-1.0

#include "library.hpp"

#include <string>

std::string text_of_one();

int main() {
  tidings::MessageId id;
  return tidings::parse_message_id(text_of_one(), id) && id == tidings::MessageId{.high = 1, .low = 2} ? 0 : 1;
}
