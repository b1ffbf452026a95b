#include "store/changelog.h"

#include "store/fixed.h"

namespace mc::store {

namespace {

constexpr std::size_t head_octets = 9, full_octets = 2000;

void write_varint(std::string& out, std::uint32_t v) {
  for (; v >= 0x80; v >>= 7) out += static_cast<char>(v | 0x80);
  out += static_cast<char>(v);
}

// Throws StorageBroken where the value ends too early or the number is too long.
std::uint32_t take_varint(std::string_view& in) {
  std::uint64_t v = 0;
  for (unsigned shift = 0; shift < 35 && !in.empty(); shift += 7) {
    auto octet = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    v |= std::uint64_t{octet & 0x7Fu} << shift;
    if (octet < 0x80 && v <= ~0u) return static_cast<std::uint32_t>(v);
  }
  throw StorageBroken("the change log of a mailbox is damaged");
}

std::string log_head(Time at, LogKind kind) {
  std::string head(head_octets, '\0');
  save(head.data(), std::int64_t{at.time_since_epoch().count()});
  head[8] = static_cast<char>(kind);
  return head;
}

}  // namespace

std::uint32_t write_log(Transaction& tx, MailboxId id, ModSeq modseq, std::uint32_t part, LogKind kind,
                        UidSet const& uids) {
  std::string record = log_head(tx.now(), kind);
  std::uint32_t before = 0;
  auto flush = [&] {
    if (record.size() > head_octets) tx.put(key::change_log(id, modseq, part++), record);
    record.resize(head_octets);
    before = 0;
  };
  for (UidRange range : uids.ranges()) {
    if (record.size() >= full_octets) flush();
    write_varint(record, range.first - before);
    write_varint(record, range.last - range.first);
    before = range.last;
  }
  flush();
  return part;
}

LogRecord parse_log_record(std::string_view key, std::string_view value) {
  if (value.size() < head_octets) throw StorageBroken("the change log of a mailbox is damaged");
  LogRecord record;
  record.modseq = ModSeq(number_in_key<std::uint64_t>(key, 9));
  record.at = Time(Millis(load<std::int64_t>(value.data())));
  record.kind = static_cast<LogKind>(value[8]);
  value.remove_prefix(head_octets);
  std::uint32_t before = 0;
  while (!value.empty()) {
    std::uint32_t first = before + take_varint(value);
    before = first + take_varint(value);
    record.ranges.push_back({first, before});
  }
  return record;
}

void trim_log(Transaction& tx, MailboxId id, MailboxState& state, std::size_t most) {
  constexpr std::size_t slice = 10'000;
  Key const prefix = key::change_log(id);
  auto cursor = tx.cursor();
  for (std::size_t gone = 0; cursor->seek(prefix) && cursor->key().starts_with(prefix.view()); ++gone) {
    std::string const oldest(cursor->key());
    ModSeq const modseq(number_in_key<std::uint64_t>(oldest, 9));
    bool const enough = state.log_records <= most || gone >= slice;
    if (enough && modseq != state.log_floor) return;  // the rest of one operation still goes
    tx.del(oldest);
    state.log_floor = modseq;
    --state.log_records;
  }
}

}  // namespace mc::store
