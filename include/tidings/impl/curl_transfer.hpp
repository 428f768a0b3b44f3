// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_CURL_TRANSFER_HPP
#define TIDINGS_IMPL_CURL_TRANSFER_HPP

#include <tidings/completion.hpp>
#include <tidings/curl_http_client_options.hpp>
#include <tidings/error.hpp>
#include <tidings/http_answer.hpp>
#include <tidings/http_call.hpp>
#include <tidings/version.hpp>

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

struct CurlEasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CurlListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// One call on its way through libcurl.
///
/// Thread  the client's; made anywhere. Does not move: libcurl has its address.
class CurlTransfer {
 public:
  CurlTransfer(HttpCall request, Completion<HttpAnswer> done)
      : request_(std::move(request)), done_(std::move(done)), easy_(curl_easy_init()) {}
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* easy() const { return easy_.get(); }

  /// False if libcurl does not take it.
  bool prepare(const CurlHttpClientOptions& options) {
    if (!easy_) return false;
    const bool post = !request_.body.empty() || request_.method == "POST";
    bool good = set(CURLOPT_URL, request_.url.c_str()) && set(CURLOPT_PRIVATE, this) && set(CURLOPT_NOSIGNAL, 1L) &&
                set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1)) &&
                set(CURLOPT_FOLLOWLOCATION, 0L) && set(CURLOPT_PROXY, options.proxy.c_str()) &&
                set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count())) &&
                set(CURLOPT_CONNECTTIMEOUT_MS,
                    static_cast<long>(std::min(options.connect_timeout, request_.timeout).count())) &&
                set(CURLOPT_MAXAGE_CONN, static_cast<long>(options.longest_idle.count())) &&
                set(CURLOPT_SSL_VERIFYPEER, 1L) && set(CURLOPT_SSL_VERIFYHOST, 2L) &&
                set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body) && set(CURLOPT_WRITEDATA, this) &&
                set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header) && set(CURLOPT_HEADERDATA, this) &&
                set(CURLOPT_PREREQFUNCTION, &CurlTransfer::on_request) && set(CURLOPT_PREREQDATA, this);
#if LIBCURL_VERSION_NUM >= 0x075500
    good = good && set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    good = good && set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    if (!options.ca_file.empty()) {
      good = good && set(CURLOPT_CAINFO, options.ca_file.c_str()) && set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    }
    if (post) {
      good = good && set(CURLOPT_POST, 1L) && set(CURLOPT_POSTFIELDS, request_.body.data()) &&
             set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    }
    if (request_.method != (post ? "POST" : "GET")) good = good && set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    return good && set_headers();
  }

  void finish(CURLcode result) {
    long status = 0;
    curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
    long tunnel = 0;
    curl_easy_getinfo(easy(), CURLINFO_HTTP_CONNECTCODE, &tunnel);
    fail_or_give(result == CURLE_OK ? std::error_code() : error_of(result, tunnel), static_cast<int>(status));
  }
  void fail(std::error_code ec) { fail_or_give(ec, 0); }

 private:
  template <class Value>
  bool set(CURLoption option, Value value) {
    return curl_easy_setopt(easy(), option, value) == CURLE_OK;
  }
  bool set_headers() {
    // Neither waits for a 100, nor says a type of its own.
    bool good = add("Expect:");
    const auto is_type = [](const Header& each) { return each.name == "Content-Type"; };
    if (std::none_of(request_.headers.begin(), request_.headers.end(), is_type)) good = good && add("Content-Type:");
    for (const Header& each : request_.headers) {
      if ((each.name + each.value).find_first_of("\r\n") != std::string::npos) return false;
      good = good && add(each.name + ": " + each.value);
    }
    return good && set(CURLOPT_HTTPHEADER, headers_.get());
  }
  bool add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) return false;
    static_cast<void>(headers_.release());
    headers_.reset(longer);
    return true;
  }

  void fail_or_give(std::error_code ec, int status) {
    answer_.status = ec ? 0 : status;
    answer_.maybe_sent = begun_ > 0;
    done_(ec, std::move(answer_));
  }
  std::error_code error_of(CURLcode result, long tunnel) const {
    if (too_large_) return errc::body_too_large;
    // A proxy that refuses a tunnel is told as a failed receive.
    if (tunnel != 0 && tunnel / 100 != 2) return errc::proxy_refused;
    switch (result) {
      case CURLE_OPERATION_TIMEDOUT: return errc::timeout;
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_ISSUER_ERROR: return errc::untrusted_certificate;
      case CURLE_COULDNT_RESOLVE_PROXY: return errc::proxy_refused;
      case CURLE_UNSUPPORTED_PROTOCOL:
      case CURLE_URL_MALFORMAT: return errc::not_supported;
      default: return begun_ > 0 ? errc::connection_lost : errc::peer_gone;
    }
  }

  // A connection is there, and the request is written next. The second time is libcurl's own, on another connection.
  static int on_request(void* self, char*, char*, int, int) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const bool again = transfer.begun_++ > 0;
    return again && transfer.request_.method != "GET" ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
  }
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (size > transfer.request_.max_answer_bytes - transfer.answer_.body.size()) {
      transfer.too_large_ = true;
      return 0;
    }
    transfer.answer_.body.append(data, size);
    return size;
  }
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    std::string_view line(data, size);
    transfer.header_bytes_ += size;
    if (transfer.header_bytes_ > transfer.request_.max_answer_bytes) {
      transfer.too_large_ = true;
      return 0;
    }
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (line.starts_with("HTTP/")) {
      // The head of another answer: of a proxy, or a 1xx.
      transfer.answer_.headers.clear();
    } else if (colon != std::string_view::npos) {
      const std::size_t first = line.find_first_not_of(" \t", colon + 1);
      transfer.answer_.headers.push_back(
          {std::string(line.substr(0, colon)), first == std::string_view::npos ? "" : std::string(line.substr(first))});
    }
    return size;
  }

  HttpCall request_;
  Completion<HttpAnswer> done_;
  std::unique_ptr<curl_slist, CurlListDeleter> headers_{};
  std::unique_ptr<CURL, CurlEasyDeleter> easy_;
  HttpAnswer answer_{};
  std::size_t header_bytes_ = 0;
  int begun_ = 0;
  bool too_large_ = false;
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_CURL_TRANSFER_HPP
