// store/messages_impl.h - the templates of MailboxReader.
#pragma once
#include "store/block_walk.h"
#include "store/messages.h"

namespace mc::store {

struct MailboxReader::Impl {
  Impl(Snapshot const& snapshot, MailboxId mailbox)
      : s(snapshot), id(mailbox), state(state_of(snapshot, mailbox)), finder(snapshot, mailbox) {}

  Snapshot const& s;
  MailboxId id;
  MailboxState state;
  BlockWalk finder;  // of find(); each walk has its own, so that f may call find()
};

namespace detail {
// Calls f; true: go on.
template <class F>
bool wants_more(F& f, Entry const& entry) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&, Entry const&>>) {
    f(entry);
    return true;
  } else {
    return f(entry);
  }
}
}  // namespace detail

template <class F>
void MailboxReader::for_each(UidSet const& uids, F&& f) const {
  BlockWalk walk(impl_->s, impl_->id);
  for (UidRange range : uids.ranges()) {
    if (!walk.reach(range.first)) return;
    do {
      BlockView block = walk.block();
      for (std::size_t i = block.lower_bound(range.first); i < block.count() && block.uid(i) <= range.last; ++i)
        if (!detail::wants_more(f, block.entry(i))) return;
      if (block.last_uid() >= range.last) break;
    } while (walk.next());
  }
}

template <class F>
void MailboxReader::for_each_changed(ModSeq since, F&& f) const {
  BlockWalk walk(impl_->s, impl_->id);
  for (bool more = walk.first(); more; more = walk.next()) {
    BlockView block = walk.block();
    if (block.highest_modseq() <= since) continue;
    for (std::size_t i = 0; i < block.count(); ++i)
      if (block.modseq(i) > since && !detail::wants_more(f, block.entry(i))) return;
  }
}

}  // namespace mc::store
