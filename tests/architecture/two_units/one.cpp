// SPDX-License-Identifier: BSL-1.0

#include <tidings.hpp>

#include <system_error>

const std::error_category& category_of_one() { return make_error_code(tidings::errc::closed).category(); }
