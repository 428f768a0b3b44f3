// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_CIVETWEB_WIRE_HPP
#define TIDINGS_ADAPTER_IMPL_CIVETWEB_WIRE_HPP

#include <tidings/adapter/impl/civetweb_descriptor.hpp>
#include <tidings/http_types.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/protocol/http/response_head.hpp>

#include <civetweb.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// The answering side of one request, on civetweb's thread for it.
class CivetwebWire {
 public:
  CivetwebWire(mg_connection* connection, const CivetwebListening& listening)
      : connection_(connection), request_(*mg_get_request_info(connection)), listening_(listening) {}

  bool is_http10() const { return std::string_view(request_.http_version) == "1.0"; }
  bool is_head() const { return std::string_view(request_.request_method) == "HEAD"; }
  bool stopping() const { return listening_.over(); }
  /// Looked for once it is needed: a short poll does without.
  const CivetwebDescriptor& descriptor() {
    if (!descriptor_) descriptor_.emplace(request_);
    return *descriptor_;
  }

  bool write(std::string_view bytes) {
    if (bytes.empty() || mg_write(connection_, bytes.data(), bytes.size()) == static_cast<int>(bytes.size())) {
      return true;
    }
    // civetweb that stops writes nothing any more. Only if nothing broke off before: that the caller knows.
    return stopping() && descriptor().write_past(bytes);
  }

  /// The whole answer; the status that was sent.
  int answer(ResponseHead head, std::string_view body) {
    const bool has_body = head.status != 204 && head.status != 304;
    std::erase_if(head.headers, [](const Header& each) { return protocol::is_framing_header(each.name); });
    if (has_body) head.headers.push_back({"Content-Length", std::to_string(body.size())});
    head.headers.push_back({"Connection", keeps_alive(head.status) ? "keep-alive" : "close"});
    std::string text;
    if (protocol::encode_response_head(text, 11, head.status, head.headers)) return answer({500, {}}, {});
    if (has_body && !is_head()) text.append(body);
    if (!write(text)) mg_disable_connection_keep_alive(connection_);
    return head.status;
  }

  /// The head of a stream, chunked unless to HTTP/1.0; false if it could not be sent.
  bool begin_stream(ResponseHead head) {
    std::erase_if(head.headers, [](const Header& each) { return protocol::is_framing_header(each.name); });
    if (!is_http10()) head.headers.push_back({"Transfer-Encoding", "chunked"});
    if (!keeps_alive(head.status)) head.headers.push_back({"Connection", "close"});
    std::string text;
    if (protocol::encode_response_head(text, 11, head.status, head.headers)) {
      answer({500, {}}, {});
      return false;
    }
    return write(text);
  }
  bool write_piece(std::string_view bytes) {
    if (bytes.empty() || is_http10()) return write(bytes);
    std::string chunk;
    protocol::encode_chunk(chunk, bytes);
    return write(chunk);
  }
  /// @param clean  The body is complete; else the connection is dropped.
  void end_stream(bool clean) {
    if (clean && !is_http10()) clean = write(protocol::last_chunk);
    if (!clean || is_http10()) mg_disable_connection_keep_alive(connection_);
    // Nothing but the end of the connection tells HTTP/1.0 that the body is over.
    if (!clean && is_http10()) descriptor().drop();
  }

 private:
  // As civetweb will decide, which asks nobody.
  bool keeps_alive(int status) const {
    const char* const enabled = mg_get_option(mg_get_context(connection_), "enable_keep_alive");
    const char* const wanted = mg_get_header(connection_, "Connection");
    if (enabled == nullptr || std::string_view(enabled) != "yes" || status == 401 || is_http10()) return false;
    return wanted == nullptr || protocol::iequals(wanted, "keep-alive");
  }

  mg_connection* connection_;
  const mg_request_info& request_;
  const CivetwebListening& listening_;
  std::optional<CivetwebDescriptor> descriptor_;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_CIVETWEB_WIRE_HPP
