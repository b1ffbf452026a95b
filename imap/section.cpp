#include "imap/section.h"

#include <array>

#include "core/text.h"

namespace mc::imap {

namespace {

struct TextRow {
  std::string_view name;
  Section::Text text;
};
constexpr std::array text_rows{
    TextRow{"HEADER", Section::Text::header},
    TextRow{"HEADER.FIELDS", Section::Text::header_fields},
    TextRow{"HEADER.FIELDS.NOT", Section::Text::header_fields_not},
    TextRow{"TEXT", Section::Text::text},
    TextRow{"MIME", Section::Text::mime},
};

// section-part = nz-number *("." nz-number); true when a "." follows it, which is consumed.
bool read_part(Cursor& in, std::vector<std::uint32_t>& part) {
  while (is_digit(in.peek())) {
    part.push_back(in.nz_number());
    if (part.size() > max_section_depth) in.fail(Errc::limit, "The section is too deep");
    if (!in.try_char('.')) return false;
  }
  return !part.empty();
}

// section-text = section-msgtext / "MIME"                               RFC 9051, 9
// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
void read_text(Cursor& in, Section& section) {
  for (TextRow const& row : text_rows) {
    bool allowed = row.text != Section::Text::mime || !section.part.empty();
    if (!allowed || !in.try_word(row.name)) continue;
    section.text = row.text;
    if (row.text != Section::Text::header_fields && row.text != Section::Text::header_fields_not) return;
    in.sp();
    in.list("header fields", max_header_fields, Cursor::Empty::refuse,
            [&] { section.fields.push_back(in.astring()); });
    return;
  }
  in.fail(Errc::syntax, "Expected a section of a message");
}

}  // namespace

// section = "[" [section-msgtext / (section-part ["." section-text])] "]"
Section read_section(Cursor& in) {
  Section section;
  in.expect('[');
  bool text_follows = read_part(in, section.part);
  if (text_follows || (section.part.empty() && in.peek() != ']')) read_text(in, section);
  in.expect(']');
  return section;
}

Section read_section_binary(Cursor& in) {
  Section section;
  in.expect('[');
  if (read_part(in, section.part)) in.fail(Errc::syntax, "Expected a part number");
  in.expect(']');
  return section;
}

// partial = "<" number64 "." nz-number64 ">"                            RFC 9051, 9
std::optional<Partial> try_partial(Cursor& in) {
  if (!in.try_char('<')) return std::nullopt;
  Partial partial;
  partial.offset = in.number64();
  in.expect('.');
  partial.count = in.nz_number64();
  in.expect('>');
  return partial;
}

}  // namespace mc::imap
