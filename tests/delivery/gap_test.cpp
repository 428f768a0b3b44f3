// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/gap.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace tidings;
using namespace tidings::delivery;

namespace {

constexpr std::uint64_t present = 30;

TopicState state_of(std::uint64_t floor, std::uint64_t top, std::vector<TopicState::Past> lineage = {}) {
  TopicState state;
  state.epoch = present;
  state.floor = floor;
  state.top = top;
  for (std::size_t i = 0; i < lineage.size(); ++i) state.lineage[i] = lineage[i];
  return state;
}

std::string text_of(const TopicState& state, Position claim) {
  std::string text = "floor " + std::to_string(state.floor) + ", top " + std::to_string(state.top);
  for (const TopicState::Past& past : state.lineage) {
    text += ", past " + std::to_string(past.epoch) + " survived " + std::to_string(past.survived);
  }
  return text + ", claim " + std::to_string(claim.epoch) + "/" + std::to_string(claim.offset);
}

// DESIGN 4, written down by its words: the highest offset up to which an epoch's positions hold, by epoch.
std::map<std::uint64_t, std::uint64_t> highest_good(const TopicState& state) {
  std::map<std::uint64_t, std::uint64_t> good;
  for (const TopicState::Past& past : state.lineage) {
    if (past.epoch != 0) good[past.epoch] = past.survived;
  }
  good[state.epoch] = state.top;
  return good;
}

bool law(const TopicState& state, Position claim) {
  const auto good = highest_good(state);
  const auto found = good.find(claim.epoch);
  const bool known = found != good.end();
  return !known || claim.offset < state.floor || claim.offset > found->second;
}

std::uint64_t first_unknown_by_words(const TopicState& state, Position claim) {
  const auto good = highest_good(state);
  const auto found = good.find(claim.epoch);
  if (found == good.end()) return 1;
  return (claim.offset > found->second ? found->second : claim.offset) + 1;
}

// Calls f(state, claim) for every small state and claim; survived offsets fall with the age of their epoch.
template <class F>
void for_each_small_state(F&& f) {
  for (std::uint64_t top = 0; top <= 4; ++top) {
    for (std::uint64_t floor = 0; floor <= top; ++floor) {
      for (std::uint64_t newer = 0; newer <= top; ++newer) {
        for (std::uint64_t older = 0; older <= newer; ++older) {
          for (const int pasts : {0, 1, 2}) {
            std::vector<TopicState::Past> lineage = {{20, newer}, {10, older}};
            lineage.resize(static_cast<std::size_t>(pasts));
            const TopicState state = state_of(floor, top, lineage);
            for (const std::uint64_t epoch : {0, 5, 10, 20, 30, 40}) {
              for (std::uint64_t offset = 0; offset <= 6; ++offset) f(state, Position{epoch, offset});
            }
          }
        }
      }
    }
  }
}

// A log whose tail may be rewritten, and readers that know exactly what they read: numbers in place of messages.
class History {
 public:
  void append() {
    log_.push_back(++last_number_);
    state_.top = log_.size();
  }
  void rewrite_tail(std::size_t survived) {
    log_.resize(survived);
    state_.top = survived;
    state_.begin_epoch(++last_epoch_);
  }
  void trim(std::uint64_t floor) { state_.floor = floor; }

  const TopicState& state() const { return state_; }
  const std::vector<int>& log() const { return log_; }

 private:
  std::vector<int> log_;
  TopicState state_ = [] {
    TopicState state;
    state.epoch = 100;
    return state;
  }();
  int last_number_ = 0;
  std::uint64_t last_epoch_ = 100;
};

struct ReaderOfHistory {
  Position position;
  std::vector<int> has;
};

// True if the reader has the log's first `count` messages.
bool has_beginning(const ReaderOfHistory& reader, const std::vector<int>& log, std::size_t count) {
  return count <= reader.has.size() && count <= log.size() &&
         std::equal(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(count), reader.has.begin());
}

}  // namespace

// DESIGN 4, gap law: one row per clause.
TEST_CASE("there is a gap if and only if exactness cannot be kept", "[delivery][gap]") {
  auto [epoch, offset, gap] = GENERATE(table<std::uint64_t, std::uint64_t, bool>({
      {30, 4, true},   // below the floor
      {30, 5, false},  // at the floor: everything retained comes after
      {30, 9, false},  // at the top: nothing is missing
      {30, 10, true},  // above the top
      {20, 7, false},  // the last epoch, at what survived of it
      {20, 8, true},   // above what survived
      {20, 4, true},   // the floor holds for every epoch
      {10, 6, false},  // the epoch before
      {10, 7, true},
      {11, 6, true},  // nobody's epoch
      {0, 0, true},   // epoch 0 is nobody's, also where the lineage is unused
      {0, 6, true},
      {30, ~std::uint64_t{0}, true},
      {20, ~std::uint64_t{0}, true},
  }));
  CAPTURE(epoch, offset);
  CHECK(is_gap(state_of(5, 9, {{20, 7}, {10, 6}}), {epoch, offset}) == gap);
}

TEST_CASE("the gap law holds in every small state", "[delivery][gap]") {
  std::vector<std::string> wrong;
  std::size_t looked_at = 0;
  for_each_small_state([&](const TopicState& state, Position claim) {
    ++looked_at;
    if (is_gap(state, claim) != law(state, claim)) wrong.push_back(text_of(state, claim));
  });
  CHECK(wrong == std::vector<std::string>());
  CHECK(looked_at > 10'000);
}

TEST_CASE("the first unknown offset is one behind what is sure, in every small state", "[delivery][gap]") {
  std::vector<std::string> wrong;
  for_each_small_state([&](const TopicState& state, Position claim) {
    if (first_unknown(state, claim) != first_unknown_by_words(state, claim)) wrong.push_back(text_of(state, claim));
    const bool former = claim.epoch != 0 && claim.epoch != state.epoch && highest_good(state).contains(claim.epoch);
    if (is_former_epoch(state, claim.epoch) != former) wrong.push_back("former: " + text_of(state, claim));
  });
  CHECK(wrong == std::vector<std::string>());
}

TEST_CASE("an empty topic has no gap for its own epoch and one for every other", "[delivery][gap]") {
  CHECK_FALSE(is_gap(state_of(0, 0), {present, 0}));
  CHECK(is_gap(state_of(0, 0), {present, 1}));
  CHECK(is_gap(state_of(0, 0), {present + 1, 0}));
  CHECK(is_gap(state_of(0, 0), {}));
}

TEST_CASE("the lineage keeps the last four epochs", "[delivery][gap]") {
  TopicState state = state_of(0, 0);
  state.epoch = 1;
  for (std::uint64_t epoch = 2; epoch <= 6; ++epoch) {
    ++state.top;
    state.begin_epoch(epoch);
  }
  CHECK(is_gap(state, {1, 1}));
  for (std::uint64_t epoch = 2; epoch <= 5; ++epoch) {
    CAPTURE(epoch);
    CHECK_FALSE(is_gap(state, {epoch, epoch}));
    CHECK(is_gap(state, {epoch, epoch + 1}));
  }
}

// DESIGN 4, epoch law: a token at or below `survived` resumes without a gap because its messages are still there. When
// the tail is rewritten twice, a still older epoch cannot have survived further than the second rewriting left it.
TEST_CASE("an older epoch survives no further than every later one", "[delivery][gap][epoch]") {
  TopicState state = state_of(0, 10);
  state.epoch = 1;
  state.begin_epoch(2);  // all ten survive
  state.top = 8;         // but two of them do not survive the next
  state.begin_epoch(3);
  CHECK_FALSE(is_gap(state, {1, 8}));
  CHECK(is_gap(state, {1, 9}));
  CHECK(is_gap(state, {1, 10}));
  CHECK(first_unknown(state, {1, 10}) == 9);
}

TEST_CASE("whoever resumes without a gap has exactly what the log says came before", "[delivery][gap][property]") {
  const auto seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U);
  std::mt19937_64 random(seed);
  History history;
  std::vector<ReaderOfHistory> readers;
  std::string wrong;
  for (int step = 0; step < 200 && wrong.empty(); ++step) {
    const std::uint64_t dice = random() % 20;
    const std::uint64_t floor = history.state().floor;
    if (dice == 0) history.rewrite_tail(floor + random() % (history.log().size() - floor + 1));
    if (dice == 1) history.trim(floor + random() % (history.log().size() - floor + 1));
    if (dice > 1) history.append();
    readers.push_back({{history.state().epoch, history.state().top}, history.log()});
    for (const ReaderOfHistory& each : readers) {
      if (!is_gap(history.state(), each.position) && !has_beginning(each, history.log(), each.position.offset)) {
        wrong = "resumed into a hole: " + text_of(history.state(), each.position);
      }
      const std::uint64_t sure = first_unknown(history.state(), each.position) - 1;
      if (!has_beginning(each, history.log(), sure)) {
        wrong = "called sure: " + text_of(history.state(), each.position);
      }
    }
  }
  CAPTURE(seed);
  CHECK(wrong == "");
}
