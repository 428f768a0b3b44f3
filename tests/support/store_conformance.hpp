// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_STORE_CONFORMANCE_HPP
#define TIDINGS_TESTS_SUPPORT_STORE_CONFORMANCE_HPP

#include "support/store_laws/append_laws.hpp"
#include "support/store_laws/inbox_laws.hpp"
#include "support/store_laws/log_laws.hpp"
#include "support/store_laws/member_laws.hpp"

#include <utility>
#include <vector>

/// The laws that every store keeps (DESIGN 4 and the concept's table), as checks over a store factory:
///
/// ```cpp
/// TEST_CASE("the memory store keeps the laws of a store", "[store][conformance]") {
///   for (const auto& [name, check] : support::store_laws<MemoryFactory>()) DYNAMIC_SECTION(name) { check(); }
/// }
/// ```
/// A factory has `using Store = ...;` and `static Store make(const support::StoreSetup&)`.
namespace support {

using StoreLaw = std::pair<const char*, void (*)()>;

/// All laws by their names.
template <class Factory>
std::vector<StoreLaw> store_laws() {
  using namespace conformance;
  return {
      {"offsets begin at one and grow by one", offsets_begin_at_one<Factory>},
      {"a message comes back whole", a_message_comes_back_whole<Factory>},
      {"a read pages from after to the top", a_read_pages_from_after_to_the_top<Factory>},
      {"a keyed message supersedes the earlier one", a_keyed_message_supersedes_the_earlier_one<Factory>},
      {"a message past its time to live is a hole", a_message_past_its_time_to_live_is_a_hole<Factory>},
      {"the read law holds at random", the_read_law_holds_at_random<Factory>},
      {"retention by count moves the floor", retention_by_count_moves_the_floor<Factory>},
      {"retention by bytes spares the newest message", retention_by_bytes_spares_the_newest<Factory>},
      {"retention by age takes the old messages", retention_by_age_takes_the_old<Factory>},
      {"trimming keeps the newest messages", trimming_keeps_the_newest<Factory>},
      {"the same idempotency key is appended once", the_same_idempotency_key_is_appended_once<Factory>},
      {"an idempotency key is forgotten in time", an_idempotency_key_is_forgotten_in_time<Factory>},
      {"the same id is appended once", the_same_id_is_appended_once<Factory>},
      {"an id is found behind a smaller one", an_id_is_found_behind_a_smaller_one<Factory>},
      {"a superseded message is not appended again", a_superseded_message_is_not_appended_again<Factory>},
      {"every append is announced once and in order", every_append_is_announced_once_and_in_order<Factory>},
      {"nothing is announced after detaching", nothing_is_announced_after_detaching<Factory>},
      {"threads append in one order for each topic", threads_append_in_one_order_for_each_topic<Factory>},
      {"an inbox has its owner as member", an_inbox_has_its_owner_as_member<Factory>},
      {"an untouched inbox takes acknowledgements and exceptions",
       an_untouched_inbox_takes_acknowledgements_and_exceptions<Factory>},
      {"a member gets what comes after joining", a_member_gets_what_comes_after_joining<Factory>},
      {"only a member acknowledges, and only forwards", only_a_member_acknowledges_and_only_forwards<Factory>},
      {"an exception stays where the confirmation passes it",
       an_exception_stays_where_the_confirmation_passes_it<Factory>},
      {"coming back confirms nothing", coming_back_confirms_nothing<Factory>},
      {"a foreign position is delivered to nobody", a_foreign_position_is_delivered_to_nobody<Factory>},
      {"an inbox is listed newest first, in pages", an_inbox_is_listed_newest_first_in_pages<Factory>},
      {"an inbox shows only what is still good", an_inbox_shows_only_what_is_still_good<Factory>},
      {"an inbox says what was seen and confirmed", an_inbox_says_what_was_seen_and_confirmed<Factory>},
      {"an inbox does not call an exception confirmed", an_inbox_does_not_call_an_exception_confirmed<Factory>},
  };
}

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_STORE_CONFORMANCE_HPP
