// mail/section.h - IMAP's section numbers on the parts of a Summary.
//
//   section      = [section-spec]            "", "TEXT", "1.2", "1.2.MIME", "2.HEADER"
//   section-spec = section-msgtext / (section-part ["." section-text])       RFC 9051, 9
//
// HEADER.FIELDS and HEADER.FIELDS.NOT are the octets of `header` through header_fields()
// (mail/headers.h). Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "mail/summary.h"

namespace mc::mail {

enum class SectionText : unsigned char {
  all,     // BODY[] and BODY[1.2]
  header,  // of the message, or of the message/rfc822 part named
  text,    // likewise its body
  mime,    // the header of the part named; not without a number
};

struct Section {
  std::vector<std::uint32_t> path;
  SectionText text = SectionText::all;
  bool operator==(Section const&) const = default;
};

// Fails: syntax (a zero, an empty number, MIME without a number, more than 1,000 numbers).
Result<Section> parse_section(std::string_view text);

// The part `path` names; nullptr if there is none. An empty path names the message itself.
Part const* find_part(std::span<Part const> parts, std::span<std::uint32_t const> path);

// The octets of the section, as offsets into the message as received; absent if the message has
// no such section.
std::optional<Range> find_section(std::span<Part const> parts, Section const& section);

}  // namespace mc::mail
