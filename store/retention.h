// store/retention.h - how long placed messages stay: one order per type, by arrival.
//
// Every message that a decision places in a system folder is noted under its type. Whoever expires messages
// asks for the oldest of a type, so a changed `keep` needs no rewriting and costs nothing until something
// is due. A note outlives its message (moved, expunged): it is dropped when its time comes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
};

void put_kept(Transaction& tx, KeptNote const& note);
bool del_kept(Transaction& tx, KeptNote const& note);
// Of one type, arrived at `until` or before, oldest first; at most `most`; after `after` if given.
std::vector<KeptNote> list_kept(Snapshot const& s, std::string_view type, Time until, std::size_t most,
                                KeptNote const* after = nullptr);
// The types that have notes; costs a step for each.
std::vector<std::string> kept_types(Snapshot const& s);

// What was exempt when its time came (\Flagged) and is to be looked at again.
void put_kept_again(Transaction& tx, Time when, KeptNote const& note);
void del_kept_again(Transaction& tx, Time when, KeptNote const& note);
struct KeptAgain {
  Time when{};
  KeptNote note;
};
std::vector<KeptAgain> list_kept_again(Snapshot const& s, Time until, std::size_t most);

// The term in force for a type, which follows the policy at once when it grows and after notice when it shrinks.
struct KeepTerm {
  Millis keep{};               // in force; Millis::max(): for ever
  std::optional<Millis> next;  // a shorter one that was announced
  Time next_from{};            // when it takes force
  Time noticed_until{};        // notices went out for messages that arrived until then
};
void put_keep_term(Transaction& tx, std::string_view type, KeepTerm const& term);
std::optional<KeepTerm> find_keep_term(Snapshot const& s, std::string_view type);

}  // namespace mc::store
