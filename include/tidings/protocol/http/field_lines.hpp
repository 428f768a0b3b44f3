// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_FIELD_LINES_HPP
#define TIDINGS_PROTOCOL_HTTP_FIELD_LINES_HPP

#include <tidings/http_types.hpp>
#include <tidings/request_snapshot.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Adds the value of one more line of a field: several are one list. Of a field that may come only once that makes a value
/// which nothing takes.
///
/// Source  RFC 9110 5.3.
inline void add_field_line(std::optional<std::string>& all, std::string_view value) {
  if (all) {
    all->append(", ").append(value);
  } else {
    all.emplace(value);
  }
}

/// Makes one header of several with the same name, where the first of them stands.
inline void join_field_lines(std::vector<Header>& headers) {
  auto end = headers.begin();
  for (auto each = headers.begin(); each != headers.end(); ++each) {
    const auto first = std::find_if(headers.begin(), end, [&](const Header& before) {
      return RequestSnapshot::same_name(before.name, each->name);
    });
    if (first != end) {
      first->value.append(", ").append(each->value);
    } else {
      if (end != each) *end = std::move(*each);
      ++end;
    }
  }
  headers.erase(end, headers.end());
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_FIELD_LINES_HPP
