// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_SERVER_ENVELOPE_HPP
#define TIDINGS_CLIENT_SERVER_ENVELOPE_HPP

#include <tidings/client/positions.hpp>
#include <tidings/error.hpp>
#include <tidings/received.hpp>
#include <tidings/upward_answer.hpp>
#include <tidings/version.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// What a server of `tidings.v1` says in one message, or in the answer to a POST.
struct ServerEnvelope {
  enum class Kind { unknown, message, hello, gap, state, reply, done, error, renew, bye, empty };

  Kind kind = Kind::unknown;
  /// Of a message; its topic may be unsaid.
  Received received{};
  /// Of a message.
  protocol::PositionToken token{};
  /// Of hello and gap: the topics, with their positions.
  std::vector<TopicPosition> at{};
  /// Of hello.
  std::string session{};
  std::chrono::milliseconds heartbeat{0};
  /// Of hello, state, done, and of the answer to a POST.
  std::optional<std::size_t> unread{};
  /// Of reply, done, error.
  std::string ref{};
  UpwardReply reply{};
  /// Of error and bye.
  std::string code{};
  std::string text{};
  /// Of bye.
  std::optional<std::chrono::milliseconds> retry{};
};

/// Reads what a server says.
///
/// @tparam Json  The reader; a parameter so that only a unit that reads compiles it.
/// @param text  JSON of any size; one object, unknown members are passed over.
/// @param out   Filled on success, untouched otherwise.
/// Errors      errc::invalid_envelope: no JSON object, nested too deep, a token that is none, base64 that is none.
template <class Json = nlohmann::json>
std::error_code parse_server_envelope(std::string_view text, ServerEnvelope& out);

}  // namespace client

TIDINGS_NAMESPACE_END

#include <tidings/client/impl/server_envelope.hpp>

#endif  // TIDINGS_CLIENT_SERVER_ENVELOPE_HPP
