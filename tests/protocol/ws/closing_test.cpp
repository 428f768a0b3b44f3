// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/closing.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <system_error>
#include <tuple>

using namespace tidings;
using namespace tidings::protocol;

namespace {

using Act = WsClosing::Act;

const char* name_of_act(Act act) {
  switch (act) {
    case Act::nothing: return "-";
    case Act::send_close: return "send";
    case Act::shut: return "shut";
    case Act::end: return "end";
  }
  return "?";
}

// What becomes of a connection: c = we close, p = the peer closes, f = the peer is at fault, s = our frame has left, e = the
// peer sends no more, t = the close timeout, b = the connection breaks.
struct Course {
  explicit Course(WsRole role, const std::string& steps) : closing(role) {
    for (char step : steps) note(take(step));
  }

  WsClosing::Action take(char step) {
    switch (step) {
      case 'c': return closing.close(CloseCode::going_away, "leaving");
      case 'p': return closing.on_close({WsEvent::Kind::close, "bye", CloseCode::normal, {}});
      case 'f':
        return closing.on_fault(
            {WsEvent::Kind::fault, {}, CloseCode::invalid_payload, make_error_code(errc::invalid_utf8)});
      case 's': return closing.on_sent();
      case 'e': return closing.on_eof();
      case 't': return closing.on_failure(errc::timeout);
      default: return closing.on_failure(errc::peer_gone);
    }
  }
  void note(const WsClosing::Action& action) {
    acts += std::string(acts.empty() ? "" : " ") + name_of_act(action.act);
    if (action.act == Act::send_close) payload = action.payload;
  }
  std::string info() const {
    const CloseInfo& found = closing.info();
    static const char* const who[] = {"local", "peer", "transport"};
    std::string text =
        std::string(who[static_cast<int>(found.who)]) + " " + std::to_string(static_cast<int>(found.code));
    if (!found.reason.empty()) text += " " + found.reason;
    if (found.clean) text += " clean";
    if (found.error) text += std::string(" ") + to_string(static_cast<errc>(found.error.value()));
    return text;
  }

  WsClosing closing;
  std::string acts;
  std::string payload;
};

}  // namespace

TEST_CASE("RFC 6455 7.1: how a server's connection ends", "[protocol][ws]") {
  const auto [steps, acts, info] = GENERATE(table<std::string, std::string, std::string>({
      {"cspe", "send - shut end", "local 1001 leaving clean"},
      {"cpse", "send - shut end", "local 1001 leaving clean"},
      {"cpes", "send - - end", "local 1001 leaving clean"},
      {"pse", "send shut end", "peer 1000 bye clean"},
      {"pes", "send - end", "peer 1000 bye clean"},
      // Both at once: each has heard the other.
      {"pcse", "send - shut end", "peer 1000 bye clean"},
      // The peer keeps its end open: it has been told and heard everything.
      {"pst", "send shut end", "peer 1000 bye clean"},
      {"cspt", "send - shut end", "local 1001 leaving clean"},
      // It never answers, or goes without a word.
      {"cst", "send - end", "local 1001 leaving timeout"},
      {"ct", "send end", "local 1001 leaving timeout"},
      {"cse", "send - end", "local 1001 leaving"},
      {"ce", "send end", "local 1001 leaving"},
      {"pb", "send end", "peer 1000 bye peer_gone"},
      {"e", "end", "transport 1006"},
      {"b", "end", "transport 1006 peer_gone"},
      // A fault is told before the connection is shut.
      {"fse", "send shut end", "local 1007 text is not UTF-8 invalid_utf8"},
      {"fst", "send shut end", "local 1007 text is not UTF-8 invalid_utf8"},
      {"csfe", "send - shut end", "local 1001 leaving"},
      {"cfst", "send - shut end", "local 1001 leaving timeout"},
      // Once is enough.
      {"ccspe", "send - - shut end", "local 1001 leaving clean"},
      {"cspeet", "send - shut end - -", "local 1001 leaving clean"},
  }));
  INFO(steps);
  const Course course(WsRole::server, steps);
  CHECK(course.acts == acts);
  CHECK(course.info() == info);
  CHECK(course.closing.over());
}

TEST_CASE("RFC 6455 7.1.1: a client leaves the shutting to the server", "[protocol][ws]") {
  const auto [steps, acts, info] = GENERATE(table<std::string, std::string, std::string>({
      {"cspe", "send - - end", "local 1001 leaving clean"},
      {"pse", "send - end", "peer 1000 bye clean"},
      {"pst", "send - end", "peer 1000 bye timeout"},
      {"fse", "send shut end", "local 1007 text is not UTF-8 invalid_utf8"},
  }));
  INFO(steps);
  const Course course(WsRole::client, steps);
  CHECK(course.acts == acts);
  CHECK(course.info() == info);
}

TEST_CASE("a close frame says our code and reason, and echoes the peer's code alone", "[protocol][ws]") {
  CHECK(Course(WsRole::server, "c").payload == "\x03\xE9leaving");
  CHECK(Course(WsRole::server, "p").payload == "\x03\xE8");
  CHECK(Course(WsRole::server, "f").payload == "\x03\xEFtext is not UTF-8");
  WsClosing closing(WsRole::server);
  const WsClosing::Action action = closing.on_close({WsEvent::Kind::close, {}, CloseCode::no_status, {}});
  CHECK(action.act == Act::send_close);
  CHECK(action.payload.empty());
}
