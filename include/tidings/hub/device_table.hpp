// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_DEVICE_TABLE_HPP
#define TIDINGS_HUB_DEVICE_TABLE_HPP

#include <tidings/version.hpp>

#include <cstddef>
#include <iterator>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// One value for each client of each user, in the order in which they were touched last. Bounded twice, so that nobody
/// who makes up names of devices pushes out other users' clients: beyond a user's share that user's oldest goes, beyond
/// the whole the oldest of all.
///
/// Anonymous clients (user empty) have no share, nobody knows which of them belong together; where there is no room left,
/// they push out each other before anybody else.
/// Thread    one at a time.
template <class T>
class DeviceTable {
  struct Entry;
  using Entries = std::list<Entry>;

 public:
  using iterator = typename Entries::iterator;
  using const_iterator = typename Entries::const_iterator;

  DeviceTable(std::size_t most, std::size_t most_of_user) : most_(most), most_of_user_(most_of_user) {}

  /// Oldest first. An entry has `user` and `value`.
  iterator begin() { return entries_.begin(); }
  iterator end() { return entries_.end(); }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }

  T* find(std::string_view user, std::string_view client) {
    const auto found = index_.find(write_key(user, client));
    return found == index_.end() ? nullptr : &found->second->value;
  }
  const T* find(std::string_view user, std::string_view client) const {
    return const_cast<DeviceTable*>(this)->find(user, client);
  }

  /// The value of this client, made by `make()` if there is none; it is the youngest now.
  template <class Make>
  T& touch(const std::string& user, std::string_view client, Make make) {
    if (const auto found = index_.find(write_key(user, client)); found != index_.end()) {
      const iterator entry = found->second;
      Own& own = users_.find(entry->user)->second.entries;
      own.splice(own.end(), own, entry->place);
      entries_.splice(entries_.end(), entries_, entry);
      return entry->value;
    }
    // Made first: the names may be those of an entry that goes.
    Entries made;
    made.push_back(Entry{user, key_, {}, make()});
    const iterator entry = made.begin();
    const bool forgot = make_room(entry->user);
    entries_.splice(entries_.end(), made);
    User& owner = users_[entry->user];
    owner.forgot = owner.forgot || forgot;
    Own& own = owner.entries;
    entry->place = own.insert(own.end(), entry);
    index_.emplace(entry->key, entry);
    return entry->value;
  }

  /// Whether there was no room for one of this user's clients: one that is not found may have been here.
  bool may_have_forgotten(const std::string& user) const {
    const auto found = users_.find(user);
    return forgot_ || (found != users_.end() && found->second.forgot);
  }

  /// Calls `f(value)` for each client of the user.
  template <class F>
  void for_each_of(const std::string& user, F&& f) {
    const auto found = users_.find(user);
    if (found == users_.end()) return;
    for (const iterator& each : found->second.entries) f(each->value);
  }

  /// Returns the next one.
  iterator erase(iterator entry) {
    const auto user = users_.find(entry->user);
    user->second.entries.erase(entry->place);
    if (user->second.entries.empty()) users_.erase(user);
    index_.erase(entry->key);
    return entries_.erase(entry);
  }

 private:
  using Own = std::list<iterator>;
  struct Entry {
    std::string user;
    std::string key;
    typename Own::iterator place;
    T value;
  };

  struct User {
    Own entries;
    bool forgot = false;
  };

  // User names have no line feed.
  const std::string& write_key(std::string_view user, std::string_view client) const {
    return key_.assign(user).append(1, '\n').append(client);
  }

  // Whether one of this user's own had to go.
  bool make_room(const std::string& user) {
    const bool full = !entries_.empty() && entries_.size() >= most_;
    const auto own = users_.find(user);
    if (own != users_.end() && (user.empty() ? full : own->second.entries.size() >= most_of_user_)) {
      erase(own->second.entries.front());
      return true;
    }
    if (full) {
      forgot_ = true;
      erase(entries_.begin());
    }
    return false;
  }

  std::size_t most_;
  std::size_t most_of_user_;
  Entries entries_;
  std::unordered_map<std::string, iterator> index_;
  std::unordered_map<std::string, User> users_;
  bool forgot_ = false;
  // What is looked for: kept for its memory.
  mutable std::string key_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_DEVICE_TABLE_HPP
