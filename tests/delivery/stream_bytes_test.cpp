// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/stream_bytes.hpp>

#include "support/sim_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

using namespace tidings;
using namespace tidings::delivery;

namespace {

/// A server's stream whose completions the test gives.
struct Scripted {
  std::span<char> buffer;
  Completion<std::size_t> got;
  std::string writing;
  WriteDone written;
  std::string prefetched;
  std::string log;

  void receive(std::string_view bytes) {
    bytes.copy(buffer.data(), bytes.size());
    std::exchange(got, {})({}, bytes.size());
  }
  void finish_write(std::error_code ec = {}) {
    log += "[" + std::exchange(writing, {}) + "]";
    std::exchange(written, {})(ec);
  }
};

class Stream {
 public:
  static constexpr Capabilities capabilities{};

  explicit Stream(std::shared_ptr<Scripted> script) : script_(std::move(script)) {}
  void read_some(std::span<char> buffer, Completion<std::size_t> done) {
    script_->buffer = buffer;
    script_->got = std::move(done);
  }
  void write(SharedBytes bytes, WriteDone done) {
    script_->log += script_->written ? "two at once!" : "";
    script_->writing = *bytes;
    script_->written = std::move(done);
  }
  void shut() { script_->log += script_->written ? "shut while writing!" : "shut "; }
  void abort() { script_->log += "abort "; }
  std::string prefetched() { return std::exchange(script_->prefetched, {}); }

 private:
  std::shared_ptr<Scripted> script_;
};

struct Owner final : ByteWireEvents {
  void on_bytes(std::span<char> bytes) override {
    log += "bytes(" + std::string(bytes.begin(), bytes.end()) + ")";
    if (on_bytes_do) on_bytes_do();
  }
  void on_eof() override { log += "eof "; }
  void on_writable() override { log += "writable "; }
  void on_progress() override { log += "progress "; }
  void on_gone(std::error_code why) override { log += "gone " + why.message() + " "; }

  std::string log;
  std::function<void()> on_bytes_do;
};

struct Bench {
  Bench() = default;
  // What is under way holds the stream, which holds the script.
  ~Bench() {
    script->got = {};
    script->written = {};
  }
  void run() { world.run_for(std::chrono::milliseconds(1)); }

  support::SimWorld world{1};
  std::shared_ptr<support::SimLoop> loop = world.make_loop();
  std::shared_ptr<Scripted> script = std::make_shared<Scripted>();
  Owner owner;
  StreamBytes<Stream> wire{loop, Stream(script)};
};

}  // namespace

TEST_CASE("bytes come on the loop, those read beyond the request first", "[delivery][stream_bytes]") {
  Bench bench;
  bench.script->prefetched = "early";
  bench.wire.start(bench.owner);
  CHECK(bench.owner.log.empty());
  bench.run();
  CHECK(bench.owner.log == "bytes(early)");
  bench.script->receive("abc");
  CHECK(bench.owner.log == "bytes(early)");
  bench.run();
  CHECK(bench.owner.log == "bytes(early)bytes(abc)");
  std::exchange(bench.script->got, {})({}, 0);
  bench.run();
  CHECK(bench.owner.log == "bytes(early)bytes(abc)eof ");
  CHECK_FALSE(bench.script->got);
}

TEST_CASE("one write is under way, the rest goes as one behind it", "[delivery][stream_bytes]") {
  Bench bench;
  bench.wire.start(bench.owner);
  CHECK(bench.wire.write("one") == Sent::blocked);
  CHECK(bench.wire.write("two") == Sent::blocked);
  CHECK(bench.wire.write_shared("three", share_bytes("four")) == Sent::blocked);
  CHECK(bench.wire.pending_bytes() == 15);
  bench.script->finish_write();
  bench.run();
  CHECK(bench.owner.log == "progress ");
  CHECK(bench.wire.pending_bytes() == 12);
  bench.wire.shut();
  bench.script->finish_write();
  bench.run();
  CHECK(bench.script->log == "[one][twothreefour]shut ");
  CHECK(bench.wire.pending_bytes() == 0);
  bench.wire.abort();
  CHECK(bench.script->log == "[one][twothreefour]shut abort ");
}

TEST_CASE("held input stays where it is, and comes when it is let go", "[delivery][stream_bytes]") {
  Bench bench;
  bench.wire.start(bench.owner);
  bench.wire.hold_input(true);
  bench.script->receive("late");
  bench.run();
  CHECK(bench.owner.log.empty());
  CHECK_FALSE(bench.script->got);  // nothing more is read
  bench.wire.hold_input(false);
  bench.run();
  CHECK(bench.owner.log == "bytes(late)");
  CHECK(bench.script->got);
}

TEST_CASE("what is put back comes first once the input is let go, and the end behind it", "[delivery][stream_bytes]") {
  Bench bench;
  bench.wire.start(bench.owner);
  bench.script->receive("first");
  bench.owner.on_bytes_do = [&] {
    bench.wire.hold_input(true);
    bench.wire.put_back("rest");
  };
  bench.run();
  CHECK(bench.owner.log == "bytes(first)");
  CHECK_FALSE(bench.script->got);
  bench.owner.on_bytes_do = [&] {
    bench.wire.hold_input(true);
    bench.wire.put_back("");
  };
  bench.wire.hold_input(false);
  bench.run();
  CHECK(bench.owner.log == "bytes(first)bytes(rest)");
  // Nothing is left but the call.
  bench.owner.on_bytes_do = nullptr;
  bench.wire.hold_input(false);
  bench.run();
  CHECK(bench.owner.log == "bytes(first)bytes(rest)bytes()");
  CHECK(bench.script->got);
  bench.script->receive("");
  bench.run();
  CHECK(bench.owner.log == "bytes(first)bytes(rest)bytes()eof ");
}

TEST_CASE("a buffer that was full once grows, to a bound", "[delivery][stream_bytes]") {
  Bench bench;
  bench.wire.start(bench.owner);
  const std::size_t first = bench.script->buffer.size();
  bench.script->receive(std::string(first, 'x'));
  bench.run();
  const std::size_t second = bench.script->buffer.size();
  CHECK(second > first);
  CHECK(second <= 16 * 1024);
  bench.script->receive(std::string(second, 'x'));
  bench.run();
  CHECK(bench.script->buffer.size() == second);
}

TEST_CASE("a stream that breaks is told once and dropped", "[delivery][stream_bytes]") {
  Bench bench;
  bench.wire.start(bench.owner);
  bench.wire.write("lost");
  bench.script->finish_write(errc::peer_gone);
  bench.script->got = {};
  bench.run();
  CHECK(bench.owner.log == "gone " + make_error_code(errc::peer_gone).message() + " ");
  CHECK(bench.script->log == "[lost]abort ");
  CHECK(bench.wire.write("x") == Sent::gone);
}

TEST_CASE("after abort nothing is told, and what is under way may still end", "[delivery][stream_bytes]") {
  Bench bench;
  bench.wire.start(bench.owner);
  bench.wire.write("under way");
  bench.wire.abort();
  bench.script->finish_write();
  bench.script->receive("x");
  bench.run();
  CHECK(bench.owner.log.empty());
  CHECK(bench.script->log == "abort [under way]");
}

TEST_CASE("a wire that goes away drops its stream, and its buffer outlives it", "[delivery][stream_bytes]") {
  const auto script = std::make_shared<Scripted>();
  support::SimWorld world{1};
  const auto loop = world.make_loop();
  Owner owner;
  {
    StreamBytes<Stream> wire{loop, Stream(script)};
    wire.start(owner);
  }
  CHECK(script->log == "abort ");
  script->receive("still here");
  world.run_for(std::chrono::milliseconds(1));
  CHECK(owner.log.empty());
}
