// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_COUNTED_DEFLATE_HPP
#define TIDINGS_TESTS_SUPPORT_COUNTED_DEFLATE_HPP

#include <tidings/deflate.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace support {

/// Another's, counted.
class CountedCodec final : public tidings::protocol::WsMessageCodec {
 public:
  CountedCodec(tidings::WsCompression::Codec other, std::atomic<int>& count)
      : tidings::protocol::WsMessageCodec(other->threshold(), other->form()), other_(std::move(other)), count_(count) {}

  bool deflate(std::string_view message, std::string& out) override {
    ++count_;
    return other_->deflate(message, out);
  }
  tidings::errc inflate(std::string_view message, std::size_t max_bytes, std::string& out) override {
    return other_->inflate(message, max_bytes, out);
  }
  tidings::WsCompression::Codec unshared() const override { return nullptr; }
  tidings::errc inflate_some(std::string_view& piece, bool last, std::size_t max_bytes, std::string& out) override {
    return other_->inflate_some(piece, last, max_bytes, out);
  }
  std::size_t inflating_memory() const noexcept override { return other_->inflating_memory(); }

 private:
  tidings::WsCompression::Codec other_;
  std::atomic<int>& count_;
};

/// Compression that counts what it is asked to deflate, by all sessions together.
class CountedDeflate final : public tidings::WsCompression {
 public:
  explicit CountedDeflate(const tidings::DeflateOptions& options = {}) : other_(options) {}

  Codec accept(std::string_view offers, std::string_view user_agent, std::string& answer) const override {
    Codec codec = other_.accept(offers, user_agent, answer);
    return codec ? std::make_shared<CountedCodec>(std::move(codec), deflated) : nullptr;
  }
  std::string offer() const override { return other_.offer(); }
  Codec agree(std::string_view answer, std::error_code& ec) const override { return other_.agree(answer, ec); }

  mutable std::atomic<int> deflated{0};

 private:
  tidings::Deflate other_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_COUNTED_DEFLATE_HPP
