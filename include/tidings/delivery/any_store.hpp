// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ANY_STORE_HPP
#define TIDINGS_DELIVERY_ANY_STORE_HPP

#include <tidings/store_concepts.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Any model of Store behind one type, so that sessions and hub are compiled once for all stores.
///
/// Thread    as the store. Lifetime  copies share the store.
class AnyStore {
 public:
  template <class S>
  requires(!std::is_same_v<std::remove_cvref_t<S>, AnyStore> &&
           Store<std::remove_cvref_t<S>>) explicit AnyStore(S&& store)
      : model_(std::make_shared<Model<std::remove_cvref_t<S>>>(std::forward<S>(store))) {}

  void attach(Announce announce, Completion<> done) { model_->attach(std::move(announce), std::move(done)); }
  void detach(Completion<> done) { model_->detach(std::move(done)); }
  void append(AppendRequest request, Completion<Appended> done) { model_->append(std::move(request), std::move(done)); }
  void read(std::string topic, std::uint64_t after, std::size_t limit, Completion<ReadResult> done) {
    model_->read(std::move(topic), after, limit, std::move(done));
  }
  void trim(std::string topic, std::size_t keep, Completion<> done) {
    model_->trim(std::move(topic), keep, std::move(done));
  }
  void add_member(std::string topic, std::string user, Completion<> done) {
    model_->add_member(std::move(topic), std::move(user), std::move(done));
  }
  void remove_member(std::string topic, std::string user, Completion<> done) {
    model_->remove_member(std::move(topic), std::move(user), std::move(done));
  }
  void positions(std::string user, std::vector<std::string> topics, Completion<std::vector<MemberPosition>> done) {
    model_->positions(std::move(user), std::move(topics), std::move(done));
  }
  void acknowledge(std::vector<Acknowledgement> list, Completion<> done) {
    model_->acknowledge(std::move(list), std::move(done));
  }
  void except(std::vector<ExceptionEntry> list, Completion<> done) { model_->except(std::move(list), std::move(done)); }
  void standings(std::string topic, Position position, Completion<StandingsResult> done) {
    model_->standings(std::move(topic), position, std::move(done));
  }
  void mark_seen(SeenRequest request, Completion<std::size_t> done) {
    model_->mark_seen(std::move(request), std::move(done));
  }
  void unread(std::string user, Completion<std::size_t> done) { model_->unread(std::move(user), std::move(done)); }
  void inbox(std::string user, std::uint64_t before, std::size_t limit, Completion<InboxPage> done) {
    model_->inbox(std::move(user), before, limit, std::move(done));
  }
  bool lossy_announcements() const { return model_->lossy_announcements(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void attach(Announce, Completion<>) = 0;
    virtual void detach(Completion<>) = 0;
    virtual void append(AppendRequest, Completion<Appended>) = 0;
    virtual void read(std::string, std::uint64_t, std::size_t, Completion<ReadResult>) = 0;
    virtual void trim(std::string, std::size_t, Completion<>) = 0;
    virtual void add_member(std::string, std::string, Completion<>) = 0;
    virtual void remove_member(std::string, std::string, Completion<>) = 0;
    virtual void positions(std::string, std::vector<std::string>, Completion<std::vector<MemberPosition>>) = 0;
    virtual void acknowledge(std::vector<Acknowledgement>, Completion<>) = 0;
    virtual void except(std::vector<ExceptionEntry>, Completion<>) = 0;
    virtual void standings(std::string, Position, Completion<StandingsResult>) = 0;
    virtual void mark_seen(SeenRequest, Completion<std::size_t>) = 0;
    virtual void unread(std::string, Completion<std::size_t>) = 0;
    virtual void inbox(std::string, std::uint64_t, std::size_t, Completion<InboxPage>) = 0;
    virtual bool lossy_announcements() const = 0;
  };

  template <class S>
  struct Model final : Base {
    explicit Model(S s) : store(std::move(s)) {}
    void attach(Announce announce, Completion<> done) override { store.attach(std::move(announce), std::move(done)); }
    void detach(Completion<> done) override { store.detach(std::move(done)); }
    void append(AppendRequest request, Completion<Appended> done) override {
      store.append(std::move(request), std::move(done));
    }
    void read(std::string topic, std::uint64_t after, std::size_t limit, Completion<ReadResult> done) override {
      store.read(std::move(topic), after, limit, std::move(done));
    }
    void trim(std::string topic, std::size_t keep, Completion<> done) override {
      store.trim(std::move(topic), keep, std::move(done));
    }
    void add_member(std::string topic, std::string user, Completion<> done) override {
      store.add_member(std::move(topic), std::move(user), std::move(done));
    }
    void remove_member(std::string topic, std::string user, Completion<> done) override {
      store.remove_member(std::move(topic), std::move(user), std::move(done));
    }
    void positions(std::string user, std::vector<std::string> topics,
                   Completion<std::vector<MemberPosition>> done) override {
      store.positions(std::move(user), std::move(topics), std::move(done));
    }
    void acknowledge(std::vector<Acknowledgement> list, Completion<> done) override {
      store.acknowledge(std::move(list), std::move(done));
    }
    void except(std::vector<ExceptionEntry> list, Completion<> done) override {
      store.except(std::move(list), std::move(done));
    }
    void standings(std::string topic, Position position, Completion<StandingsResult> done) override {
      store.standings(std::move(topic), position, std::move(done));
    }
    void mark_seen(SeenRequest request, Completion<std::size_t> done) override {
      store.mark_seen(std::move(request), std::move(done));
    }
    void unread(std::string user, Completion<std::size_t> done) override {
      store.unread(std::move(user), std::move(done));
    }
    void inbox(std::string user, std::uint64_t before, std::size_t limit, Completion<InboxPage> done) override {
      store.inbox(std::move(user), before, limit, std::move(done));
    }
    bool lossy_announcements() const override { return S::lossy_announcements; }
    S store;
  };

  std::shared_ptr<Base> model_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ANY_STORE_HPP
