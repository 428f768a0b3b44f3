// SPDX-License-Identifier: BSL-1.0

// Links when nothing in the headers is defined twice; succeeds when nothing in them exists once per unit.

#include <tidings.hpp>

#include <system_error>

const std::error_category& category_of_one();

int main() { return category_of_one() == make_error_code(tidings::errc::closed).category() ? 0 : 1; }
