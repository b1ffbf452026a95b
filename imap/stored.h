// imap/stored.h - between the words of IMAP and those of the store: sets, flags, keywords.
//
// The store keeps flags as bits: system flags in 0 to 4, keyword i of the mailbox in bit 8 + i. Pure,
// except make_flag_bits().
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/uid_set.h"
#include "imap/flag.h"
#include "imap/seqset.h"
#include "imap/writer.h"
#include "store/messages.h"

namespace mc::imap {

mc::UidSet store_set(UidSet const& set);
UidSet imap_set(mc::UidSet const& set);
UidSet imap_set(std::span<UidRange const> ranges);

// The bits of `flags` as far as the mailbox knows its keywords; absent if it does not know one.
std::optional<store::Flags> find_flag_bits(Flags const& flags, std::span<std::string const> keywords);
std::optional<store::Flags> find_flag_bits(Flag const& flag, std::span<std::string const> keywords);
// The same, unknown keywords made. Fails: limit.
Result<store::Flags> make_flag_bits(store::Transaction& tx, MailboxId mailbox, Flags const& flags);
// The system flags as imap/flag.h numbers them.
std::uint8_t system_flags(store::Flags flags);

// Writes "(\Seen $Forwarded)" for one mailbox, fast: recent combinations are remembered.
class FlagText {
 public:
  explicit FlagText(std::span<std::string const> keywords) : keywords_(keywords) {}
  // Lifetime: until the next call.
  std::string_view operator()(store::Flags flags, bool recent = false);

 private:
  static constexpr std::size_t slots = 16;
  struct Slot {
    store::Flags flags = 0;
    bool recent = false;
    std::string text;
  };
  std::span<std::string const> keywords_;
  Slot slots_[slots];
};

}  // namespace mc::imap
