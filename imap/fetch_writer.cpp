#include "imap/fetch_writer.h"

#include <algorithm>

#include "imap/part_table.h"
#include "mail/headers.h"
#include "store/records.h"

namespace mc::imap {

namespace {

using mail::TransferEncoding;
using store::OctetRange;

std::uint64_t size_of(OctetRange range) {
  return range.end - range.begin;
}

bool is_identity(TransferEncoding encoding) {
  return encoding == TransferEncoding::seven_bit || encoding == TransferEncoding::eight_bit ||
         encoding == TransferEncoding::binary;
}

}  // namespace

OctetRange clip(OctetRange range, std::optional<Partial> const& partial) {
  if (!partial) return range;
  std::uint64_t begin = range.begin + std::min(partial->offset, size_of(range));
  return {begin, begin + std::min(partial->count, range.end - begin)};
}

FetchWriter::FetchWriter(store::Snapshot const& s, FetchPlan const& plan, FlagText& flags, std::uint64_t most,
                         Writer out)
    : plan_(plan), flags_(flags), most_(most), out_(out), reader_(s) {}

void FetchWriter::write(Message const& message) {
  out_.raw("* ").number(message.seq).raw(" FETCH (");
  first_item_ = true;
  for (PlannedItem const& planned : plan_.items) write_item(planned, message);
  if (message.newly_seen && !plan_.flags) {
    separate();
    out_.raw("FLAGS ").raw(flags_(message.entry.flags, message.recent));
  }
  if (message.newly_seen && message.tell_modseq && !plan_.modseq) {
    separate();
    out_.raw("MODSEQ (").number(message.entry.modseq).close();
  }
  if (large_.empty()) out_.raw(")\r\n");
}

void FetchWriter::separate() {
  if (!first_item_) out_.sp();
  first_item_ = false;
}

void FetchWriter::write_item(PlannedItem const& planned, Message const& message) {
  store::Entry const& entry = message.entry;
  switch (planned.item.att) {
    case FetchAtt::uid:
      separate();
      out_.raw(planned.label).number(entry.uid);
      return;
    case FetchAtt::flags:
      separate();
      out_.raw(planned.label).raw(flags_(entry.flags, message.recent));
      return;
    case FetchAtt::modseq:
      separate();
      out_.raw(planned.label).open().number(entry.modseq).close();
      return;
    case FetchAtt::rfc822_size:
      separate();
      out_.raw(planned.label).number(entry.size);
      return;
    case FetchAtt::internaldate:
      separate();
      out_.raw(planned.label).date_time(Time(std::chrono::seconds(entry.date)));
      return;
    case FetchAtt::envelope:
    case FetchAtt::body:
    case FetchAtt::bodystructure:
      return write_facts(planned, entry.message);
    case FetchAtt::binary:
    case FetchAtt::binary_size:
      return write_binary(planned, entry);
    default:
      return write_section(planned, entry);
  }
}

// ENVELOPE and BODYSTRUCTURE are stored as they are sent.
void FetchWriter::write_facts(PlannedItem const& planned, MessageId id) {
  store::fb::Body const& facts = reader_.facts(id);
  FetchAtt att = planned.item.att;
  separate();
  out_.raw(planned.label)
      .raw(store::view_of(att == FetchAtt::envelope ? facts.envelope()
                          : att == FetchAtt::body   ? facts.body()
                                                    : facts.bodystructure()));
}

std::optional<OctetRange> FetchWriter::find_range(Section const& section, store::Entry const& entry) {
  if (section.part.empty() && section.text == Section::Text::all) return OctetRange{0, entry.size};
  auto range = find_section(reader_.facts(entry.message), section);
  if (!range) return std::nullopt;
  std::uint64_t prefix = reader_.prefix(entry.message).size();
  return OctetRange{starts_at_top(section) ? range->begin : range->begin + prefix, range->end + prefix};
}

void FetchWriter::write_section(PlannedItem const& planned, store::Entry const& entry) {
  Section const& section = planned.item.section;
  auto range = find_range(section, entry);
  if (!range) {
    separate();
    out_.raw(planned.label).nil();
    return;
  }
  bool fields =
      section.text == Section::Text::header_fields || section.text == Section::Text::header_fields_not;
  if (fields) return write_fields(planned, entry.message, *range);
  write_octets(planned, entry.message, clip(*range, planned.item.partial), false);
}

void FetchWriter::write_fields(PlannedItem const& planned, MessageId id, OctetRange header) {
  scratch_.clear();
  reader_.read(id, header, scratch_);
  Section const& section = planned.item.section;
  auto choice =
      section.text == Section::Text::header_fields ? mail::FieldChoice::pick : mail::FieldChoice::leave_out;
  std::string fields = mail::header_fields(scratch_, section.fields, choice);
  OctetRange part = clip({0, fields.size()}, planned.item.partial);
  separate();
  out_.raw(planned.label).literal(std::string_view(fields).substr(part.begin, size_of(part)));
}

void FetchWriter::write_octets(PlannedItem const& planned, MessageId id, OctetRange range, bool literal8) {
  if (size_of(range) > most_) {
    LargeItem item;
    item.label = planned.label;
    item.message = id;
    item.range = range;
    item.literal8 = literal8;
    large_.push_back(std::move(item));
    return;
  }
  separate();
  out_.raw(planned.label);
  literal8 ? out_.literal8_header(size_of(range)) : out_.literal_header(size_of(range));
  std::size_t before = out_.buffer().size();
  reader_.read(id, range, out_.buffer());
  if (out_.buffer().size() - before != size_of(range))
    throw store::StorageBroken("message " + to_string(id) + " is shorter than its index says");
}

// Encoded are leaves only; a whole message and what holds other parts is given as it is (RFC 3516).
void FetchWriter::write_binary(PlannedItem const& planned, store::Entry const& entry) {
  store::fb::Part const* part = nullptr;
  auto range = find_range(planned.item.section, entry);
  if (range && !planned.item.section.part.empty())
    part = find_part(reader_.facts(entry.message), planned.item.section.part);
  auto encoding =
      part && part->kind() == 0 ? static_cast<TransferEncoding>(part->encoding()) : TransferEncoding::binary;
  bool readable = range && encoding != TransferEncoding::unknown;
  unknown_encoding_ |= range && !readable;
  bool size_only = planned.item.att == FetchAtt::binary_size;
  if (!readable) {
    separate();
    out_.raw(planned.label).raw(size_only ? "0" : "NIL");
  } else if (!is_identity(encoding)) {
    write_decoded(planned, entry.message, *range, encoding);
  } else if (size_only) {
    separate();
    out_.raw(planned.label).number(size_of(*range));
  } else {
    write_octets(planned, entry.message, clip(*range, planned.item.partial), true);
  }
}

void FetchWriter::write_decoded(PlannedItem const& planned, MessageId id, OctetRange range,
                                TransferEncoding encoding) {
  bool size_only = planned.item.att == FetchAtt::binary_size;
  if (size_of(range) > most_) {
    large_.push_back(LargeItem{planned.label, id, range, true, size_only, encoding, planned.item.partial});
    return;
  }
  scratch_.clear();
  reader_.read(id, range, scratch_);
  std::string decoded = mail::decode_transfer(scratch_, encoding).value();
  separate();
  out_.raw(planned.label);
  if (size_only) {
    out_.number(decoded.size());
    return;
  }
  OctetRange part = clip({0, decoded.size()}, planned.item.partial);
  out_.literal8_header(size_of(part)).raw(std::string_view(decoded).substr(part.begin, size_of(part)));
}

}  // namespace mc::imap
