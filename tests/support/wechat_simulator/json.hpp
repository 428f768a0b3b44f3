// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_JSON_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_JSON_HPP

#include <nlohmann/json.hpp>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace wechat_simulator {

using Json = nlohmann::json;

/// UTF-8 with real characters, as the vendor writes; what is no UTF-8 is replaced.
inline std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// The text, or nothing, of a member that need not be there.
inline std::string text_at(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Reads an object of the configuration member by member; one that nobody asked for is a spelling mistake.
class Fields {
 public:
  /// Throws `std::invalid_argument` unless it is an object.
  Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) throw std::invalid_argument(where_ + " is not an object");
  }

  /// Leaves `into` as it is where there is no such member.
  template <class T>
  Fields& read(const char* key, T& into) {
    if (const Json* found = child(key)) {
      try {
        found->get_to(into);
      } catch (const Json::exception&) {
        throw std::invalid_argument(where_ + "." + key + " is of a wrong type");
      }
    }
    return *this;
  }
  const Json* child(const char* key) {
    known_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  /// Throws `std::invalid_argument` if there was more.
  void end() const {
    for (const auto& each : object_.items()) {
      if (!known_.contains(each.key())) throw std::invalid_argument(where_ + " has no member " + each.key());
    }
  }

 private:
  const Json& object_;
  std::string where_;
  std::set<std::string> known_{};
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_JSON_HPP
