#include "store/census.h"

#include <array>

#include "store/keys.h"
#include "store/mailboxes.h"
#include "store/outbox.h"
#include "store/records.h"

namespace mc::store {

namespace {

constexpr std::size_t most_entries = 10'000;

MailboxId mailbox_in(std::string_view key) { return MailboxId(number_in_key<std::uint64_t>(key, 1)); }

void count_mailbox(Counts& counts, Snapshot const& s, std::string_view key, std::string_view) {
  MailboxState const state = state_of(s, mailbox_in(key));
  ++counts.mailboxes;
  if (s.get(key::mailbox_owner(mailbox_in(key)))) {
    counts.messages += state.exists;
    counts.message_octets += state.octets;
  } else {
    counts.to_free += state.exists;
  }
}

void count_decision(Counts& counts, Snapshot const&, std::string_view, std::string_view value) {
  if (!counts.oldest) counts.oldest = time_of(record_of<fb::Decision>(value).at());
  ++counts.decisions;
}

void count_unplaced(Counts& counts, Snapshot const&, std::string_view, std::string_view value) {
  counts.to_free += value.size() / 8;
}

void count_held(Counts& counts, Snapshot const&, std::string_view, std::string_view value) {
  counts.held += record_of<fb::Outbox>(value).state() == static_cast<std::uint8_t>(OutboxState::held);
}

template <std::uint64_t Counts::*member>
void count(Counts& counts, Snapshot const&, std::string_view, std::string_view) {
  ++(counts.*member);
}

struct Row {
  Table table;
  void (*count)(Counts&, Snapshot const&, std::string_view key, std::string_view value);
};

constexpr std::array rows{
    Row{Table::mailbox_state, count_mailbox},
    Row{Table::decision, count_decision},
    Row{Table::body, count<&Counts::bodies>},
    Row{Table::outbox_due, count<&Counts::queued>},
    Row{Table::outbox_waiting, count<&Counts::waiting>},
    Row{Table::outbox, count_held},
    Row{Table::kept, count<&Counts::to_expire>},
    Row{Table::kept_again, count<&Counts::to_expire>},
    Row{Table::unplaced, count_unplaced},
};

}  // namespace

bool Census::step(Snapshot const& s) {
  std::size_t left = most_entries;
  for (; table_ < rows.size(); ++table_, from_.clear()) {
    bool whole = true;
    s.scan(
        key::table(rows[table_].table),
        [&](std::string_view key, std::string_view value) {
          if (left == 0) {
            from_ = key;
            return whole = false;
          }
          --left;
          rows[table_].count(counts_, s, key, value);
          return true;
        },
        from_);
    if (!whole) return true;
  }
  return false;
}

}  // namespace mc::store
