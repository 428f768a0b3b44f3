// SPDX-License-Identifier: BSL-1.0
//
// A store that does not say whether its announcements may get lost.
//
// error: S::lossy_announcements
// error: Store

#include <tidings/store/memory_store.hpp>
#include <tidings/store_concepts.hpp>

struct Mine : tidings::MemoryStore {
#ifndef GOOD
 private:
  using tidings::MemoryStore::lossy_announcements;
#endif
};

template <tidings::Store S>
void take(S store);
void use(Mine store) { take(store); }
