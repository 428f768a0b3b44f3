// SPDX-License-Identifier: BSL-1.0
//
// A ledger that answers at once instead of calling back.
//
// error: l\.find\(
// error: Ledger

#include <tidings/store_concepts.hpp>

struct Mine {
  void record(tidings::PublicationRecord record, tidings::Completion<> done);
#ifdef GOOD
  void find(tidings::MessageId id, tidings::Completion<tidings::PublicationRecord> done);
#else
  tidings::PublicationRecord find(tidings::MessageId id);
#endif
  void prove(std::vector<tidings::Acknowledgement> list, tidings::Completion<> done);
  void proofs(std::string topic, tidings::Completion<std::vector<tidings::Acknowledgement>> done);
  void recent(std::size_t limit, tidings::Completion<std::vector<tidings::PublicationRecord>> done);
};

template <tidings::Ledger L>
void take(L ledger);
void use(Mine ledger) { take(ledger); }
