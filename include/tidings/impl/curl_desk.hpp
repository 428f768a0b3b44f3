// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_CURL_DESK_HPP
#define TIDINGS_IMPL_CURL_DESK_HPP

#include <tidings/curl_http_client.hpp>
#include <tidings/defaults.hpp>
#include <tidings/error.hpp>
#include <tidings/impl/curl_calls.hpp>
#include <tidings/impl/curl_error.hpp>
#include <tidings/impl/curl_transfer.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/version.hpp>

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// Once for the process; libcurl counts, and nobody gives it back.
inline void init_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::system_error(code, curl_category(), "curl_global_init");
}

/// What the callers of a CurlHttpClient share with its thread.
class CurlDesk {
 public:
  explicit CurlDesk(CurlHttpClientOptions options)
      : options_(checked(std::move(options))),
        calls_(options_.max_calls, options_.max_connections, options_.max_connections_per_host) {
    init_curl();
    multi_.reset(curl_multi_init());
    if (!multi_) throw std::bad_alloc();
    // A call on a connection of its own: one of HTTP/2 that ends would take all its calls with it.
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_connections));
    // Of those that begin there are never more: the oldest idle one makes room.
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(options_.max_connections));
    thread_ = std::thread([this] { work(); });
  }
  CurlDesk(const CurlDesk&) = delete;
  CurlDesk& operator=(const CurlDesk&) = delete;
  ~CurlDesk() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  void call(HttpCall request, Completion<HttpAnswer> done) {
    std::string server = curl_server_of(request.url);
    const steady_time until =
        io::steady_now() + std::min<std::chrono::milliseconds>(request.timeout, defaults::longest_time);
    std::unique_lock lock(mutex_);
    if (closed_ || calls_.full()) {
      const errc why = closed_ ? errc::closed : errc::queue_full;
      lock.unlock();
      return complete(std::move(done), why, unsent());
    }
    calls_.add(server, until, CurlCall{std::move(request), std::move(done), until, server});
    // Under the lock: the destructor waits for it before the multi handle goes.
    curl_multi_wakeup(multi_.get());
  }

 private:
  struct Cleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  using Transfer = std::unique_ptr<CurlTransfer>;

  static CurlHttpClientOptions checked(CurlHttpClientOptions options) {
    using std::chrono::milliseconds;
    const auto require = [](bool holds, const char* what) {
      if (!holds) throw std::invalid_argument(std::string("CurlHttpClientOptions::") + what);
    };
    require(options.max_calls >= 1, "max_calls: at least 1");
    require(options.max_connections >= 1, "max_connections: at least 1");
    require(options.max_connections_per_host >= 1, "max_connections_per_host: at least 1");
    require(options.connect_timeout > milliseconds(0), "connect_timeout: more than 0");
    require(options.longest_idle >= std::chrono::seconds(1), "longest_idle: at least 1 s");
    return options;
  }
  static HttpAnswer unsent() {
    HttpAnswer answer;
    answer.maybe_sent = false;
    return answer;
  }

  // ---- the thread ----

  void work() {
    // Signals are for the application's threads.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    while (!is_closed()) {
      expire(io::steady_now());
      begin();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      // Those that ended made room for others.
      if (!reap()) curl_multi_poll(multi_.get(), nullptr, 0, patience(), nullptr);
    }
    give_up();
  }

  bool is_closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  void expire(steady_time now) {
    std::unique_lock lock(mutex_);
    std::vector<CurlCall> late = calls_.expire(now);
    lock.unlock();
    for (CurlCall& each : late) complete(std::move(each.done), errc::timeout, unsent());
    std::vector<CURL*> stale;
    for (auto& [handle, transfer] : transfers_) {
      if (transfer->call().until <= now) stale.push_back(handle);
    }
    for (CURL* each : stale) end(each, CURLE_OPERATION_TIMEDOUT);
  }

  void begin() {
    for (;;) {
      std::unique_lock lock(mutex_);
      std::optional<CurlCall> next = calls_.begin();
      lock.unlock();
      if (!next) return;
      auto transfer = std::make_unique<CurlTransfer>(std::move(*next), options_.max_header_bytes);
      std::error_code ec = transfer->prepare(options_);
      if (!ec && curl_multi_add_handle(multi_.get(), transfer->handle()) != CURLM_OK) {
        ec = {CURLE_FAILED_INIT, curl_category()};
      }
      if (ec) {
        done_with(*transfer, ec, unsent());
      } else {
        transfers_.emplace(transfer->handle(), std::move(transfer));
      }
    }
  }

  // Completes what has ended; whether anything had.
  bool reap() {
    bool some = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      some = true;
      // The message goes with its handle.
      end(message->easy_handle, message->data.result);
    }
    return some;
  }

  void end(CURL* handle, CURLcode code) {
    const auto at = transfers_.find(handle);
    const Transfer transfer = std::move(at->second);
    transfers_.erase(at);
    curl_multi_remove_handle(multi_.get(), handle);
    auto [ec, answer] = transfer->finish(code);
    done_with(*transfer, ec, std::move(answer));
  }

  void done_with(CurlTransfer& transfer, std::error_code ec, HttpAnswer answer) {
    {
      const std::lock_guard lock(mutex_);
      calls_.ended(transfer.call().server);
    }
    complete(std::move(transfer.call().done), ec, std::move(answer));
  }

  // Milliseconds until the next call is late; libcurl minds its own times, and whatever comes wakes the thread.
  int patience() {
    constexpr std::chrono::minutes longest{1};
    std::unique_lock lock(mutex_);
    std::optional<steady_time> first = calls_.next_expiry();
    lock.unlock();
    for (const auto& [handle, transfer] : transfers_) {
      first = std::min(first.value_or(steady_time::max()), transfer->call().until);
    }
    const steady_time now = io::steady_now();
    const steady_time until = std::min(first.value_or(steady_time::max()), now + longest);
    return static_cast<int>(
        std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(until - now).count()));
  }

  void give_up() {
    std::unique_lock lock(mutex_);
    std::vector<CurlCall> waiting = calls_.drain();
    lock.unlock();
    for (auto& [handle, transfer] : std::exchange(transfers_, {})) {
      curl_multi_remove_handle(multi_.get(), handle);
      HttpAnswer answer;
      answer.maybe_sent = transfer->sent();
      complete(std::move(transfer->call().done), errc::closed, std::move(answer));
    }
    for (CurlCall& each : waiting) complete(std::move(each.done), errc::closed, unsent());
  }

  // ---- completions ----

  void complete(Completion<HttpAnswer> done, std::error_code ec, HttpAnswer answer) {
    if (!options_.run) return guarded("completion", [&] { done(ec, std::move(answer)); });
    guarded("run", [&] {
      options_.run([done = std::move(done), ec, answer = std::move(answer)]() mutable { done(ec, std::move(answer)); });
    });
  }
  template <class F>
  void guarded(std::string_view name, F&& f) {
    try {
      f();
    } catch (...) {
      if (options_.on_error) options_.on_error(errc::callback_failed, name);
    }
  }

  const CurlHttpClientOptions options_;
  std::mutex mutex_;
  CurlCalls<CurlCall> calls_;
  bool closed_ = false;
  std::unique_ptr<CURLM, Cleanup> multi_;
  // The thread's own.
  std::unordered_map<CURL*, Transfer> transfers_;
  std::thread thread_;
};

}  // namespace detail

inline CurlHttpClient::CurlHttpClient(CurlHttpClientOptions options)
    : desk_(std::make_unique<detail::CurlDesk>(std::move(options))) {}

inline CurlHttpClient::~CurlHttpClient() = default;

inline void CurlHttpClient::call(HttpCall request, Completion<HttpAnswer> done) {
  desk_->call(std::move(request), std::move(done));
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_CURL_DESK_HPP
