// SPDX-License-Identifier: BSL-1.0

#include <tidings/request_snapshot.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

using namespace tidings;

namespace {

// A server's request that is gone after the handler: its strings are overwritten by `forget`.
class FakeRequest {
 public:
  std::string_view method() const { return method_; }
  std::string target() const { return target_; }
  const char* peer() const { return "10.0.0.1:5000"; }
  std::string_view body() const { return body_; }
  int http_version() const { return 20; }
  std::optional<std::string> header(std::string_view name) const {
    const auto found = fields.find(std::string(name));
    return found == fields.end() ? std::nullopt : std::optional(found->second);
  }
  void forget() {
    method_.assign(method_.size(), '?');
    body_.assign(body_.size(), '?');
    fields.clear();
  }

  std::map<std::string, std::string> fields;

 private:
  std::string method_ = "POST";
  std::string target_ = "/push?topics=a%2Cb";
  std::string body_ = std::string("a\0b", 3);
};

}  // namespace

TEST_CASE("a snapshot owns what it copied", "[vocabulary][request]") {
  FakeRequest request;
  request.fields = {{"host", "example.org"}, {"cookie", "sid=1"}, {"x-secret", "not needed"}, {"origin", ""}};
  const RequestSnapshot copy = snapshot(request);
  request.forget();
  CHECK(copy.method == "POST");
  CHECK(copy.target == "/push?topics=a%2Cb");
  CHECK(copy.peer == "10.0.0.1:5000");
  CHECK(copy.body == std::string("a\0b", 3));
  CHECK(copy.version == 20);
  CHECK(copy.headers.size() == 3);
  CHECK(copy.header("Host") == "example.org");
  CHECK(copy.header("cookie") == "sid=1");
  // An empty field is not an absent one: an empty Origin is a claim.
  CHECK(copy.header("origin") == "");
  CHECK(copy.header("x-secret") == std::nullopt);
}

TEST_CASE("field names are compared without case, and only letters have one", "[vocabulary][request]") {
  auto [a, b, same] = GENERATE(table<std::string, std::string, bool>({
      {"host", "HOST", true},
      {"If-None-Match", "if-none-match", true},
      {"host", "hos", false},
      {"host", "hosts", false},
      {"", "", true},
      {"x@", "x`", false},
      {"x[", "x{", false},
      {"\xC3\x89", "\xC3\xA9", false},
  }));
  CAPTURE(a, b);
  CHECK(RequestSnapshot::same_name(a, b) == same);
  CHECK(RequestSnapshot::same_name(b, a) == same);
}

TEST_CASE("the first of two fields of one name counts", "[vocabulary][request]") {
  RequestSnapshot request;
  request.headers = {{"Last-Event-ID", "1"}, {"last-event-id", "2"}};
  CHECK(request.header("LAST-EVENT-ID") == "1");
}

TEST_CASE("the kept fields are lower-case, each once, and hold what the library reads", "[vocabulary][request]") {
  std::set<std::string_view> names;
  for (const std::string_view name : kept_headers) {
    CAPTURE(name);
    CHECK(names.insert(name).second);
    CHECK(name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos);
  }
  for (const char* needed : {"accept", "authorization", "content-type", "cookie", "if-none-match", "last-event-id",
                             "origin", "host", "sec-fetch-site", "access-control-request-method"}) {
    CAPTURE(needed);
    CHECK(names.contains(needed));
  }
}
