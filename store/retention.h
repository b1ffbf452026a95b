// store/retention.h - how long placed messages stay: one order per type, by arrival.
//
// Every message that a decision places in a system folder is noted under its type. Whoever expires messages
// asks for the oldest of a type, so a changed `keep` needs no rewriting and costs nothing until something
// is due. A note outlives its message (moved, expunged): it is dropped when its time comes.
//
// Whose decision it is how long (center/retention.h) is not known here: a "type" is the name of an order, any
// text without NUL of at most 400 octets.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "store/engine.h"

namespace mc::store {

struct KeptNote {
  std::string type;
  Time arrival{};
  MailboxId mailbox;
  Uid uid;
  DecisionId decision;
  bool operator==(KeptNote const&) const = default;
};

void put_kept(Transaction& tx, KeptNote const& note);
bool del_kept(Transaction& tx, KeptNote const& note);  // false: there is none
// Of one type, arrived at `until` or before, oldest first; at most `most`; after `after` if given (which need
// not exist). Cost: what is returned.
std::vector<KeptNote> list_kept(Snapshot const& s, std::string_view type, Time until, std::size_t most,
                                KeptNote const* after = nullptr);
// The types that have notes, by name; costs a step for each.
std::vector<std::string> kept_types(Snapshot const& s);

// What was exempt when its time came (\Flagged) and is to be looked at again.
void put_kept_again(Transaction& tx, Time when, KeptNote const& note);
void del_kept_again(Transaction& tx, Time when, KeptNote const& note);
struct KeptAgain {
  Time when{};
  KeptNote note;
};
// Those to be looked at by `until`, in order of time; at most `most`.
std::vector<KeptAgain> list_kept_again(Snapshot const& s, Time until, std::size_t most);

// The term in force for a type, which follows the policy at once when it grows and after notice when it shrinks.
struct KeepTerm {
  Millis keep{};               // in force; Millis::max(): for ever
  std::optional<Millis> next;  // a shorter one that was announced or is being announced
  Time announced{};            // since when; later for every announcement of the type
  Time next_from{};            // when it takes force; 1970: users are still being told
  Time noticed_until{};        // whom to tell was looked up as far as this note; Time::max(): all were
  MailboxId noticed_mailbox;
  Uid noticed_uid;
  bool operator==(KeepTerm const&) const = default;
};
void put_keep_term(Transaction& tx, std::string_view type, KeepTerm const& term);
void del_keep_term(Transaction& tx, std::string_view type);
std::optional<KeepTerm> find_keep_term(Snapshot const& s, std::string_view type);
std::vector<std::pair<std::string, KeepTerm>> list_keep_terms(Snapshot const& s);  // by name

// A user who is to be told that messages of a type will go, and of how many.
struct OwedNotice {
  UserId user;
  std::string type;
  Time announced{};         // KeepTerm::announced of the announcement it belongs to
  std::uint32_t messages = 0;
};
// Adds to what is owed for the same user, type and announcement; an older announcement is replaced.
void add_owed_notice(Transaction& tx, OwedNotice const& notice);
// All that is owed to the user who comes first, by type; empty: nobody is owed anything.
std::vector<OwedNotice> first_owed_notices(Snapshot const& s);
void del_owed_notice(Transaction& tx, OwedNotice const& notice);

// Removes decisions made at `until` or before, oldest first, with their events, event ids and tokens. One whose
// external mail is still in the outbox is passed over until it is not. Looks at `most` records (decisions and
// events) and goes on there with the next call; true: call again.
bool remove_old_decisions(Transaction& tx, Time until, std::size_t most);

}  // namespace mc::store
