// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_IMPL_ENVELOPE_HPP
#define TIDINGS_PROTOCOL_IMPL_ENVELOPE_HPP

#include <tidings/protocol/envelope.hpp>
#include <tidings/protocol/sse/encoder.hpp>

#include <nlohmann/json.hpp>

#include <limits>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

// Walks a JSON text without building it, and stops at the bounds. A value costs 16 bytes and more once built, so the
// number of values is bounded too where something is to be built.
template <class Json>
class JsonBounds final : public nlohmann::json_sax<Json> {
 public:
  JsonBounds(std::size_t max_depth, std::size_t max_values) : max_depth_(max_depth), values_left_(max_values) {}

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(typename Json::number_integer_t) override { return count(); }
  bool number_unsigned(typename Json::number_unsigned_t) override { return count(); }
  bool number_float(typename Json::number_float_t, const typename Json::string_t&) override { return count(); }
  bool string(typename Json::string_t&) override { return count(); }
  bool binary(typename Json::binary_t&) override { return count(); }
  bool key(typename Json::string_t&) override { return true; }
  bool start_object(std::size_t) override { return count() && ++depth_ <= max_depth_; }
  bool start_array(std::size_t) override { return count() && ++depth_ <= max_depth_; }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const typename Json::exception&) override { return false; }

 private:
  bool count() { return values_left_ != 0 && values_left_-- != 0; }
  bool leave() {
    --depth_;
    return true;
  }

  std::size_t max_depth_;
  std::size_t values_left_;
  std::size_t depth_ = 0;
};

template <class Json>
bool is_bounded_json(std::string_view text, std::size_t max_depth, std::size_t max_values) {
  // nlohmann/json takes a NUL for the end of the text and skips a byte order mark; neither is JSON.
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) return false;
  JsonBounds<Json> bounds(max_depth, max_values);
  return Json::sax_parse(text, &bounds);
}

template <class Json>
const std::string* as_string(const Json& value) {
  return value.template get_ptr<const std::string*>();
}

// A cursor of 64 topics has 1537 bytes, a token 24.
inline constexpr std::size_t max_cursor_bytes = 4096;
inline constexpr std::size_t max_token_bytes = 64;
inline constexpr std::size_t max_ref_bytes = 64;

template <class Json>
bool read_seen(const Json& value, Upward& out) {
  if (const std::string* word = as_string(value)) {
    out.seen_all = *word == "all";
    return out.seen_all;
  }
  if (!value.is_array() || value.size() > defaults::max_seen_tokens) return false;
  for (const Json& each : value) {
    const std::string* token = as_string(each);
    if (token == nullptr || token->size() > max_token_bytes) return false;
    out.seen.push_back(*token);
  }
  return true;
}

template <class Json>
bool read_text(const Json& object, const char* name, std::string& out) {
  const auto found = object.find(name);
  if (found == object.end()) return true;
  const std::string* text = as_string(*found);
  if (text != nullptr) out = *text;
  return text != nullptr;
}

template <class Json>
bool read_send(const Json& value, UpwardSend& out) {
  if (!value.is_object() || !read_text(value, "ref", out.ref) || !read_text(value, "event", out.event)) return false;
  if (out.ref.size() > max_ref_bytes || check_event_name(out.event)) return false;
  const auto data = value.find("data");
  if (data == value.end()) return true;
  out.json = !data->is_string();
  out.data = out.json ? data->dump() : *as_string(*data);
  return true;
}

template <class Json>
bool read_bounded(const Json& value, std::size_t max_bytes, std::optional<std::string>& out) {
  const std::string* text = as_string(value);
  if (text == nullptr || text->size() > max_bytes) return false;
  out = *text;
  return true;
}

template <class Json>
bool read_topics(const Json& value, std::vector<std::string>& out) {
  if (!value.is_array() || value.empty() || value.size() > defaults::max_topics_per_session) return false;
  for (const Json& each : value) {
    const std::string* topic = as_string(each);
    if (topic == nullptr || topic->size() > defaults::max_topic_bytes) return false;
    out.push_back(*topic);
  }
  return true;
}

enum class UpwardMember { unknown, modifier, command, bad };

template <class Json>
UpwardMember read_upward_member(const std::string& name, const Json& value, Upward& out) {
  const auto command = [](bool good) { return good ? UpwardMember::command : UpwardMember::bad; };
  const auto modifier = [](bool good) { return good ? UpwardMember::modifier : UpwardMember::bad; };
  if (name == "ack") return command(read_bounded(value, max_cursor_bytes, out.ack));
  if (name == "seen") return command(read_seen(value, out));
  if (name == "send") return command(read_send(value, out.send.emplace()));
  if (name == "subscribe") return command(read_topics(value, out.subscribe));
  if (name == "unsubscribe") return command(read_topics(value, out.unsubscribe));
  if (name == "renew") return command(read_bounded(value, defaults::max_credentials_bytes, out.renew));
  if (name == "after") return modifier(read_bounded(value, max_cursor_bytes, out.after));
  if (name == "ref") {
    const std::string* ref = as_string(value);
    if (ref != nullptr) out.ref = *ref;
    return modifier(ref != nullptr && ref->size() <= max_ref_bytes);
  }
  return UpwardMember::unknown;
}

template <class Json>
bool read_upward(const Json& envelope, Upward& out) {
  bool asked = false;
  for (auto member = envelope.begin(); member != envelope.end(); ++member) {
    const UpwardMember kind = read_upward_member(member.key(), member.value(), out);
    if (kind == UpwardMember::bad) return false;
    asked = asked || kind == UpwardMember::command;
  }
  return asked;
}

}  // namespace detail

template <class Json>
std::error_code parse_upward(std::string_view body, Upward& out) {
  // Far above an honest `seen` list; what it shuts out is a megabyte of `[[],[],...`.
  constexpr std::size_t max_values = 10 * defaults::max_seen_tokens;
  Upward parsed;
  const bool good = body.size() <= defaults::max_envelope_bytes &&
                    detail::is_bounded_json<Json>(body, defaults::max_json_depth, max_values) && [&] {
                      const Json envelope = Json::parse(body, nullptr, false);
                      return envelope.is_object() && detail::read_upward(envelope, parsed);
                    }();
  if (!good) return make_error_code(errc::invalid_envelope);
  out = std::move(parsed);
  return {};
}

template <class Json>
std::error_code check_json(std::string_view text, std::size_t max_depth) {
  const bool good = detail::is_bounded_json<Json>(text, max_depth, std::numeric_limits<std::size_t>::max());
  return good ? std::error_code{} : make_error_code(errc::invalid_json);
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_IMPL_ENVELOPE_HPP
