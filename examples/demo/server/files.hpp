// SPDX-License-Identifier: BSL-1.0
//
// The files of the demo's page: two folders, read at each request so that a change shows on reload.

#ifndef TIDINGS_EXAMPLES_DEMO_SERVER_FILES_HPP
#define TIDINGS_EXAMPLES_DEMO_SERVER_FILES_HPP

#include <tidings/request_snapshot.hpp>

#include "server.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace demo {

class Files {
 public:
  /// @param root  The folder `examples`.
  explicit Files(std::filesystem::path root) : page_(root / "demo/page"), web_(root / "web") {}

  void answer(const tidings::RequestSnapshot& request, Answer answer) const {
    std::optional<std::string> body = read(request.target);
    if (!body) return answer({404, {{"Content-Type", "text/plain"}}}, "not found\n");
    answer({200, {{"Content-Type", type_of(request.target)}, {"Cache-Control", "no-cache"}}}, std::move(*body));
  }

 private:
  // Only plain names, so that no path leads out of the two folders.
  std::optional<std::string> read(std::string_view target) const {
    std::string_view path = target.substr(0, target.find('?'));
    const bool web = path.starts_with("/web/");
    path.remove_prefix(web ? 5 : 1);
    const std::string name(path.empty() ? "index.html" : path);
    if (name.find_first_of("/\\%") != std::string::npos || name.front() == '.') return std::nullopt;
    std::ifstream file((web ? web_ : page_) / name, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  static std::string type_of(std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (path.ends_with(".css")) return "text/css; charset=utf-8";
    return "text/html; charset=utf-8";
  }

  std::filesystem::path page_;
  std::filesystem::path web_;
};

}  // namespace demo

#endif  // TIDINGS_EXAMPLES_DEMO_SERVER_FILES_HPP
