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
/// Anonymous clients (user empty) have no share: nobody knows which of them belong together.
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
    const auto found = index_.find(key(user, client));
    return found == index_.end() ? nullptr : &found->second->value;
  }
  const T* find(std::string_view user, std::string_view client) const {
    return const_cast<DeviceTable*>(this)->find(user, client);
  }

  /// The value of this client, made by `make()` if there is none; it is the youngest now.
  template <class Make>
  T& touch(const std::string& user, std::string_view client, Make make) {
    std::string name = key(user, client);
    if (const auto found = index_.find(name); found != index_.end()) {
      const iterator entry = found->second;
      Own& own = users_.find(entry->user)->second;
      own.splice(own.end(), own, entry->place);
      entries_.splice(entries_.end(), entries_, entry);
      return entry->value;
    }
    make_room(user);
    const iterator entry = entries_.insert(entries_.end(), Entry{user, name, {}, make()});
    Own& own = users_[user];
    entry->place = own.insert(own.end(), entry);
    index_.emplace(std::move(name), entry);
    return entry->value;
  }

  /// Returns the next one.
  iterator erase(iterator entry) {
    const auto user = users_.find(entry->user);
    user->second.erase(entry->place);
    if (user->second.empty()) users_.erase(user);
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

  // User names have no line feed.
  static std::string key(std::string_view user, std::string_view client) {
    std::string name;
    name.reserve(user.size() + client.size() + 1);
    return name.append(user).append(1, '\n').append(client);
  }

  void make_room(const std::string& user) {
    if (const auto own = users_.find(user);
        !user.empty() && own != users_.end() && own->second.size() >= most_of_user_) {
      erase(own->second.front());
    } else if (!entries_.empty() && entries_.size() >= most_) {
      erase(entries_.begin());
    }
  }

  std::size_t most_;
  std::size_t most_of_user_;
  Entries entries_;
  std::unordered_map<std::string, iterator> index_;
  std::unordered_map<std::string, Own> users_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_DEVICE_TABLE_HPP
