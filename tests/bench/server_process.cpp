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
#include <chrono>
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

void unpin() {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (std::size_t i = 0; i < std::thread::hardware_concurrency() && i < CPU_SETSIZE; ++i) CPU_SET(i, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

std::string read_line(int descriptor) {
  std::string line;
  char c = 0;
  while (::read(descriptor, &c, 1) == 1 && c != '\n') line.push_back(c);
  return line;
}

/// The process and all below it.
std::vector<pid_t> tree_of(pid_t root) {
  std::vector<pid_t> all{root};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string id = std::to_string(all[i]);
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    for (pid_t child = 0; children >> child;) all.push_back(child);
  }
  return all;
}

double cpu_seconds_of(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) fail("clock_getcpuclockid");
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double memory_bytes_of(pid_t pid) {
  std::ifstream rollup("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::string word;
  while (rollup >> word) {
    double kib = 0;
    if (word == "Pss:" && rollup >> kib) return kib * 1024;
  }
  throw std::runtime_error("no Pss in smaps_rollup");
}

}  // namespace

std::string this_program() {
  std::array<char, 4096> own{};
  const ssize_t size = ::readlink("/proc/self/exe", own.data(), own.size());
  if (size < 0) fail("readlink");
  return {own.data(), static_cast<std::size_t>(size)};
}

std::string program_beside(const std::string& name) {
  const std::string path = this_program();
  return path.substr(0, path.rfind('/') + 1) + name;
}

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

ServerProcess::ServerProcess(const ServerCommand& command) {
  std::array<int, 2> commands{};
  std::array<int, 2> answers{};
  if (::pipe2(commands.data(), O_CLOEXEC) != 0 || ::pipe2(answers.data(), O_CLOEXEC) != 0) fail("pipe");
  std::vector<std::string> all{command.program};
  all.insert(all.end(), command.words.begin(), command.words.end());
  std::vector<char*> pointers;
  for (std::string& each : all) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    // The generator's own processor was handed down.
    command.processor ? pin_to(*command.processor) : unpin();
    become(command.program.c_str(), pointers, commands[0], answers[1]);
  }
  ::close(commands[0]);
  ::close(answers[1]);
  commands_ = commands[1];
  const std::string line = read_line(answers[0]);
  ::close(answers[0]);
  if (line.empty()) {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == 77 || code == 127) throw ServerMissing(command.program + " is not here");
    throw std::runtime_error(command.program + " did not start");
  }
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
  double all = 0;
  for (const pid_t each : tree_of(pid_)) all += cpu_seconds_of(each);
  return all;
}

double ServerProcess::memory_bytes() const {
  double all = 0;
  for (const pid_t each : tree_of(pid_)) all += memory_bytes_of(each);
  return all;
}

void ServerProcess::wait_until_idle() const {
  double last = -1;
  for (double used = cpu_seconds(); used - last > 1e-4; used = cpu_seconds()) {
    last = used;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace bench
