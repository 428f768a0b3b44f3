// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_PROCESS_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_PROCESS_HPP

#include "support/wechat_simulator/json.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace wechat_simulator {

/// The simulator as a process of its own, from its start to the end of this object.
///
/// ```cpp
/// wechat_simulator::Process simulator({{"accounts", {{{"kind", "oa"}, {"appid", "wx1"}, {"secret", "s"}}}}});
/// client.connect(simulator.port());
/// simulator.admin("POST", "faults", {{"action", {{"errcode", -1}}}});
/// auto calls = simulator.entries("journal?path=/cgi-bin/token");
/// ```
/// The target `wechat_simulator_process` says where the program is: TIDINGS_WECHAT_SIMULATOR. Everything throws
/// `std::runtime_error`.
///
/// Thread    `admin` one at a time.
class Process {
 public:
  /// @param words  More arguments, as {"--tls", certificate, key}.
  explicit Process(const Json& config, std::vector<std::string> words = {}, std::string program = default_program()) {
    words.insert(words.begin(), {std::move(program), "--config", "-"});
    std::vector<char*> pointers;
    for (std::string& each : words) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    // A socket: where the program is missing, writing to a pipe would be the end of us too.
    Pipe in{};
    Pipe out{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in.data()) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
      throw std::runtime_error("pipe");
    }
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("fork");
    if (child_ == 0) become(pointers, in[0], out[1]);
    ::close(in[0]);
    ::close(out[1]);
    life_ = in[1];
    const std::string line = config.dump() + "\n";
    const bool is_written = write_all(life_, line);
    const std::string ports = is_written ? read_line(out[0]) : std::string();
    ::close(out[0]);
    unsigned api = 0;
    unsigned admin = 0;
    if (std::sscanf(ports.c_str(), "api %u admin %u", &api, &admin) != 2) {
      stop();
      throw std::runtime_error("the simulator did not start; is its configuration right?");
    }
    port_ = static_cast<std::uint16_t>(api);
    admin_port_ = static_cast<std::uint16_t>(admin);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { stop(); }

  std::uint16_t port() const { return port_; }
  std::uint16_t admin_port() const { return admin_port_; }
  /// As a host for a client.
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// @param path  Behind /_sim/, as "faults" or "journal?after=10".
  /// Throws also where the answer's status is not 200.
  Json admin(const std::string& method, const std::string& path, const Json& body = Json::object()) const {
    const std::string text = method == "GET" ? std::string() : text_of(body);
    const std::string answer =
        call(method + " /_sim/" + path + " HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n" +
             "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text);
    const std::size_t end = answer.find("\r\n\r\n");
    if (end == std::string::npos) throw std::runtime_error("the simulator did not answer");
    if (answer.compare(0, 12, "HTTP/1.1 200") != 0) throw std::runtime_error(path + ": " + answer.substr(end + 4));
    return Json::parse(answer.substr(end + 4));
  }

  /// All entries of a list, page by page: "delivered", "callbacks", "journal?path=/cgi-bin/token".
  Json entries(const std::string& path) const {
    const std::string list = path + (path.find('?') == std::string::npos ? "?" : "&") + "limit=5000&after=";
    Json all = Json::array();
    for (std::uint64_t after = 0;;) {
      const Json page = admin("GET", list + std::to_string(after))["entries"];
      if (page.empty()) return all;
      after += page.size();
      for (const char* number : {"number", "id"}) {
        if (page.back().contains(number)) after = page.back()[number].get<std::uint64_t>();
      }
      all.insert(all.end(), page.begin(), page.end());
    }
  }

  /// Moves the virtual clock.
  void advance(std::int64_t ms) const { admin("POST", "clock", {{"advance_ms", ms}}); }

  void stop() {
    if (child_ <= 0) return;
    ::close(life_);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

  static std::string default_program() {
#if defined(TIDINGS_WECHAT_SIMULATOR)
    return TIDINGS_WECHAT_SIMULATOR;
#else
    return "tidings_wechat_simulator";
#endif
  }

 private:
  using Pipe = std::array<int, 2>;

  [[noreturn]] static void become(const std::vector<char*>& words, int in, int out) {
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }

  static bool write_all(int descriptor, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t size = ::send(descriptor, text.data() + done, text.size() - done, MSG_NOSIGNAL);
      if (size <= 0) return false;
      done += static_cast<std::size_t>(size);
    }
    return true;
  }

  static std::string read_line(int descriptor) {
    std::string line;
    for (char c = 0; ::read(descriptor, &c, 1) == 1 && c != '\n';) line.push_back(c);
    return line;
  }

  std::string call(const std::string& request) const {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) throw std::runtime_error("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(admin_port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string answer;
    if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        write_all(descriptor, request)) {
      std::array<char, 65536> buffer{};
      for (ssize_t size = 0; (size = ::read(descriptor, buffer.data(), buffer.size())) > 0;) {
        answer.append(buffer.data(), static_cast<std::size_t>(size));
      }
    }
    ::close(descriptor);
    return answer;
  }

  pid_t child_ = -1;
  int life_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t admin_port_ = 0;
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_PROCESS_HPP
