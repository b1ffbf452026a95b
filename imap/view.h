// imap/view.h - what one client believes the selected mailbox contains.
//
// IMAP numbers messages 1..n and may change those numbers only by telling the client. A View is
// the list one session has been told about; the store moves on underneath it. Every
// sequence number in the program passes through here.
//
// Numbers and UIDs are kept as ranges, nothing per message, and not even those until first
// needed: SELECT knows only how many there are. What happened since is absorbed (noted) first and
// told later: imap/updates.h writes the responses.
//
// Knows nothing of sockets, parsing or the store's layout. One per session; not thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.h"
#include "imap/seqset.h"

namespace mc::imap {

// May the answers to this command announce removals? FETCH, STORE and SEARCH must hold them
// back, their UID forms need not (RFC 9051, 7.5.1). A column of the command table.
enum class Expunges : std::uint8_t { tell, hold };

// Messages of a mailbox as UID ranges that know how many messages stand before them.
class NumberedUids {
 public:
  NumberedUids() = default;
  explicit NumberedUids(UidSet const& uids);

  std::uint32_t size() const { return size_; }
  std::optional<Uid> uid_of(SeqNum seq) const;  // absent: beyond the end, or 0
  std::optional<SeqNum> seq_of(Uid uid) const;  // absent: not in the list
  UidSet uids_of(SeqNumSet const& seqs) const;  // numbers beyond the end mean nothing
  SeqNumSet seqs_of(UidSet const& uids) const;  // unknown UIDs mean nothing
  UidSet uids() const;
  Uid last() const { return runs_.empty() ? Uid{} : runs_.back().last; }  // 0: empty
  void append(UidSet const& later);                                       // Requires: all above last()
  void remove(UidSet const& gone);
  std::size_t run_count() const { return runs_.size(); }

  // seq_of() for UIDs in ascending order, without searching.
  class Walker;

 private:
  struct Run {
    Uid first, last;
    std::uint32_t before;  // how many messages stand in earlier runs
  };
  Run const* run_at_or_after(Uid uid) const;
  void add_run(Uid first, Uid last);

  std::vector<Run> runs_;
  std::uint32_t size_ = 0;
};

class NumberedUids::Walker {
 public:
  // Lifetime: of `list`, unchanged.
  explicit Walker(NumberedUids const& list) : at_(list.runs_.data()), end_(at_ + list.runs_.size()) {}
  // 0: not in the list. Requires: `uid` is above that of the previous call.
  SeqNum seq_of(Uid uid) {
    while (at_ != end_ && at_->last < uid) ++at_;
    if (at_ == end_ || uid < at_->first) return {};
    return SeqNum(at_->before + (uid.value - at_->first.value) + 1);
  }

 private:
  Run const* at_;
  Run const* end_;
};

// What the store says happened since View::modseq(), in the View's own words.
struct ViewChanges {
  ModSeq modseq;  // everything up to here is included
  Uid uid_next;
  UidSet flags;     // flags changed, still there, below the View's uid_next()
  UidSet expunged;  // gone, below the View's uid_next(); more than the View knew is harmless
  UidSet arrived;   // there now, at or above the View's uid_next()
};

class View {
 public:
  // The mailbox as SELECT is about to tell it.
  View(ModSeq modseq, Uid uid_next, std::uint32_t exists)
      : modseq_(modseq), uid_next_(uid_next), exists_(exists) {}

  // Everything up to here has been absorbed.
  ModSeq modseq() const { return modseq_; }
  // Messages from here on have not been noticed yet.
  Uid uid_next() const { return uid_next_; }
  // How many messages the client believes there are; with load(), the size of the list below.
  std::uint32_t exists() const { return exists_; }

  // --- numbers. Those below Require: loaded(); imap/updates.h: load_view() sees to that.

  bool loaded() const { return loaded_; }
  // `present`: the UIDs below uid_next() that exist now; `expunged`: those gone since modseq().
  void load(UidSet const& present, UidSet const& expunged);

  // The message the client means by `seq`; absent if it was never told of one. A message
  // removed from the store but not yet announced keeps its number.
  std::optional<Uid> uid_of(SeqNum seq) const { return list_.uid_of(seq); }
  std::optional<SeqNum> seq_of(Uid uid) const { return list_.seq_of(uid); }
  UidSet uids_of(SeqNumSet const& seqs) const { return list_.uids_of(seqs); }
  SeqNumSet seqs_of(UidSet const& uids) const { return list_.seqs_of(uids); }
  UidSet uids() const { return list_.uids(); }
  Uid last_uid() const { return list_.last(); }
  NumberedUids const& list() const { return list_; }

  // --- changes

  // Notes what happened. New messages count at once as known (their EXISTS is written by the
  // caller before the next response that could number them).
  // Requires: `changes` continue exactly at modseq() and uid_next(); loaded(), unless only
  // messages arrived.
  void absorb(ViewChanges const& changes);
  // A change this session made itself and has told or need not tell: modseq() moves past it.
  // Requires: everything before it was absorbed in the same transaction.
  void skip_to(ModSeq own) { modseq_ = own > modseq_ ? own : modseq_; }
  // The client is told the flags of these by the response of its own command.
  void forget_flag_changes(UidSet const& told) { flags_ = flags_.difference(told); }

  bool has_news() const { return exists_ != told_exists_ || !flags_.empty() || !removed_.empty(); }
  bool has_new_messages() const { return exists_ != told_exists_; }
  UidSet const& flag_changes() const { return flags_; }  // made by others, not yet told
  UidSet const& removed() const { return removed_; }     // gone, not yet told

  // The answers have been written:
  void told_exists() { told_exists_ = exists_; }
  void told_flags() { flags_ = {}; }
  // The numbers for EXPUNGE responses, to be written from the highest down, so that each is right as it
  // stands. Afterwards these messages are no longer in the list.
  SeqNumSet take_removed();

 private:
  ModSeq modseq_;
  Uid uid_next_;
  std::uint32_t exists_;
  std::uint32_t told_exists_ = exists_;
  bool loaded_ = false;
  NumberedUids list_;
  UidSet flags_;
  UidSet removed_;
};

}  // namespace mc::imap
