// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_SERVER_PROCESS_HPP
#define TIDINGS_TESTS_BENCH_SERVER_PROCESS_HPP

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// Binds this process to one processor, if there is more than one.
void pin_to(std::size_t processor);
/// As many descriptors as the system lets us have.
void raise_descriptor_limit();

/// A server in a process of its own, on the first processor: this program again with other words, or one beside it. It
/// may read commands from its standard input, and writes its port to its standard output.
class ServerProcess {
 public:
  /// @param words    Behind the program's name.
  /// @param program  In this program's folder; empty = this one.
  explicit ServerProcess(const std::vector<std::string>& words, const std::string& program = {});
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  std::uint16_t port() const { return port_; }
  void publish(std::size_t number);
  /// Processor time used since its start, all threads, user and kernel.
  double cpu_seconds() const;
  /// Proportional set size.
  double memory_bytes() const;

 private:
  pid_t pid_ = -1;
  int commands_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_SERVER_PROCESS_HPP
