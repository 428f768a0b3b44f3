// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_CURL_CALLS_HPP
#define TIDINGS_IMPL_CURL_CALLS_HPP

#include <tidings/completion.hpp>
#include <tidings/curl_http_client_options.hpp>
#include <tidings/error.hpp>
#include <tidings/http_answer.hpp>
#include <tidings/http_call.hpp>
#include <tidings/impl/curl_transfer.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>

#include <curl/curl.h>

#include <csignal>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

struct CurlMultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

/// libcurl's own beginning: once in a process, before anything else of it.
inline void start_curl() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw std::runtime_error("curl_global_init failed");
}

/// All calls of one client, and the loop of its thread.
///
/// Thread  add and stop: any. run: one.
class CurlCalls {
 public:
  explicit CurlCalls(CurlHttpClientOptions options) : options_(std::move(options)) {
    if (options_.connect_timeout.count() <= 0 || options_.longest_idle.count() < 0 || options_.max_calls < 1 ||
        options_.max_connections < 1 || options_.max_connections_per_host < 1) {
      throw std::invalid_argument("CurlHttpClientOptions: > 0");
    }
    start_curl();
    multi_.reset(curl_multi_init());
    if (!multi_) throw std::runtime_error("curl_multi_init failed");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS,
                      static_cast<long>(options_.max_connections_per_host));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(options_.max_connections));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_connections));
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  }

  void add(HttpCall request, Completion<HttpAnswer> done) {
    if (options_.run) done = elsewhere(std::move(done));
    auto transfer = std::make_unique<CurlTransfer>(std::move(request), std::move(done));
    std::error_code ec = errc::queue_full;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) {
        ec = errc::closed;
      } else if (count_ < options_.max_calls) {
        ++count_;
        fresh_.push_back(std::move(transfer));
        ec = {};
      }
    }
    if (ec) return transfer->fail(ec);
    curl_multi_wakeup(multi_.get());
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    curl_multi_wakeup(multi_.get());
  }

  void run() {
    // Signals are for the application's threads.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    while (take_fresh()) {
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      finish_some();
      curl_multi_poll(multi_.get(), nullptr, 0, 60'000, nullptr);
    }
    for (auto& [easy, transfer] : transfers_) {
      curl_multi_remove_handle(multi_.get(), easy);
      settle(*transfer, errc::closed);
    }
    transfers_.clear();
  }

 private:
  // False: it is over; what was to begin has failed.
  bool take_fresh() {
    std::vector<std::unique_ptr<CurlTransfer>> fresh;
    bool over = false;
    {
      const std::lock_guard lock(mutex_);
      fresh.swap(fresh_);
      over = stopped_;
    }
    for (std::unique_ptr<CurlTransfer>& each : fresh) {
      CURL* const easy = each->easy();
      const bool begun = !over && each->prepare(options_) && curl_multi_add_handle(multi_.get(), easy) == CURLM_OK;
      if (begun) {
        transfers_.emplace(easy, std::move(each));
      } else {
        settle(*each, over ? errc::closed : errc::not_supported);
      }
    }
    return !over;
  }
  void finish_some() {
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const easy = message->easy_handle;
      const CURLcode result = message->data.result;
      const auto place = transfers_.extract(easy);
      curl_multi_remove_handle(multi_.get(), easy);
      count_down();
      guarded([&] { place.mapped()->finish(result); });
    }
  }
  void settle(CurlTransfer& transfer, std::error_code ec) {
    count_down();
    guarded([&] { transfer.fail(ec); });
  }
  void count_down() {
    const std::lock_guard lock(mutex_);
    --count_;
  }
  template <class F>
  static void guarded(F f) {
    try {
      f();
    } catch (...) {
    }
  }
  Completion<HttpAnswer> elsewhere(Completion<HttpAnswer> done) const {
    return [run = options_.run, done = std::move(done)](std::error_code ec, HttpAnswer answer) mutable {
      run([done = std::move(done), ec, answer = std::move(answer)]() mutable { done(ec, std::move(answer)); });
    };
  }

  CurlHttpClientOptions options_;
  std::unique_ptr<CURLM, CurlMultiDeleter> multi_{};
  std::unordered_map<CURL*, std::unique_ptr<CurlTransfer>> transfers_{};
  std::mutex mutex_;
  std::vector<std::unique_ptr<CurlTransfer>> fresh_{};
  std::size_t count_ = 0;
  bool stopped_ = false;
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_CURL_CALLS_HPP
