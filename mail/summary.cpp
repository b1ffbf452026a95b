#include "mail/summary.h"

#include "core/text.h"
#include "mail/preview.h"
#include "mail/scan.h"
#include "mail/utf8.h"
#include "mail/wire.h"

namespace mc::mail {
namespace {

std::string_view value_of(Scan const& scan, Node const& root, FieldId id) {
  auto field = scan.find(root, id);
  return field ? field->value : std::string_view();
}

// A keyword with what may follow it left out: "auto-replied; owner-email=…".       RFC 3834, 5
std::string keyword(std::string_view value) {
  return to_lower(trim(value.substr(0, value.find_first_of(";("))));
}

std::vector<Address> addresses(Scan const& scan, Node const& root, FieldId id) {
  std::vector<Address> list;
  for (auto const& field : scan.fields_of(root)) {
    if (field.id != id) continue;
    auto more = decode_addresses(field.value);
    std::move(more.begin(), more.end(), std::back_inserter(list));
  }
  return list;
}

void read_facts(Scan const& scan, Node const& root, Summary& out) {
  auto ids = parse_message_ids(value_of(scan, root, FieldId::message_id));
  if (!ids.empty()) out.message_id = std::move(ids.front());
  out.in_reply_to = parse_message_ids(value_of(scan, root, FieldId::in_reply_to));
  out.references = parse_message_ids(value_of(scan, root, FieldId::references));
  out.subject = decode_header(value_of(scan, root, FieldId::subject));
  out.date = parse_date(value_of(scan, root, FieldId::date));
  out.from = addresses(scan, root, FieldId::from);
  out.sender = addresses(scan, root, FieldId::sender);
  out.reply_to = addresses(scan, root, FieldId::reply_to);
  out.to = addresses(scan, root, FieldId::to);
  out.cc = addresses(scan, root, FieldId::cc);
  out.auto_submitted = keyword(value_of(scan, root, FieldId::auto_submitted));
  out.precedence = keyword(value_of(scan, root, FieldId::precedence));
  for (auto const& field : scan.fields_of(root)) {
    out.list_mail |= field.id == FieldId::list;
    out.received_count += field.id == FieldId::received;
  }
}

}  // namespace

Summary summarize(std::string_view octets, Limits const& limits) {
  Summary out;
  auto found = scan(octets, limits);
  Structures structures;
  if (!found.over_limit) structures = write_structures(found);
  if (found.over_limit || structures.bodystructure.size() > limits.structure) {
    out.opaque = true;
    found = scan_opaque(octets, limits);
    structures = write_structures(found);
  }
  out.body = std::move(structures.body);
  out.bodystructure = std::move(structures.bodystructure);
  out.envelope = write_envelope(found, found.nodes[0]);
  read_facts(found, found.nodes[0], out);
  out.parts.reserve(found.nodes.size());
  for (auto& node : found.nodes) out.parts.push_back(std::move(node.part));
  out.size = octets.size();
  out.header_size = out.parts[0].header_end;
  out.has_8bit = !is_ascii(octets);
  out.report = out.parts[0].type == "multipart" && out.parts[0].subtype == "report";
  out.preview = make_preview(octets, out.parts);
  return out;
}

Summary with_header(Summary const& source, std::string_view header) {
  Summary out = summarize(header);
  std::uint64_t const content = source.size - source.header_size;
  out.body = source.body;
  out.bodystructure = source.bodystructure;
  out.preview = source.preview;
  out.parts = source.parts;
  for (Part& part : out.parts)
    for (std::uint64_t* offset : {&part.header_begin, &part.header_end, &part.body_begin, &part.body_end})
      if (&part != &out.parts[0] || offset != &part.header_begin) *offset += header.size() - source.header_size;
  out.header_size = header.size();
  out.size = header.size() + content;
  out.opaque = source.opaque;
  out.report = source.report;
  out.has_8bit = source.has_8bit || !is_ascii(header);
  return out;
}

}  // namespace mc::mail
