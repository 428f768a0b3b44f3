// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_EXTERN_TEMPLATE_HPP
#define TIDINGS_EXTERN_TEMPLATE_HPP

#include <tidings/version.hpp>

/// `TIDINGS_EXTERN_TEMPLATE(class Basic<X>)`: with TIDINGS_SEPARATE_COMPILATION the members are compiled once, by the
/// source file that includes tidings/src.hpp, which lists all of them; without, by whoever uses them.
#if defined(TIDINGS_SEPARATE_COMPILATION)
#define TIDINGS_EXTERN_TEMPLATE(...) extern template __VA_ARGS__;
#else
#define TIDINGS_EXTERN_TEMPLATE(...)
#endif

#endif  // TIDINGS_EXTERN_TEMPLATE_HPP
