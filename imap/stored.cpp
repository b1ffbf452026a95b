#include "imap/stored.h"

#include <array>
#include <bit>

#include "core/text.h"
#include "store/mailboxes.h"

namespace mc::imap {

namespace {

struct SystemBit {
  SystemFlag flag;
  store::Flags bit;
  std::string_view name;
};
constexpr std::array<SystemBit, 5> system_bits{{
    {SystemFlag::answered, store::flag::answered, "\\Answered"},
    {SystemFlag::flagged, store::flag::flagged, "\\Flagged"},
    {SystemFlag::deleted, store::flag::deleted, "\\Deleted"},
    {SystemFlag::seen, store::flag::seen, "\\Seen"},
    {SystemFlag::draft, store::flag::draft, "\\Draft"},
}};

store::Flags system_bits_of(Flags const& flags) {
  store::Flags bits = 0;
  for (auto const& row : system_bits)
    if (flags.has(row.flag)) bits |= row.bit;
  return bits;
}

store::Flags keyword_flag(std::size_t index) {
  return store::Flags{1} << (store::flag::first_keyword_bit + index);
}

std::string write_flags(store::Flags flags, bool recent, std::span<std::string const> keywords) {
  std::string text = "(";
  auto add = [&](std::string_view name) {
    if (text.size() > 1) text += ' ';
    text += name;
  };
  for (auto const& row : system_bits)
    if (flags & row.bit) add(row.name);
  if (recent) add("\\Recent");
  for (std::size_t i = 0; i < keywords.size(); ++i)
    if (flags & keyword_flag(i)) add(keywords[i]);
  text += ')';
  return text;
}

}  // namespace

mc::UidSet store_set(UidSet const& set) {
  mc::UidSet out;
  for (auto const& r : set.ranges()) out.add(r.first.value, r.last.value);
  return out;
}

UidSet imap_set(std::span<UidRange const> ranges) {
  UidSet out;
  for (UidRange r : ranges) out.add(Uid(r.first), Uid(r.last));
  return out;
}

UidSet imap_set(mc::UidSet const& set) {
  return imap_set(set.ranges());
}

std::optional<store::Flags> find_flag_bits(Flags const& flags, std::span<std::string const> keywords) {
  store::Flags bits = system_bits_of(flags);
  for (std::string const& keyword : flags.keywords) {
    std::size_t i = 0;
    while (i < keywords.size() && !iequals(keywords[i], keyword)) ++i;
    if (i == keywords.size()) return std::nullopt;
    bits |= keyword_flag(i);
  }
  return bits;
}

std::optional<store::Flags> find_flag_bits(Flag const& flag, std::span<std::string const> keywords) {
  Flags flags;
  flags.add(flag);
  return find_flag_bits(flags, keywords);
}

Result<store::Flags> make_flag_bits(store::Transaction& tx, MailboxId mailbox, Flags const& flags) {
  store::Flags bits = system_bits_of(flags);
  for (std::string const& keyword : flags.keywords) {
    Result<unsigned> bit = store::keyword_bit(tx, mailbox, keyword);
    if (!bit) return bit.error();
    bits |= store::Flags{1} << *bit;
  }
  return bits;
}

std::uint8_t system_flags(store::Flags flags) {
  std::uint8_t system = 0;
  for (auto const& row : system_bits)
    if (flags & row.bit) system |= static_cast<std::uint8_t>(row.flag);
  return system;
}

std::string_view FlagText::operator()(store::Flags flags, bool recent) {
  std::uint64_t mixed = (flags ^ (flags >> 7)) * 0x9E3779B97F4A7C15u;
  Slot& slot = slots_[(mixed >> 60) % slots];
  if (slot.text.empty() || slot.flags != flags || slot.recent != recent)
    slot = Slot{flags, recent, write_flags(flags, recent, keywords_)};
  return slot.text;
}

}  // namespace mc::imap
