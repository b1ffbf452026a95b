#include "center/answer_limit.h"

#include "core/text.h"
#include "store/recent.h"

namespace mc::center {

bool may_answer(store::Transaction& tx, std::string_view address, std::uint64_t subject, Time now) {
  std::string const to = to_lower(address);
  std::string const pair = to + '\0' + std::to_string(subject);
  if (store::count_recent(tx, store::Recent::answer, pair, now) > 0) return false;
  if (store::count_recent(tx, store::Recent::answers_to, to, now) >= most_answers_a_day) return false;
  store::note_recent(tx, store::Recent::answer, pair, now);
  store::note_recent(tx, store::Recent::answers_to, to, now);
  return true;
}

}  // namespace mc::center
