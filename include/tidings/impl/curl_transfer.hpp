// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_CURL_TRANSFER_HPP
#define TIDINGS_IMPL_CURL_TRANSFER_HPP

#include <tidings/curl_http_client_options.hpp>
#include <tidings/impl/curl_answer.hpp>
#include <tidings/impl/curl_call.hpp>
#include <tidings/impl/curl_error.hpp>
#include <tidings/version.hpp>

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#if LIBCURL_VERSION_NUM < 0x075000
#error "tidings needs libcurl 7.80 or newer"
#endif

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// Scheme, name and port of a URL; empty = it is none that could be called.
inline std::string curl_server_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
  std::string server;
  for (const auto part : {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT}) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
    server.append(text).append(1, ' ');
    curl_free(text);
  }
  return server.starts_with("http ") || server.starts_with("https ") ? server : std::string();
}

/// One call on its way: a handle of libcurl with all that it points to. Stays where it is.
class CurlTransfer {
 public:
  explicit CurlTransfer(CurlCall call, std::size_t max_header_bytes)
      : call_(std::move(call)), answer_(max_header_bytes, call_.request.max_answer_bytes) {}
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  /// Before anything else.
  std::error_code prepare(const CurlHttpClientOptions& options) {
    if (const std::error_code ec = check_call(call_.request)) return ec;
    if (call_.server.empty()) return errc::not_supported;
    if (!easy_) return {CURLE_FAILED_INIT, curl_category()};
    set_connection(options);
    set_request();
    set_callbacks();
    return curl_error({failed_});
  }

  CURL* handle() const { return easy_.get(); }
  CurlCall& call() { return call_; }
  /// A connection took the request, or something of it.
  bool sent() const { return sent_; }

  /// What libcurl's end of it means, with the answer if it is whole.
  std::pair<std::error_code, HttpAnswer> finish(CURLcode code) {
    HttpAnswer answer;
    std::error_code ec = answer_.error();
    CurlEnd end{code, sent_};
    curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &end.tunnel_status);
    if (!ec) ec = curl_error(end);
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    // After 1xx there is more to come.
    if (!ec && (!answer_.has_head() || status < 200)) ec = errc::connection_lost;
    if (!ec) answer = answer_.take(static_cast<int>(status));
    answer.maybe_sent = sent_;
    return {ec, std::move(answer)};
  }

 private:
  struct Cleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  // The first failure is kept.
  template <class T>
  void set(CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (failed_ == CURLE_OK) failed_ = code;
  }

  void set_connection(const CurlHttpClientOptions& options) {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_PROXY, options.proxy.c_str());
    // Set as well, or the environment would be asked.
    set(CURLOPT_NOPROXY, "");
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!options.ca_file.empty() || !options.ca_path.empty()) {
      // Both, for each has a default.
      set(CURLOPT_CAINFO, options.ca_file.empty() ? nullptr : options.ca_file.c_str());
      set(CURLOPT_CAPATH, options.ca_path.empty() ? nullptr : options.ca_path.c_str());
    }
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    set(CURLOPT_MAXAGE_CONN, static_cast<long>(options.longest_idle.count()));
#if LIBCURL_VERSION_NUM >= 0x075700
    // Or to give a call up would wait for the resolver.
    set(CURLOPT_QUICK_EXIT, 1L);
#endif
  }

  void set_request() {
    const HttpCall& request = call_.request;
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
    set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    const bool has_body = !request.body.empty() || request.method == "POST";
    if (has_body) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.c_str());
    }
    if (request.method == "HEAD" && !has_body) set(CURLOPT_NOBODY, 1L);
    if (request.method != (has_body ? "POST" : "GET")) set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    // What libcurl would add by itself: waiting for 100, and a form's type.
    add_header("Expect:");
    bool typed = false;
    for (const Header& each : request.headers) {
      typed = typed || curl_strequal(each.name.c_str(), "Content-Type") != 0;
      const bool blank = each.value.find_first_not_of(" \t") == std::string::npos;
      add_header(blank ? each.name + ";" : each.name + ": " + each.value);
    }
    if (has_body && !typed) add_header("Content-Type:");
    set(CURLOPT_HTTPHEADER, headers_.get());
  }
  void add_header(const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) {
      failed_ = CURLE_OUT_OF_MEMORY;
      return;
    }
    (void)headers_.release();
    headers_.reset(longer);
  }

  void set_callbacks() {
    set(CURLOPT_PRIVATE, static_cast<void*>(this));
    set(CURLOPT_PREREQFUNCTION, &on_ready);
    set(CURLOPT_PREREQDATA, static_cast<void*>(this));
    set(CURLOPT_HEADERFUNCTION, &on_line);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  }

  // Before each time that the request is sent. libcurl sends it again on a new connection when a kept one ended without an
  // answer: it cannot know whether the server has acted on it.
  static int on_ready(void* self, char*, char*, int, int) {
    bool& sent = static_cast<CurlTransfer*>(self)->sent_;
    return std::exchange(sent, true) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
  }
  static std::size_t on_line(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<CurlTransfer*>(self)->answer_.on_line({data, size}) ? size : 0;
  }
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    // 0 would mean success for an empty piece.
    return static_cast<CurlTransfer*>(self)->answer_.on_body({data, size}) ? size : size + 1;
  }

  CurlCall call_;
  CurlAnswer answer_;
  bool sent_ = false;
  CURLcode failed_ = CURLE_OK;
  std::unique_ptr<curl_slist, Cleanup> headers_;
  // Gone before what it points to.
  std::unique_ptr<CURL, Cleanup> easy_{curl_easy_init()};
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_CURL_TRANSFER_HPP
