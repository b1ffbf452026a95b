#include "store/block_walk.h"

namespace mc::store {

BlockWalk::BlockWalk(Snapshot const& s, MailboxId id)
    : cursor_(s.cursor()), id_(id), prefix_(key::index_blocks(id)) {}

bool BlockWalk::place(bool moved) {
  placed_ = moved && cursor_->key().starts_with(prefix_.view());
  if (placed_) block_ = BlockView(cursor_->value());
  return placed_;
}

bool BlockWalk::reach(std::uint32_t uid) {
  if (placed_ && block_.first_uid() <= uid) {
    if (block_.last_uid() >= uid) return true;
    if (!next()) return false;
    if (block_.last_uid() >= uid) return true;
  }
  // The block that starts at or before it, else the first one behind it.
  if (place(cursor_->seek_last_below(uid == ~0u ? key::index_blocks(id_.next()) : key::index_block(id_, uid + 1))) &&
      block_.last_uid() >= uid)
    return true;
  return place(cursor_->seek(uid == ~0u ? key::index_blocks(id_.next()) : key::index_block(id_, uid + 1)));
}

bool BlockWalk::last() { return place(cursor_->seek_last_below(key::index_blocks(id_.next()))); }
bool BlockWalk::next() { return place(cursor_->next()); }
bool BlockWalk::prev() { return place(cursor_->prev()); }
bool BlockWalk::before(std::uint32_t least_uid) {
  return place(cursor_->seek_last_below(key::index_block(id_, least_uid)));
}
bool BlockWalk::after(std::uint32_t least_uid) {
  if (least_uid == ~0u) return placed_ = false;
  return place(cursor_->seek(key::index_block(id_, least_uid + 1)));
}

}  // namespace mc::store
