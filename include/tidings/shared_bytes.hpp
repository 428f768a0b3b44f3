// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_SHARED_BYTES_HPP
#define TIDINGS_SHARED_BYTES_HPP

#include <tidings/version.hpp>

#include <memory>
#include <string>

TIDINGS_NAMESPACE_BEGIN

/// One immutable buffer, any number of readers. Never null where an adapter receives it.
using SharedBytes = std::shared_ptr<const std::string>;

inline SharedBytes share_bytes(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_SHARED_BYTES_HPP
