// store/block.h - one packed block of a mailbox's index: up to 92 messages in fixed-width
// columns, at most 4,080 octets, which is one page of the embedded engine.
//
//   0  u16 count      8 u32 first UID      16 u64 highest modseq
//   2  u16 unseen    12 u32 last UID       24 u64 sum of sizes
//   4  u16 deleted
//   6  u16 0         then the columns, n values each: u32 uid, u32 size, u64 flags,
//                    u64 modseq, i64 date, u64 message, u32 saved
//
// A BlockView reads one in place; a changed block is unpacked, edited and written anew.
// Pure; knows no keys.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "store/fixed.h"

namespace mc::store {

// System flags in bits 0 to 4, keyword i of the mailbox in bit 8 + i.
using Flags = std::uint64_t;
namespace flag {
constexpr Flags seen = 1, answered = 2, flagged = 4, deleted = 8, draft = 16;
constexpr unsigned first_keyword_bit = 8;
}  // namespace flag

struct Entry {
  Uid uid;
  std::uint32_t size = 0;     // RFC822.SIZE
  Flags flags = 0;
  ModSeq modseq;
  std::int64_t date = 0;      // INTERNALDATE, seconds since 1970
  MessageId message;          // also EMAILID
  std::uint32_t saved = 0;    // SAVEDATE (RFC 8514), seconds since 1970
  bool operator==(Entry const&) const = default;
};  // 44 octets a message on disk

constexpr std::size_t block_capacity = 92;

// Lifetime: of the value it reads.
class BlockView {
 public:
  static constexpr std::size_t header_octets = 32, entry_octets = 44;

  BlockView() = default;
  // Throws StorageBroken if `value` is not a block.
  explicit BlockView(std::string_view value);

  std::size_t count() const { return count_; }
  std::uint32_t unseen() const { return load<std::uint16_t>(at_ + 2); }
  std::uint32_t deleted() const { return load<std::uint16_t>(at_ + 4); }
  std::uint32_t first_uid() const { return load<std::uint32_t>(at_ + 8); }
  std::uint32_t last_uid() const { return load<std::uint32_t>(at_ + 12); }
  ModSeq highest_modseq() const { return ModSeq(load<std::uint64_t>(at_ + 16)); }
  std::uint64_t octets() const { return load<std::uint64_t>(at_ + 24); }
  bool contiguous() const { return last_uid() - first_uid() + 1 == count_; }

  std::uint32_t uid(std::size_t i) const { return column<std::uint32_t>(0, i); }
  Flags flags(std::size_t i) const { return column<std::uint64_t>(8, i); }
  ModSeq modseq(std::size_t i) const { return ModSeq(column<std::uint64_t>(16, i)); }
  Entry entry(std::size_t i) const {
    return {Uid(uid(i)), column<std::uint32_t>(4, i), flags(i), modseq(i), column<std::int64_t>(24, i),
            MessageId(column<std::uint64_t>(32, i)), column<std::uint32_t>(40, i)};
  }
  // Index of the first entry with this UID or a later one; count() if there is none.
  std::size_t lower_bound(std::uint32_t uid) const;

 private:
  // `before`: octets an entry has in the columns that stand before this one.
  template <class T>
  T column(std::size_t before, std::size_t i) const {
    return load<T>(at_ + header_octets + before * count_ + sizeof(T) * i);
  }

  char const* at_ = nullptr;
  std::size_t count_ = 0;
};

std::vector<Entry> unpack(BlockView const& block);
constexpr std::size_t packed_size(std::size_t count) {
  return BlockView::header_octets + BlockView::entry_octets * count;
}
// Writes packed_size(entries.size()) octets. Requires: 1 to block_capacity entries, UIDs ascending.
void pack(std::span<Entry const> entries, char* out);

}  // namespace mc::store
