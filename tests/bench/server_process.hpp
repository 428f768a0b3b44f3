// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_SERVER_PROCESS_HPP
#define TIDINGS_TESTS_BENCH_SERVER_PROCESS_HPP

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// Binds this process to one processor, if there is more than one.
void pin_to(std::size_t processor);
/// As many descriptors as the system lets us have.
void raise_descriptor_limit();

/// The path of this program, and of one in its folder.
std::string this_program();
std::string program_beside(const std::string& name);

/// What starts a server.
struct ServerCommand {
  /// It may read commands from its standard input, and writes its port to its standard output.
  std::string program;
  /// Behind the program's name.
  std::vector<std::string> words;
  /// The only one it may use; none = all.
  std::optional<std::size_t> processor = 0;
};

/// A server that is not here; it said why on its standard error.
class ServerMissing : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A server in a process of its own. Figures are those of the process and of its children.
class ServerProcess {
 public:
  /// Throws `ServerMissing` when it is not there or ends with exit status 77.
  explicit ServerProcess(const ServerCommand& command);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  std::uint16_t port() const { return port_; }
  void publish(std::size_t number);
  /// Processor time used since its start, all threads, user and kernel.
  double cpu_seconds() const;
  /// Proportional set size.
  double memory_bytes() const;
  /// Until it has used no processor time for a while.
  void wait_until_idle() const;

 private:
  pid_t pid_ = -1;
  int commands_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_SERVER_PROCESS_HPP
