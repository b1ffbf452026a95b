// imap/section.h - which part of a message FETCH means (RFC 9051, 6.4.5.1). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "imap/cursor.h"

namespace mc::imap {

inline constexpr std::size_t max_section_depth = 100;  // numbers in 1.2.3…
inline constexpr std::size_t max_header_fields = 500;

struct Section {
  enum class Text { all, header, header_fields, header_fields_not, text, mime };
  std::vector<std::uint32_t> part;  // empty: the message itself; each number from 1
  Text text = Text::all;
  std::vector<std::string> fields;  // of header_fields and header_fields_not, as the client wrote them
  bool operator==(Section const&) const = default;
};

// "<" number64 "." nz-number64 ">"
struct Partial {
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  bool operator==(Partial const&) const = default;
};

// section        = "[" [section-spec] "]"                               RFC 9051, 9
Section read_section(Cursor& in);
// section-binary = "[" [section-part] "]"; text is always Text::all
Section read_section_binary(Cursor& in);
// partial, when "<" stands here
std::optional<Partial> try_partial(Cursor& in);

}  // namespace mc::imap
