// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ANY_LEDGER_HPP
#define TIDINGS_DELIVERY_ANY_LEDGER_HPP

#include <tidings/store_concepts.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Any model of Ledger behind one type.
///
/// Thread    as the ledger. Lifetime  copies share the ledger.
class AnyLedger {
 public:
  template <class L>
  requires(!std::is_same_v<std::remove_cvref_t<L>, AnyLedger> &&
           Ledger<std::remove_cvref_t<L>>) explicit AnyLedger(L&& ledger)
      : model_(std::make_shared<Model<std::remove_cvref_t<L>>>(std::forward<L>(ledger))) {}

  void record(PublicationRecord record, Completion<> done) { model_->record(std::move(record), std::move(done)); }
  void find(MessageId id, Completion<PublicationRecord> done) { model_->find(id, std::move(done)); }
  void recent(std::size_t limit, Completion<std::vector<PublicationRecord>> done) {
    model_->recent(limit, std::move(done));
  }
  void prove(std::vector<Acknowledgement> list, Completion<> done) { model_->prove(std::move(list), std::move(done)); }
  void proofs(std::string topic, Completion<std::vector<Acknowledgement>> done) {
    model_->proofs(std::move(topic), std::move(done));
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void record(PublicationRecord, Completion<>) = 0;
    virtual void find(MessageId, Completion<PublicationRecord>) = 0;
    virtual void recent(std::size_t, Completion<std::vector<PublicationRecord>>) = 0;
    virtual void prove(std::vector<Acknowledgement>, Completion<>) = 0;
    virtual void proofs(std::string, Completion<std::vector<Acknowledgement>>) = 0;
  };

  template <class L>
  struct Model final : Base {
    explicit Model(L l) : ledger(std::move(l)) {}
    void record(PublicationRecord record, Completion<> done) override {
      ledger.record(std::move(record), std::move(done));
    }
    void find(MessageId id, Completion<PublicationRecord> done) override { ledger.find(id, std::move(done)); }
    void recent(std::size_t limit, Completion<std::vector<PublicationRecord>> done) override {
      ledger.recent(limit, std::move(done));
    }
    void prove(std::vector<Acknowledgement> list, Completion<> done) override {
      ledger.prove(std::move(list), std::move(done));
    }
    void proofs(std::string topic, Completion<std::vector<Acknowledgement>> done) override {
      ledger.proofs(std::move(topic), std::move(done));
    }
    L ledger;
  };

  std::shared_ptr<Base> model_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ANY_LEDGER_HPP
