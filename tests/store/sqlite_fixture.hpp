// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_STORE_SQLITE_FIXTURE_HPP
#define TIDINGS_TESTS_STORE_SQLITE_FIXTURE_HPP

#include <tidings/completion.hpp>
#include <tidings/store/sqlite_file.hpp>

#include "support/temporary_folder.hpp"
#include "support/waiting.hpp"

#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace sqlite_fixture {

using namespace tidings;

using Folder = support::TemporaryFolder;

/// No sync of the disk: what the end of a process leaves is the same.
inline SqliteFile file_at(const std::string& path) { return SqliteFile(path, {.survives_power_loss = false}); }

template <class Result, class F>
std::pair<std::error_code, Result> said(F ask) {
  auto box = std::make_shared<support::Mailbox<std::pair<std::error_code, Result>>>();
  ask(Completion<Result>([box](std::error_code ec, Result result) { box->put({ec, std::move(result)}); }));
  return box->expect();
}

}  // namespace sqlite_fixture

#endif  // TIDINGS_TESTS_STORE_SQLITE_FIXTURE_HPP
