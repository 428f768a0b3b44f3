// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_SQLITE_FILE_OPTIONS_HPP
#define TIDINGS_STORE_SQLITE_FILE_OPTIONS_HPP

#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

/// How a SqliteFile writes.
struct SqliteFileOptions {
  /// What was acknowledged survives a loss of power too (`synchronous = FULL`); false: only the end of the process.
  bool survives_power_loss = true;
  /// So long it waits for others who write into the file.
  std::chrono::milliseconds busy_timeout{5'000};
  /// Pieces of work that wait, >= 1; more fail, errc::queue_full.
  std::size_t max_waiting = 100'000;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_SQLITE_FILE_OPTIONS_HPP
