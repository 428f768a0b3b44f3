// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DEFLATE_HPP
#define TIDINGS_DEFLATE_HPP

#include <tidings/deflate_options.hpp>
#include <tidings/protocol/ws/deflate_terms.hpp>
#include <tidings/version.hpp>
#include <tidings/ws_compression.hpp>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// `permessage-deflate` by zlib. Not part of `tidings.hpp`; the program is linked with zlib (the component `deflate`).
///
/// ```cpp
/// tidings::EndpointOptions options;
/// options.compression = tidings::make_deflate();
/// ```
/// One object may serve any number of endpoints, hubs and clients.
/// Thread  any, several at once. Source  RFC 7692.
class Deflate final : public WsCompression {
 public:
  /// Throws `std::invalid_argument` for options out of their range.
  explicit Deflate(const DeflateOptions& options = {});

  Codec accept(std::string_view offers, std::string_view user_agent, std::string& answer) const override;
  std::string offer() const override;
  Codec agree(std::string_view answer, std::error_code& ec) const override;

  const DeflateOptions& options() const { return options_; }

 private:
  protocol::DeflateTerms terms() const;
  Codec codec_for(const protocol::DeflateTerms& terms) const;

  DeflateOptions options_;
  // For sessions without memory, by the bits of their window.
  std::array<Codec, protocol::most_window_bits + 1> shared_;
};

/// Throws `std::invalid_argument` for options out of their range.
inline std::shared_ptr<const WsCompression> make_deflate(const DeflateOptions& options = {}) {
  return std::make_shared<const Deflate>(options);
}

TIDINGS_NAMESPACE_END

#include <tidings/impl/deflate.hpp>

#endif  // TIDINGS_DEFLATE_HPP
