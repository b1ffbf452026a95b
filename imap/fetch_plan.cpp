#include "imap/fetch_plan.h"

#include <algorithm>
#include <array>

#include "imap/writer.h"

namespace mc::imap {

namespace {

// RFC 3501, 6.4.5: the old names of sections.
struct OldName {
  FetchAtt att;
  std::string_view label;
  Section::Text text;
};
constexpr std::array old_names{
    OldName{FetchAtt::rfc822, "RFC822 ", Section::Text::all},
    OldName{FetchAtt::rfc822_header, "RFC822.HEADER ", Section::Text::header},
    OldName{FetchAtt::rfc822_text, "RFC822.TEXT ", Section::Text::text},
};

struct Simple {
  FetchAtt att;
  std::string_view label;
};
constexpr std::array simple{
    Simple{FetchAtt::uid, "UID "},
    Simple{FetchAtt::flags, "FLAGS "},
    Simple{FetchAtt::internaldate, "INTERNALDATE "},
    Simple{FetchAtt::rfc822_size, "RFC822.SIZE "},
    Simple{FetchAtt::envelope, "ENVELOPE "},
    Simple{FetchAtt::body, "BODY "},
    Simple{FetchAtt::bodystructure, "BODYSTRUCTURE "},
    Simple{FetchAtt::modseq, "MODSEQ "},
};

std::string section_label(FetchItem const& item) {
  std::string label = item.att == FetchAtt::body_section ? "BODY"
                      : item.att == FetchAtt::binary     ? "BINARY"
                                                         : "BINARY.SIZE";
  std::optional<std::uint64_t> origin;
  if (item.partial) origin = item.partial->offset;
  Writer(label).section(item.section, origin).sp();
  return label;
}

PlannedItem plan_item(FetchItem item) {
  for (OldName const& row : old_names)
    if (row.att == item.att) {
      item.att = FetchAtt::body_section;
      item.section.text = row.text;
      return {std::move(item), std::string(row.label)};
    }
  for (Simple const& row : simple)
    if (row.att == item.att) return {std::move(item), std::string(row.label)};
  std::string label = section_label(item);
  return {std::move(item), std::move(label)};
}

bool needs_octets(FetchItem const& item) {
  return item.att == FetchAtt::body_section || item.att == FetchAtt::binary ||
         item.att == FetchAtt::binary_size;
}

bool has(std::vector<FetchItem> const& items, FetchAtt att) {
  return std::any_of(items.begin(), items.end(), [&](FetchItem const& i) { return i.att == att; });
}

FetchItem simple_item(FetchAtt att) {
  FetchItem item;
  item.att = att;
  return item;
}

}  // namespace

FetchPlan make_fetch_plan(std::vector<FetchItem> items, NumberKind numbers, bool modseq) {
  FetchPlan plan;
  if (numbers == NumberKind::uid && !has(items, FetchAtt::uid))
    items.insert(items.begin(), simple_item(FetchAtt::uid));
  if (modseq && !has(items, FetchAtt::modseq)) items.push_back(simple_item(FetchAtt::modseq));
  plan.flags = has(items, FetchAtt::flags);
  plan.modseq = has(items, FetchAtt::modseq);
  for (FetchItem& item : items) {
    plan.sets_seen |= !item.peek;
    plan.octets |= needs_octets(item) || item.att == FetchAtt::rfc822 ||
                   item.att == FetchAtt::rfc822_header || item.att == FetchAtt::rfc822_text;
    plan.items.push_back(plan_item(std::move(item)));
  }
  return plan;
}

}  // namespace mc::imap
