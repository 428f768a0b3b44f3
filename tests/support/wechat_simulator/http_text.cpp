// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/http_text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <stdexcept>

namespace wechat_simulator {

namespace {

constexpr std::size_t most_head = 65'536;
constexpr std::size_t most_body = 16 * 1024 * 1024;

std::size_t number_from(std::string_view text, int base) {
  std::size_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (ec != std::errc() || end == text.data() || number > most_body) throw std::invalid_argument("no length");
  return number;
}

// With its names in lower case, so that they can be looked for.
std::string lower_names(std::string_view fields) {
  std::string out(fields);
  bool in_name = true;
  for (char& each : out) {
    if (each == '\n') in_name = true;
    if (each == ':') in_name = false;
    if (in_name) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  }
  return out;
}

std::optional<HttpBody> parse_chunks(const HttpHead& head, std::string_view read) {
  HttpBody body{.consumed = head.size};
  while (true) {
    const std::size_t end = read.find("\r\n", body.consumed);
    if (end == std::string_view::npos) return std::nullopt;
    const std::size_t size = number_from(read.substr(body.consumed, end - body.consumed), 16);
    if (read.size() < end + 2 + size + 2) return std::nullopt;
    body.text.append(read.substr(end + 2, size));
    if (body.text.size() > most_body) throw std::invalid_argument("too long");
    body.consumed = end + 2 + size + 2;
    if (size == 0) return body;
  }
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = std::tolower(static_cast<unsigned char>(c)) - 'a';
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_code =
        text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0 && digit_of(text[i + 2]) >= 0;
    if (is_code) {
      out.push_back(static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

void read_query(std::string_view text, std::map<std::string, std::string>& out) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = equals == pair.size() ? std::string_view() : pair.substr(equals + 1);
    out[decoded(pair.substr(0, equals))] = decoded(value);
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
  }
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 302: return "Found";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";
  }
}

}  // namespace

std::string HttpHead::field(std::string_view name) const {
  const std::string wanted = "\n" + std::string(name) + ":";
  const std::size_t at = fields.find(wanted);
  if (at == std::string::npos) return {};
  std::string value = fields.substr(at + wanted.size(), fields.find('\r', at + 1) - at - wanted.size());
  const std::size_t first = value.find_first_not_of(' ');
  return first == std::string::npos ? std::string() : value.substr(first, value.find_last_not_of(' ') - first + 1);
}

bool HttpHead::keeps_alive() const {
  std::string wish = field("connection");
  std::transform(wish.begin(), wish.end(), wish.begin(), [](unsigned char c) { return std::tolower(c); });
  return wish != "close";
}

std::optional<HttpHead> parse_head(std::string_view read) {
  const std::size_t end = read.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (read.size() > most_head) throw std::invalid_argument("a head without an end");
    return std::nullopt;
  }
  const std::string_view line = read.substr(0, read.find("\r\n"));
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  if (first == std::string_view::npos) throw std::invalid_argument("no HTTP");
  HttpHead head;
  head.first = line.substr(0, first);
  head.second = line.substr(first + 1, second == std::string_view::npos ? second : second - first - 1);
  head.fields = lower_names(read.substr(line.size(), end + 2 - line.size()));
  head.size = end + 4;
  return head;
}

std::optional<HttpBody> parse_body(const HttpHead& head, std::string_view read, bool ended) {
  if (head.field("transfer-encoding") == "chunked") return parse_chunks(head, read);
  const std::string length = head.field("content-length");
  const bool is_answer = head.first.starts_with("HTTP/");
  if (length.empty() && is_answer) {
    if (!ended) return std::nullopt;
    return HttpBody{std::string(read.substr(head.size)), read.size()};
  }
  const std::size_t size = length.empty() ? 0 : number_from(length, 10);
  if (read.size() < head.size + size) return std::nullopt;
  return HttpBody{std::string(read.substr(head.size, size)), head.size + size};
}

ApiRequest request_of(const HttpHead& head, std::string body) {
  ApiRequest request{.method = head.first, .body = std::move(body)};
  const std::size_t mark = std::min(head.second.find('?'), head.second.size());
  request.path = decoded(std::string_view(head.second).substr(0, mark));
  if (mark < head.second.size()) read_query(std::string_view(head.second).substr(mark + 1), request.query);
  return request;
}

std::string head_of(const Answer& answer, bool keeps_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  head.append(reason_of(answer.status)).append("\r\nServer: simulator\r\n");
  if (!answer.content_type.empty()) head.append("Content-Type: ").append(answer.content_type).append("\r\n");
  if (!answer.location.empty()) head.append("Location: ").append(answer.location).append("\r\n");
  head.append("Connection: ").append(keeps_alive ? "keep-alive" : "close");
  return head.append("\r\nContent-Length: ").append(std::to_string(answer.body.size())).append("\r\n\r\n");
}

std::optional<HttpUrl> parse_url(const std::string& url) {
  const std::string scheme = "http://";
  if (!url.starts_with(scheme)) return std::nullopt;
  HttpUrl out;
  const std::size_t slash = std::min(url.find('/', scheme.size()), url.size());
  const std::string authority = url.substr(scheme.size(), slash - scheme.size());
  const std::size_t colon = authority.find(':');
  out.host = authority.substr(0, colon);
  if (colon != std::string::npos) out.port = authority.substr(colon + 1);
  if (slash < url.size()) out.target = url.substr(slash);
  if (out.host.empty()) return std::nullopt;
  return out;
}

}  // namespace wechat_simulator
