// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/acknowledgement.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace tidings;
using namespace tidings::delivery;

namespace {

constexpr std::uint64_t this_epoch = 5;

TopicState topic(std::uint64_t top) {
  TopicState state;
  state.epoch = this_epoch;
  state.top = top;
  return state;
}

Acknowledgements member_from_start() {
  Acknowledgements member;
  member.join(0);
  return member;
}

const char* word(Standing standing) {
  switch (standing) {
    case Standing::not_member: return ".";
    case Standing::outstanding: return "o";
    case Standing::acknowledged: return "A";
    case Standing::excepted: return "x";
  }
  return "?";
}

// One letter for each offset from 1 on.
std::string standings(const Acknowledgements& member, std::uint64_t top) {
  std::string text;
  for (std::uint64_t offset = 1; offset <= top; ++offset) text += word(member.standing(offset));
  return text;
}

bool acknowledge(Acknowledgements& member, std::uint64_t top, std::uint64_t offset, Evidence evidence = Evidence::ack) {
  return member.acknowledge(topic(top), {this_epoch, offset}, evidence);
}

// What each offset is, one by one, as DESIGN 4 says it.
class OffsetModel {
 public:
  void append() { offsets_.push_back({.meant = member_}); }
  void join() {
    if (!member_) acknowledged_ = std::max(acknowledged_, top());
    member_ = true;
  }
  void leave() { member_ = false; }
  void acknowledge(std::uint64_t offset, Evidence evidence) {
    if (!member_ || offset > top()) return;
    for (; acknowledged_ < offset; ++acknowledged_) {
      Offset& each = offsets_[acknowledged_];
      if (!each.reason) each.evidence = evidence;
    }
  }
  void except(ExceptionRange range) {
    for (std::uint64_t offset = std::max(range.from, acknowledged_ + 1); offset <= std::min(range.to, top());
         ++offset) {
      Offset& each = offsets_[offset - 1];
      if (!each.reason) each.reason = range.reason;
    }
  }

  std::uint64_t top() const { return offsets_.size(); }
  std::uint64_t acknowledged() const { return acknowledged_; }
  bool is_member() const { return member_; }
  Standing standing(std::uint64_t offset) const {
    const Offset& each = offsets_[offset - 1];
    if (!each.meant) return Standing::not_member;
    if (each.reason) return Standing::excepted;
    return each.evidence == Evidence::none ? Standing::outstanding : Standing::acknowledged;
  }
  ExceptionReason reason(std::uint64_t offset) const {
    return offsets_[offset - 1].reason.value_or(ExceptionReason::gap);
  }
  Evidence evidence(std::uint64_t offset) const { return offsets_[offset - 1].evidence; }

 private:
  struct Offset {
    bool meant = false;
    std::optional<ExceptionReason> reason{};
    Evidence evidence = Evidence::none;
  };
  std::vector<Offset> offsets_;
  std::uint64_t acknowledged_ = 0;
  bool member_ = false;
};

// The real thing and the model, side by side.
struct Pair {
  Acknowledgements real;
  OffsetModel model;

  void append() { model.append(); }
  void join() {
    real.join(model.top());
    model.join();
  }
  void leave() {
    real.leave(model.top());
    model.leave();
  }
  void acknowledge(std::uint64_t offset, Evidence evidence) {
    real.acknowledge(topic(model.top()), {this_epoch, offset}, evidence);
    model.acknowledge(offset, evidence);
  }
  void except(ExceptionRange range) {
    real.except(range);
    model.except(range);
  }

  // The first difference; empty if there is none.
  std::string difference() const {
    if (real.acknowledged() != model.acknowledged()) return "acknowledged";
    if (real.is_member() != model.is_member()) return "member";
    for (std::uint64_t offset = 1; offset <= model.top(); ++offset) {
      const std::string at = " of " + std::to_string(offset) + " of " + std::to_string(model.top());
      const Standing standing = model.standing(offset);
      if (real.standing(offset) != standing)
        return std::string("standing ") + word(real.standing(offset)) + " not " + word(standing) + at;
      if (standing == Standing::excepted && real.reason(offset) != model.reason(offset)) return "reason" + at;
      if (standing == Standing::acknowledged && real.evidence(offset) != model.evidence(offset)) return "evidence" + at;
    }
    return {};
  }

  // What may never be said, however much is merged.
  std::string false_delivery() const {
    for (std::uint64_t offset = 1; offset <= model.top(); ++offset) {
      const Standing standing = model.standing(offset);
      if (real.standing(offset) == Standing::acknowledged && standing != Standing::acknowledged) {
        return "called acknowledged: " + std::to_string(offset);
      }
      if (real.standing(offset) == Standing::not_member && standing != Standing::not_member) {
        return "called not meant: " + std::to_string(offset);
      }
    }
    return {};
  }
};

std::string problem_of(const std::vector<ExceptionRange>& ranges) {
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].from > ranges[i].to) return "empty range";
    if (i > 0 && ranges[i - 1].to >= ranges[i].from) return "overlap at " + std::to_string(ranges[i].from);
  }
  return ranges.size() > Acknowledgements::max_kept ? "too many" : std::string();
}

Evidence random_evidence(std::mt19937& random) { return static_cast<Evidence>(1 + random() % 4); }
ExceptionReason random_reason(std::mt19937& random) { return static_cast<ExceptionReason>(random() % 5); }

// One thing that happens to a member; `leaves` allows coming and going.
void happen(Pair& pair, std::mt19937& random, bool leaves) {
  const std::uint64_t top = pair.model.top();
  const std::uint64_t near = top > 30 ? top - 30 : 0;
  const std::uint64_t somewhere = near + random() % (top - near + 3);
  switch (random() % 10) {
    case 0: pair.acknowledge(somewhere, random_evidence(random)); break;
    case 1:
    case 2: pair.except({somewhere, std::min(top, somewhere + random() % 10), random_reason(random)}); break;
    case 3:
      if (leaves && random() % 3 == 0) pair.leave();
      break;
    case 4: pair.join(); break;
    default: pair.append(); break;
  }
}

}  // namespace

// DESIGN 4: acknowledgements above `top` or of another epoch acknowledge nothing.
TEST_CASE("a claim moves the acknowledged offset forward within the topic, or not at all",
          "[delivery][acknowledgement]") {
  auto [claim, moved, acknowledged] = GENERATE(table<Position, bool, std::uint64_t>({
      {{this_epoch, 0}, false, 3},
      {{this_epoch, 2}, false, 3},
      {{this_epoch, 3}, false, 3},
      {{this_epoch, 4}, true, 4},
      {{this_epoch, 9}, true, 9},
      {{this_epoch, 10}, false, 3},
      {{this_epoch, ~std::uint64_t{0}}, false, 3},
      {{this_epoch + 1, 5}, false, 3},
      {{0, 5}, false, 3},
  }));
  Acknowledgements member = member_from_start();
  acknowledge(member, 9, 3);
  CHECK(member.acknowledge(topic(9), claim, Evidence::cursor) == moved);
  CHECK(member.acknowledged() == acknowledged);
}

TEST_CASE("nobody acknowledges what was not meant for him", "[delivery][acknowledgement]") {
  Acknowledgements stranger;
  CHECK_FALSE(stranger.is_member());
  CHECK_FALSE(acknowledge(stranger, 9, 5));
  CHECK(standings(stranger, 9) == ".........");
  stranger.join(9);
  CHECK(stranger.is_member());
  CHECK(stranger.acknowledged() == 9);
  CHECK(standings(stranger, 12) == ".........ooo");
}

TEST_CASE("membership is a span: what came outside was never meant", "[delivery][acknowledgement]") {
  Acknowledgements member;
  member.join(2);
  member.join(5);  // already
  CHECK(acknowledge(member, 6, 6));
  member.leave(6);
  CHECK_FALSE(acknowledge(member, 8, 8));
  member.leave(8);  // already
  member.join(8);
  CHECK(standings(member, 10) == "..AAAA..oo");
}

TEST_CASE("joining and leaving without a message between leaves no trace", "[delivery][acknowledgement]") {
  Acknowledgements member;
  member.join(4);
  member.leave(4);
  CHECK(standings(member, 8) == "........");
  CHECK_FALSE(member.is_member());
  member.join(6);
  CHECK(standings(member, 8) == "......oo");
}

TEST_CASE("joining and leaving for ever without a message costs nothing of what is known",
          "[delivery][acknowledgement]") {
  Acknowledgements member;
  member.join(0);
  acknowledge(member, 3, 2);
  member.leave(3);
  for (int i = 0; i < 1000; ++i) {
    member.join(5);
    member.leave(5);
  }
  CHECK(standings(member, 6) == "AAo...");
}

// DESIGN 3.3 and 4: the acknowledged offset may pass a message only if it was delivered or excepted.
TEST_CASE("what was outstanding when a member left stays outstanding when he comes back",
          "[delivery][acknowledgement]") {
  Acknowledgements member = member_from_start();
  acknowledge(member, 3, 1);
  member.leave(3);
  CHECK(standings(member, 5) == "Aoo..");
  member.join(5);
  CHECK(standings(member, 7) == "Aoo..oo");
  acknowledge(member, 7, 7);
  CHECK(standings(member, 7) == "Aoo..AA");
}

TEST_CASE("the confirmation passes exceptions, and an exception never takes a confirmation back",
          "[delivery][acknowledgement]") {
  Acknowledgements member = member_from_start();
  acknowledge(member, 10, 2);
  member.except({1, 4, ExceptionReason::gap});
  CHECK(standings(member, 6) == "AAxxoo");
  acknowledge(member, 10, 5);
  CHECK(standings(member, 6) == "AAxxAo");
  member.except({1, 5, ExceptionReason::dropped});
  CHECK(standings(member, 6) == "AAxxAo");
  CHECK(member.reason(3) == ExceptionReason::gap);
}

TEST_CASE("the earlier reason stays where exceptions overlap", "[delivery][acknowledgement]") {
  Acknowledgements member = member_from_start();
  member.except({3, 4, ExceptionReason::gap});
  member.except({7, 8, ExceptionReason::expired});
  member.except({2, 9, ExceptionReason::dropped});
  using Reason = ExceptionReason;
  const std::vector<ExceptionRange> wanted = {{2, 2, Reason::dropped},
                                              {3, 4, Reason::gap},
                                              {5, 6, Reason::dropped},
                                              {7, 8, Reason::expired},
                                              {9, 9, Reason::dropped}};
  CHECK(member.exceptions() == wanted);
}

TEST_CASE("ranges of one reason that touch become one", "[delivery][acknowledgement]") {
  Acknowledgements member = member_from_start();
  member.except({5, 5, ExceptionReason::gap});
  member.except({3, 3, ExceptionReason::gap});
  member.except({4, 4, ExceptionReason::gap});
  member.except({6, 6, ExceptionReason::dropped});
  member.except({9, 8, ExceptionReason::gap});
  const std::vector<ExceptionRange> wanted = {{3, 5, ExceptionReason::gap}, {6, 6, ExceptionReason::dropped}};
  CHECK(member.exceptions() == wanted);
}

// A range that grows its neighbours on both sides while it is being cut up around the known ones.
TEST_CASE("an exception around several known ones leaves each its reason", "[delivery][acknowledgement]") {
  Acknowledgements member = member_from_start();
  member.except({1, 2, ExceptionReason::gap});
  member.except({5, 6, ExceptionReason::gap});
  member.except({8, 9, ExceptionReason::dropped});
  member.except({3, 10, ExceptionReason::gap});
  CHECK(problem_of(member.exceptions()) == "");
  CHECK(member.reason(8) == ExceptionReason::dropped);
  CHECK(member.reason(9) == ExceptionReason::dropped);
  CHECK(standings(member, 11) == "xxxxxxxxxxo");
}

TEST_CASE("each offset keeps the evidence that proved it", "[delivery][acknowledgement]") {
  Acknowledgements member = member_from_start();
  acknowledge(member, 9, 2, Evidence::cursor);
  acknowledge(member, 9, 4, Evidence::ack);
  acknowledge(member, 9, 5, Evidence::ack);
  acknowledge(member, 9, 5, Evidence::pong);  // not news
  acknowledge(member, 9, 6, Evidence::receipt);
  const std::vector<Evidence> wanted = {Evidence::cursor, Evidence::cursor,  Evidence::ack, Evidence::ack,
                                        Evidence::ack,    Evidence::receipt, Evidence::none};
  for (std::uint64_t offset = 1; offset <= wanted.size(); ++offset) {
    CAPTURE(offset);
    CHECK(member.evidence(offset) == wanted[offset - 1]);
  }
}

TEST_CASE("a member is what its offsets are, one by one", "[delivery][acknowledgement][property]") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U);
  const bool leaves = GENERATE(false, true);
  std::mt19937 random(seed);
  Pair pair;
  pair.join();
  std::string difference;
  for (int step = 0; step < 400 && difference.empty(); ++step) {
    const std::uint64_t before = pair.real.acknowledged();
    happen(pair, random, leaves);
    difference = pair.difference();
    if (difference.empty()) difference = problem_of(pair.real.exceptions());
    CHECK(pair.real.acknowledged() >= before);
  }
  CAPTURE(seed, leaves);
  CHECK(difference == "");
}

// Bounded: what is oldest is merged, always towards "not delivered".
TEST_CASE("more than 256 exceptions merge towards not delivered", "[delivery][acknowledgement]") {
  Pair pair;
  pair.join();
  for (int i = 0; i < 1000; ++i) {
    pair.append();
    pair.append();
    pair.except({pair.model.top(), pair.model.top(), i % 2 == 0 ? ExceptionReason::gap : ExceptionReason::dropped});
    pair.acknowledge(pair.model.top(), Evidence::ack);
  }
  CHECK(problem_of(pair.real.exceptions()) == "");
  CHECK(pair.real.exceptions().size() == Acknowledgements::max_kept);
  CHECK(pair.false_delivery() == "");
  // The newest are exact.
  for (std::uint64_t offset = 1600; offset <= 2000; ++offset)
    CHECK(pair.real.standing(offset) == pair.model.standing(offset));
}

TEST_CASE("more than 256 spans of membership never hide what was missed", "[delivery][acknowledgement]") {
  Pair pair;
  for (int i = 0; i < 300; ++i) {
    pair.join();
    pair.append();
    pair.append();
    if (i % 2 == 0) pair.acknowledge(pair.model.top(), Evidence::ack);
    pair.leave();
    pair.append();
  }
  CHECK(pair.false_delivery() == "");
}

TEST_CASE("more than 256 changes of evidence never invent one", "[delivery][acknowledgement]") {
  Pair pair;
  pair.join();
  for (int i = 0; i < 600; ++i) {
    pair.append();
    pair.acknowledge(pair.model.top(), i % 2 == 0 ? Evidence::cursor : Evidence::ack);
  }
  std::vector<std::uint64_t> invented;
  for (std::uint64_t offset = 1; offset <= pair.model.top(); ++offset) {
    const Evidence evidence = pair.real.evidence(offset);
    if (evidence != pair.model.evidence(offset) && evidence != Evidence::none) invented.push_back(offset);
  }
  CHECK(invented == std::vector<std::uint64_t>());
  for (std::uint64_t offset = 400; offset <= 600; ++offset)
    CHECK(pair.real.evidence(offset) == pair.model.evidence(offset));
}

TEST_CASE("however much happens, nothing is called delivered that was not", "[delivery][acknowledgement][property]") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U, 4U);
  std::mt19937 random(seed);
  Pair pair;
  pair.join();
  std::string wrong;
  for (int step = 0; step < 6000 && wrong.empty(); ++step) {
    happen(pair, random, false);
    if (step % 50 == 0) wrong = pair.false_delivery();
    if (wrong.empty()) wrong = problem_of(pair.real.exceptions());
  }
  CAPTURE(seed);
  CHECK(wrong == "");
}
