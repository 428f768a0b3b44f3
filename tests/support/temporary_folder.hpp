// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_TEMPORARY_FOLDER_HPP
#define TIDINGS_TESTS_SUPPORT_TEMPORARY_FOLDER_HPP

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace support {

/// A folder of its own that is gone with this, and all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() : name_((std::filesystem::temp_directory_path() / "tidings-").string()) {
    // What mkdtemp puts its own letters for.
    name_.append(6, 'X');
    if (::mkdtemp(name_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    // Somebody's thread may still be closing a file in it.
    std::error_code ignored;
    std::filesystem::remove_all(name_, ignored);
  }

  std::string path(const std::string& file = "push.db") const { return name_ + "/" + file; }
  /// @returns its path.
  std::string write(const std::string& file, const std::string& text) const {
    std::ofstream(path(file), std::ios::binary) << text;
    return path(file);
  }

 private:
  std::string name_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_TEMPORARY_FOLDER_HPP
