// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_IMPL_MEMORY_STORE_HPP
#define TIDINGS_STORE_IMPL_MEMORY_STORE_HPP

#include <tidings/protocol/topic_name.hpp>
#include <tidings/store/impl/memory_topics.hpp>
#include <tidings/store/memory_store.hpp>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

template <class Options>
BasicMemoryStore<Options>::BasicMemoryStore(Options options)
    : topics_(std::make_shared<detail::MemoryTopics<Options>>(std::move(options))) {}

template <class Options>
void BasicMemoryStore<Options>::attach(Announce announce, Completion<> done) {
  topics_->set_announce(std::move(announce));
  done({});
}

template <class Options>
void BasicMemoryStore<Options>::detach(Completion<> done) {
  topics_->set_announce(nullptr);
  done({});
}

template <class Options>
void BasicMemoryStore<Options>::append(AppendRequest request, Completion<Appended> done) {
  const Appended appended = topics_->append(std::move(request));
  done({}, appended);
}

template <class Options>
void BasicMemoryStore<Options>::read(const std::string& name, std::uint64_t after, std::size_t limit,
                                     Completion<ReadResult> done) {
  ReadResult result;
  topics_->with_topic(name, [&](detail::MemoryTopic<Options>& topic, wall_time now) {
    result.state = topic.state();
    if (limit > 0) topic.read(after, limit, now, result);
  });
  done({}, std::move(result));
}

template <class Options>
void BasicMemoryStore<Options>::trim(const std::string& name, std::size_t keep, Completion<> done) {
  topics_->with_topic(name, [&](detail::MemoryTopic<Options>& topic, wall_time) { topic.trim(keep); });
  done({});
}

template <class Options>
void BasicMemoryStore<Options>::add_member(const std::string& name, const std::string& user, Completion<> done) {
  topics_->with_topic(name, [&](detail::MemoryTopic<Options>& topic, wall_time) { topic.add_member(user); });
  done({});
}

template <class Options>
void BasicMemoryStore<Options>::remove_member(const std::string& name, const std::string& user, Completion<> done) {
  topics_->with_topic(name, [&](detail::MemoryTopic<Options>& topic, wall_time) { topic.remove_member(user); });
  done({});
}

template <class Options>
void BasicMemoryStore<Options>::positions(const std::string& user, const std::vector<std::string>& names,
                                          Completion<std::vector<MemberPosition>> done) {
  std::vector<MemberPosition> positions;
  positions.reserve(names.size());
  const std::string inbox = protocol::inbox_of(user);
  for (const std::string& name : names) {
    MemberPosition position;
    position.topic = name;
    topics_->with_topic(name, [&](detail::MemoryTopic<Options>& topic, wall_time) {
      position.top = {topic.state().epoch, topic.state().top};
      const delivery::Acknowledgements* const member = name == inbox ? &topic.owner(user) : topic.member(user);
      if (member == nullptr || !member->is_member()) return;
      position.member = true;
      position.acknowledged = {topic.state().epoch, member->acknowledged()};
    });
    positions.push_back(std::move(position));
  }
  done({}, std::move(positions));
}

template <class Options>
void BasicMemoryStore<Options>::acknowledge(const std::vector<Acknowledgement>& list, Completion<> done) {
  for (const Acknowledgement& each : list) {
    topics_->with_known_topic(each.topic, [&](detail::MemoryTopic<Options>& topic, wall_time) {
      if (each.topic == protocol::inbox_of(each.user)) topic.owner(each.user);
      if (delivery::Acknowledgements* const member = topic.member(each.user)) {
        member->acknowledge(topic.state(), each.position, each.evidence);
      }
    });
  }
  done({});
}

template <class Options>
void BasicMemoryStore<Options>::except(const std::vector<ExceptionEntry>& list, Completion<> done) {
  for (const ExceptionEntry& each : list) {
    topics_->with_known_topic(each.topic, [&](detail::MemoryTopic<Options>& topic, wall_time) {
      if (each.topic == protocol::inbox_of(each.user)) topic.owner(each.user);
      if (delivery::Acknowledgements* const member = topic.member(each.user)) member->except(each.range);
    });
  }
  done({});
}

template <class Options>
void BasicMemoryStore<Options>::standings(const std::string& name, Position position,
                                          Completion<StandingsResult> done) {
  StandingsResult result;
  topics_->with_known_topic(name, [&](detail::MemoryTopic<Options>& topic, wall_time) {
    if (protocol::is_inbox(name)) topic.owner(name.substr(1));
    topic.standings(position, result);
  });
  done({}, std::move(result));
}

template <class Options>
void BasicMemoryStore<Options>::mark_seen(const SeenRequest& request, Completion<std::size_t> done) {
  std::size_t unread = 0;
  topics_->with_topic(protocol::inbox_of(request.user), [&](detail::MemoryTopic<Options>& topic, wall_time now) {
    if (request.all) topic.mark_all_seen();
    for (const Position& each : request.positions) {
      if (delivery::first_unknown(topic.state(), each) > each.offset) topic.mark_seen(each.offset);
    }
    unread = topic.unread(now);
  });
  done({}, unread);
}

template <class Options>
void BasicMemoryStore<Options>::unread(const std::string& user, Completion<std::size_t> done) {
  std::size_t unread = 0;
  topics_->with_known_topic(protocol::inbox_of(user),
                            [&](detail::MemoryTopic<Options>& topic, wall_time now) { unread = topic.unread(now); });
  done({}, unread);
}

template <class Options>
void BasicMemoryStore<Options>::inbox(const std::string& user, std::uint64_t before, std::size_t limit,
                                      Completion<InboxPage> done) {
  InboxPage page;
  topics_->with_topic(protocol::inbox_of(user), [&](detail::MemoryTopic<Options>& topic, wall_time now) {
    topic.page(before, limit, now, topic.owner(user), page);
    page.unread = topic.unread(now);
    page.epoch = topic.state().epoch;
  });
  done({}, std::move(page));
}

template <class Options>
void BasicMemoryStore<Options>::begin_epoch(const std::string& topic) {
  topics_->begin_epoch(topic);
}

template <class Options>
std::size_t BasicMemoryStore<Options>::bytes() const {
  return topics_->bytes();
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_IMPL_MEMORY_STORE_HPP
