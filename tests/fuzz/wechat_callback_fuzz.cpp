// SPDX-License-Identifier: BSL-1.0

// A callback URL of three accounts under whatever comes: requests of strangers, and requests that are rightly signed and
// sealed around whatever text. Nothing of a stranger gets in, nothing is told as new twice, and what opens is exactly what
// the format allows.

#include <tidings/protocol/base64.hpp>
#include <tidings/wechat/callback_gate.hpp>

#include "require.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace tidings;
using fuzz::require;
using wechat::CallbackAccount;
using wechat::CallbackCrypto;
using wechat::CallbackDecision;
using wechat::CallbackGate;

constexpr std::array<char, 16> random{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
const std::string current_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const std::string previous_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

std::vector<CallbackAccount> accounts() {
  CallbackAccount safe{.name = "safe",
                       .id = "wx0123456789abcdef",
                       .token = "safe token",
                       .aes_key = current_key,
                       .previous_aes_key = previous_key};
  CallbackAccount plain{.name = "plain", .mode = CallbackAccount::Mode::plain, .token = "plain token"};
  CallbackAccount corp{.name = "corp",
                       .platform = wechat::Platform::wecom,
                       .id = "ww0123456789abcdef",
                       .token = "corp token",
                       .aes_key = current_key};
  return {safe, plain, corp};
}

class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : rest_(reinterpret_cast<const char*>(bytes), size) {}

  bool empty() const { return rest_.empty(); }
  unsigned byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  // To the next line break of the input: mutations then leave the other pieces alone.
  std::string_view text() {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return found;
  }

 private:
  std::string_view rest_;
};

/// What the format of W:91144 makes of decrypted bytes, told without the library's code.
std::optional<std::string> expected_message(std::string_view bytes, std::string_view receiver) {
  if (bytes.empty() || bytes.size() % 32 != 0) return std::nullopt;
  const auto pad = static_cast<unsigned char>(bytes.back());
  if (pad < 1 || pad > 32) return std::nullopt;
  for (std::size_t i = bytes.size() - pad; i < bytes.size(); ++i) {
    if (static_cast<unsigned char>(bytes[i]) != pad) return std::nullopt;
  }
  bytes.remove_suffix(pad);
  if (bytes.size() < 20) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 16; i < 20; ++i) length = length * 256 + static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(20);
  if (length > bytes.size() || bytes.substr(length) != receiver) return std::nullopt;
  return std::string(bytes.substr(0, length));
}

class World {
 public:
  explicit World(Input& input)
      : input_(input), gate_(accounts(), {.max_requests = 1 + input.byte() % 8, .max_repeats = 1 + input.byte() % 4}) {}

  void run() {
    for (int steps = 0; steps < 64 && !input_.empty(); ++steps) {
      const unsigned what = input_.byte();
      switch (what % 8) {
        case 0: now_.ms += static_cast<std::int64_t>(input_.byte()) * 2000; break;
        case 1: now_.ms -= static_cast<std::int64_t>(input_.byte()) * 2000; break;
        case 2: stranger(); break;
        case 3: signed_text(plain_); break;
        case 4:
          sealed_text(safe_, input_.byte() % 2 == 0 ? CallbackCrypto::Key::current : CallbackCrypto::Key::previous);
          break;
        case 5: sealed_text(corp_, CallbackCrypto::Key::current); break;
        case 6: sealed_bytes(); break;
        case 7: question(); break;
      }
    }
  }

 private:
  struct Stamp {
    std::string time;
    std::string nonce;
  };

  // Near the edges of the window too.
  Stamp stamp() {
    const std::int64_t second = now_.ms / 1000 + (static_cast<std::int64_t>(input_.byte()) - 128) * 3;
    return {std::to_string(second), "n" + std::to_string(input_.byte() % 4)};
  }

  CallbackDecision ask(const std::string& method, const std::string& query, std::string body) {
    RequestSnapshot request;
    request.method = method;
    request.target = "/wechat?" + query;
    request.body = std::move(body);
    CallbackDecision decision = gate_.on_request(request, now_);
    const bool good = decision.kind != CallbackDecision::Kind::refused;
    require(good == !decision.why && good == (decision.head.status == 200) && good != decision.account.empty());
    require(good || (decision.head.status >= 400 && !decision.event));
    require(decision.kind != CallbackDecision::Kind::accepted || (decision.event && decision.body == "success"));
    return decision;
  }

  void stranger() {
    const std::string method = input_.byte() % 2 == 0 ? "POST" : "GET";
    const std::string query(input_.text());
    require(ask(method, query, std::string(input_.text())).kind == CallbackDecision::Kind::refused);
    const Stamp at = stamp();
    const std::string forged =
        "signature=" + plain_.sign(at.time, at.nonce + "x") + "&timestamp=" + at.time + "&nonce=" + at.nonce;
    require(ask(method, forged + "&echostr=x", std::string(input_.text())).kind == CallbackDecision::Kind::refused);
  }

  void once(const CallbackDecision& decision, const std::string& name) {
    if (decision.kind != CallbackDecision::Kind::accepted) return;
    require(told_.insert(name).second);
  }

  void signed_text(const CallbackCrypto& crypto) {
    const Stamp at = stamp();
    const std::string body(input_.text());
    const std::string query =
        "signature=" + crypto.sign(at.time, at.nonce) + "&timestamp=" + at.time + "&nonce=" + at.nonce;
    // One content for one signature.
    once(ask("POST", query, body), "plain " + at.time + " " + at.nonce);
  }

  CallbackDecision sealed(const CallbackCrypto& crypto, const Stamp& at, const std::string& encrypted) {
    return ask(
        "POST",
        "msg_signature=" + crypto.sign(at.time, at.nonce, encrypted) + "&timestamp=" + at.time + "&nonce=" + at.nonce,
        "<xml><Encrypt>" + encrypted + "</Encrypt></xml>");
  }

  void sealed_text(const CallbackCrypto& crypto, CallbackCrypto::Key key) {
    const Stamp at = stamp();
    std::string encrypted;
    require(!crypto.seal(input_.text(), random, key, encrypted));
    const CallbackDecision decision = sealed(crypto, at, encrypted);
    once(decision, "sealed " + at.time + " " + at.nonce + " " + encrypted);
    if (decision.kind == CallbackDecision::Kind::accepted && &crypto == &safe_) {
      require(decision.previous_key == (key == CallbackCrypto::Key::previous));
    }
  }

  // Any bytes at all, encrypted as they are: lengths, paddings and receivers that nobody writes.
  void sealed_bytes() {
    const Stamp at = stamp();
    std::string bytes(input_.text());
    if (const unsigned fill = input_.byte(); fill % 4 != 0) {
      while (bytes.size() % 32 != 0) bytes.push_back(static_cast<char>(fill % 40));
    }
    std::array<unsigned char, 32> key{};
    require(wechat::detail::parse_aes_key(current_key, key));
    std::string encrypted = bytes;
    encrypted.resize(encrypted.size() / 16 * 16);
    bytes.resize(encrypted.size());
    require(encrypted.empty() || wechat::detail::aes_cbc(true, key, encrypted));
    encrypted = protocol::encode_base64(encrypted);
    CallbackCrypto::Opened opened;
    const std::error_code ec = corp_.open(encrypted, opened);
    const std::optional<std::string> expected = expected_message(bytes, "ww0123456789abcdef");
    require(expected.has_value() == !ec);
    if (expected) require(*expected == opened.message);
    if (!encrypted.empty()) sealed(corp_, at, encrypted);
  }

  void question() {
    const Stamp at = stamp();
    const std::string text(input_.text());
    std::string encrypted;
    require(!corp_.seal(text, random, CallbackCrypto::Key::current, encrypted));
    std::string query = "msg_signature=" + corp_.sign(at.time, at.nonce, encrypted) + "&timestamp=" + at.time +
                        "&nonce=" + at.nonce + "&echostr=" + encrypted;
    const CallbackDecision decision = ask("GET", query, {});
    if (decision.kind == CallbackDecision::Kind::verified) require(decision.body == text && decision.account == "corp");
  }

  Input& input_;
  CallbackGate gate_;
  wall_time now_{1'700'000'000'000};
  CallbackCrypto safe_{{.token = "safe token",
                        .receiver = "wx0123456789abcdef",
                        .aes_key = current_key,
                        .previous_aes_key = previous_key}};
  CallbackCrypto plain_{{.token = "plain token"}};
  CallbackCrypto corp_{{.token = "corp token", .receiver = "ww0123456789abcdef", .aes_key = current_key}};
  std::set<std::string> told_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  World(input).run();
  return 0;
}
