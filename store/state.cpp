#include "store/state.h"

#include <stdexcept>

#include "store/fixed.h"
#include "store/keys.h"

namespace mc::store {

namespace {
constexpr std::size_t state_octets = 48;
}

MailboxState state_of(Snapshot const& s, MailboxId id) {
  auto value = s.get(key::mailbox_state(id));
  if (!value) throw std::logic_error("mailbox " + to_string(id) + " does not exist");
  if (value->size() != state_octets) throw StorageBroken("the state of a mailbox is damaged");
  char const* at = value->data();
  MailboxState state;
  state.uid_next = Uid(load<std::uint32_t>(at));
  state.exists = load<std::uint32_t>(at + 4);
  state.unseen = load<std::uint32_t>(at + 8);
  state.log_records = load<std::uint32_t>(at + 12);
  state.deleted = load<std::uint32_t>(at + 16);
  state.recent_from = Uid(load<std::uint32_t>(at + 20));
  state.highest_modseq = ModSeq(load<std::uint64_t>(at + 24));
  state.octets = load<std::uint64_t>(at + 32);
  state.log_floor = ModSeq(load<std::uint64_t>(at + 40));
  return state;
}

void put_state(Transaction& tx, MailboxId id, MailboxState const& state) {
  char* at = tx.put_reserve(key::mailbox_state(id), state_octets);
  save(at, state.uid_next.value);
  save(at + 4, state.exists);
  save(at + 8, state.unseen);
  save(at + 12, state.log_records);
  save(at + 16, state.deleted);
  save(at + 20, state.recent_from.value);
  save(at + 24, state.highest_modseq.value);
  save(at + 32, state.octets);
  save(at + 40, state.log_floor.value);
}

}  // namespace mc::store
