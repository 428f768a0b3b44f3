// SPDX-License-Identifier: BSL-1.0

#include <tidings/message_id.hpp>
#include <tidings/version.hpp>

#include <cstdio>

int main() {
  const tidings::MessageId id{.high = 1, .low = 2};
  std::printf("tidings %d.%d.%d, message %s\n", TIDINGS_VERSION_MAJOR, TIDINGS_VERSION_MINOR, TIDINGS_VERSION_PATCH,
              to_string(id).c_str());
}
