// store/index_edit.h - one write operation on the index of one mailbox. Inside store/ only.
//
// Loads the state, gives the operation its modseq, rewrites the blocks concerned, counts,
// logs, and at finish() writes the state and publishes the mailbox. Nothing is written for
// an operation that neither appends nor changes a block.
#pragma once
#include <vector>

#include "core/uid_set.h"
#include "store/block_walk.h"
#include "store/changelog.h"
#include "store/mailboxes.h"

namespace mc::store {

class IndexEdit {
 public:
  IndexEdit(Transaction& tx, MailboxId id);

  MailboxState const& state() const { return state_; }
  ModSeq modseq() const { return modseq_; }  // of this operation
  bool has_room_for(std::size_t count) const { return count < ~std::uint32_t{0} - state_.uid_next.value; }

  // Gives each entry its UID, modseq and time of arrival; they follow all others.
  // Requires: has_room_for() them.
  void append(std::vector<Entry>& entries);

  // Calls f(Entry&) -> bool for the entries of `uids` that exist; true: it changed the entry (not its UID or size).
  template <class F>
  void change(UidSet const& uids, F f);
  // Removes the entries of `uids` for which f(Entry const&) is true.
  template <class F>
  void remove(UidSet const& uids, F f);

  void log(LogKind kind, UidSet const& uids);
  void finish();

 private:
  // Calls f(entries, selected) for each block that holds any of `uids`; true: write it anew.
  template <class F>
  void edit_blocks(UidSet const& uids, F f);
  void rewrite(std::uint32_t least_uid, std::vector<Entry>& entries, std::size_t old_count);
  void merge(std::uint32_t& least_uid, std::vector<Entry>& entries);
  void put_block(std::uint32_t least_uid, std::span<Entry const> entries);
  void count(Entry const& entry);
  void discount(Entry const& entry);

  Transaction& tx_;
  MailboxId id_;
  MailboxState state_;
  ModSeq modseq_;
  std::uint32_t log_part_ = 0;
  bool written_ = false;
};

// Membership of ascending numbers in a set.
class Selection {
 public:
  Selection(UidSet const& uids, std::uint32_t from);
  bool has(std::uint32_t uid);
  // The least selected number >= uid; absent: none.
  std::optional<std::uint32_t> at_or_after(std::uint32_t uid);

 private:
  std::span<UidRange const> rest_;
};

template <class F>
void IndexEdit::edit_blocks(UidSet const& uids, F f) {
  BlockWalk walk(tx_, id_);
  auto wanted = Selection(uids, 1).at_or_after(1);
  while (wanted && walk.reach(*wanted)) {
    std::uint32_t const last = walk.block().last_uid();
    Selection selected(uids, *wanted);
    auto hit = selected.at_or_after(std::max(*wanted, walk.block().first_uid()));
    if (!hit) return;
    if (*hit <= last) {
      std::uint32_t const least = walk.least_uid();
      std::vector<Entry> entries = unpack(walk.block());
      std::size_t const old_count = entries.size();
      if (f(entries, selected)) {
        rewrite(least, entries, old_count);
        walk.forget();
      }
    }
    if (last == ~std::uint32_t{0}) return;
    wanted = Selection(uids, last + 1).at_or_after(last + 1);
  }
}

template <class F>
void IndexEdit::change(UidSet const& uids, F f) {
  edit_blocks(uids, [&](std::vector<Entry>& entries, Selection& selected) {
    bool any = false;
    for (Entry& e : entries) {
      if (!selected.has(e.uid.value)) continue;
      Entry const before = e;
      if (!f(e)) continue;
      e.modseq = modseq_;
      discount(before);
      count(e);
      any = true;
    }
    return any;
  });
}

template <class F>
void IndexEdit::remove(UidSet const& uids, F f) {
  edit_blocks(uids, [&](std::vector<Entry>& entries, Selection& selected) {
    auto goes = [&](Entry const& e) {
      if (!selected.has(e.uid.value) || !f(e)) return false;
      discount(e);
      return true;
    };
    return std::erase_if(entries, goes) > 0;
  });
}

}  // namespace mc::store
