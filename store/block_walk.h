// store/block_walk.h - from block to block through the index of one mailbox.
//
// A block stands under the mailbox and its least UID: it holds the messages from there up to
// the next block's least UID, whether or not the first of them still exists.
#pragma once
#include <cstdint>
#include <memory>

#include "store/block.h"
#include "store/engine.h"
#include "store/keys.h"

namespace mc::store {

class BlockWalk {
 public:
  BlockWalk(Snapshot const& s, MailboxId id);

  // To the first block that has a message with this UID or a later one; false: none has.
  // Moving on to the neighbour costs a step, anything else a seek.
  bool reach(std::uint32_t uid);
  bool first() { return reach(1); }
  bool last();
  bool next();
  bool prev();
  // The block whose least UID comes before / after this one; a seek.
  bool before(std::uint32_t least_uid);
  bool after(std::uint32_t least_uid);

  // Requires: the last move returned true, and nothing was written since.
  BlockView const& block() const { return block_; }
  std::uint32_t least_uid() const { return number_in_key<std::uint32_t>(cursor_->key(), 9); }
  // After a write in a transaction: the next move must seek.
  void forget() { placed_ = false; }

 private:
  bool place(bool moved);

  std::unique_ptr<Cursor> cursor_;
  MailboxId id_;
  Key prefix_;
  BlockView block_;
  bool placed_ = false;
};

}  // namespace mc::store
