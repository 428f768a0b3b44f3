// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_STREAM_READER_HPP
#define TIDINGS_TESTS_BENCH_STREAM_READER_HPP

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What a run's generator counted, all connections together.
struct Tally {
  std::size_t opened = 0;
  std::size_t delivered = 0;
  std::size_t wrong = 0;
  std::size_t out_of_order = 0;
  std::size_t heartbeats = 0;
  std::size_t closed = 0;

  bool clean() const { return wrong == 0 && out_of_order == 0 && closed == 0; }
};

/// Reads one event stream, in chunks or to the end of the connection, and checks each message against what was published.
/// It shares no code with the library. A chunk must end where an event ends; so it is with ours and the floor.
class StreamReader {
 public:
  /// @param published  The payloads in their order.
  void feed(std::string_view bytes, const std::vector<std::string>& published, Tally& tally) {
    if (!rest_.empty()) {
      rest_.append(bytes);
      bytes = rest_;
    }
    std::size_t used = 0;
    while (const std::size_t more = take(bytes.substr(used), published, tally)) used += more;
    std::string rest(bytes.substr(used));
    if (rest.empty() && rest_.capacity() > 0) rest_ = {};
    if (!rest.empty()) rest_ = std::move(rest);
  }

  /// Messages received.
  std::size_t received() const { return received_; }

 private:
  // Takes a head or a chunk; returns its size, 0 if it is not whole.
  std::size_t take(std::string_view bytes, const std::vector<std::string>& published, Tally& tally) {
    if (!in_body_) {
      const std::size_t end = bytes.find("\r\n\r\n");
      if (end == std::string_view::npos) return 0;
      const std::string_view head = bytes.substr(0, end + 2);
      const bool good = head.starts_with("HTTP/1.1 200 ") && head.find(": text/event-stream") != head.npos;
      if (!good) ++tally.wrong;
      chunked_ = head.find("Transfer-Encoding: chunked\r\n") != head.npos;
      in_body_ = true;
      return end + 4;
    }
    if (!chunked_) {
      const std::size_t end = bytes.find("\n\n");
      if (end == std::string_view::npos) return 0;
      take_event(bytes.substr(0, end), published, tally);
      return end + 2;
    }
    const std::size_t line = bytes.find("\r\n");
    if (line == std::string_view::npos) return 0;
    std::size_t size = 0;
    const auto [end, ec] = std::from_chars(bytes.data(), bytes.data() + line, size, 16);
    if (ec != std::errc{} || end != bytes.data() + line) {
      ++tally.wrong;
      return bytes.size();
    }
    if (bytes.size() < line + 2 + size + 2) return 0;
    take_events(bytes.substr(line + 2, size), published, tally);
    if (bytes.substr(line + 2 + size, 2) != "\r\n") ++tally.wrong;
    return line + 2 + size + 2;
  }

  void take_events(std::string_view events, const std::vector<std::string>& published, Tally& tally) {
    if (!events.ends_with("\n\n")) ++tally.wrong;
    while (!events.empty()) {
      const std::size_t end = events.find("\n\n");
      take_event(events.substr(0, end), published, tally);
      events.remove_prefix(end == std::string_view::npos ? events.size() : end + 2);
    }
  }

  void take_event(std::string_view event, const std::vector<std::string>& published, Tally& tally) {
    // How nchan begins.
    if (event == ": hi" || event.starts_with("retry: ")) {
      ++tally.opened;
    } else if (event.starts_with(':')) {
      ++tally.heartbeats;
    } else if (!event.starts_with("event: tidings.hello\n")) {
      take_message(event, published, tally);
    }
  }

  void take_message(std::string_view event, const std::vector<std::string>& published, Tally& tally) {
    const std::size_t data = event.find("\ndata: ");
    if (!event.starts_with("id: ") || data == std::string_view::npos) {
      ++tally.wrong;
      return;
    }
    const std::string_view payload = event.substr(data + 7);
    ++tally.delivered;
    if (received_ < published.size() && payload == published[received_]) {
      ++received_;
      return;
    }
    // Another one's payload is in the wrong place, anything else is nobody's.
    bool known = false;
    for (const std::string& each : published) known = known || payload == each;
    ++(known ? tally.out_of_order : tally.wrong);
    ++received_;
  }

  std::string rest_;
  std::size_t received_ = 0;
  bool in_body_ = false;
  bool chunked_ = false;
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_STREAM_READER_HPP
