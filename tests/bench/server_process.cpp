// SPDX-License-Identifier: BSL-1.0

#include "bench/server_process.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include "bench/connecting.hpp"
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace bench {

namespace {

// In the child: becomes the server. Only what is safe between fork and exec.
[[noreturn]] void become(const char* program, const std::vector<char*>& words, int commands, int answers) {
  ::dup2(commands, STDIN_FILENO);
  ::dup2(answers, STDOUT_FILENO);
  ::execv(program, words.data());
  ::_exit(127);
}

std::string path_of(const std::string& program) {
  if (program.empty()) return "/proc/self/exe";
  std::array<char, 4096> own{};
  const ssize_t size = ::readlink("/proc/self/exe", own.data(), own.size());
  if (size < 0) fail("readlink");
  const std::string path(own.data(), static_cast<std::size_t>(size));
  return path.substr(0, path.rfind('/') + 1) + program;
}

std::string read_line(int descriptor) {
  std::string line;
  char c = 0;
  while (::read(descriptor, &c, 1) == 1 && c != '\n') line.push_back(c);
  return line;
}

}  // namespace

void pin_to(std::size_t processor) {
  if (std::thread::hardware_concurrency() < 2) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity");
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

ServerProcess::ServerProcess(const std::vector<std::string>& words, const std::string& program) {
  const std::string path = path_of(program);
  std::array<int, 2> commands{};
  std::array<int, 2> answers{};
  if (::pipe2(commands.data(), O_CLOEXEC) != 0 || ::pipe2(answers.data(), O_CLOEXEC) != 0) fail("pipe");
  std::vector<std::string> all{"tidings_bench"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  for (std::string& each : all) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    pin_to(0);
    become(path.c_str(), pointers, commands[0], answers[1]);
  }
  ::close(commands[0]);
  ::close(answers[1]);
  commands_ = commands[1];
  const std::string line = read_line(answers[0]);
  ::close(answers[0]);
  if (line.empty()) throw std::runtime_error("the server did not start");
  port_ = static_cast<std::uint16_t>(std::stoul(line));
}

ServerProcess::~ServerProcess() {
  ::kill(pid_, SIGTERM);
  ::close(commands_);
  int status = 0;
  ::waitpid(pid_, &status, 0);
}

void ServerProcess::publish(std::size_t number) {
  const std::string line = std::to_string(number) + "\n";
  if (::write(commands_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) fail("publish");
}

double ServerProcess::cpu_seconds() const {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) fail("clock_getcpuclockid");
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double ServerProcess::memory_bytes() const {
  std::ifstream rollup("/proc/" + std::to_string(pid_) + "/smaps_rollup");
  std::string word;
  while (rollup >> word) {
    double kib = 0;
    if (word == "Pss:" && rollup >> kib) return kib * 1024;
  }
  throw std::runtime_error("no Pss in smaps_rollup");
}

}  // namespace bench
