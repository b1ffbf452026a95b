// center/answer_limit.h - how often automatic answers go to one address, so that two machines never talk to each other for long and
// nobody is flooded by mail that others sent in his name. Kept in the store for two days; within one store operation.
#pragma once
#include <cstdint>
#include <string_view>

#include "core/clock.h"
#include "store/engine.h"

namespace mc::center {

// To one address in 24 hours, whatever the subject: more than a person who opens tickets needs.
constexpr unsigned most_answers_a_day = 20;

// May an automatic answer go to `address` about `subject` (a ticket's number, …; 0: nothing in particular)? At most one in 24 hours
// for each pair. true: and it is recorded as answered. Case of the address does not matter.
bool may_answer(store::Transaction& tx, std::string_view address, std::uint64_t subject, Time now);

}  // namespace mc::center
