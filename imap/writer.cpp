#include "imap/writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text.h"
#include "imap/cursor.h"
#include "imap/date.h"
#include "imap/mutf7.h"

namespace mc::imap {

namespace {

constexpr std::size_t longest_quoted = 1024;  // beyond it a literal is kinder to line buffers
constexpr std::size_t longest_text = 500;

bool is_eight_bit(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
bool is_line_breaking(char c) {
  return c == '\r' || c == '\n' || c == '\0';
}

constexpr std::array system_flags{SystemFlag::answered, SystemFlag::flagged, SystemFlag::deleted,
                                  SystemFlag::seen, SystemFlag::draft};

std::string_view text_name(Section::Text text) {
  constexpr std::array<std::string_view, 6> names{"",     "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT",
                                                  "TEXT", "MIME"};
  return names[static_cast<std::size_t>(text)];
}

}  // namespace

Writer& Writer::number(std::uint64_t value) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_->append(digits, end);
  return *this;
}

bool Writer::quotable(std::string_view text) const {
  if (text.size() > longest_quoted || std::any_of(text.begin(), text.end(), is_line_breaking)) return false;
  if (std::none_of(text.begin(), text.end(), is_eight_bit)) return true;
  return dialect_.utf8 && is_utf8(text);
}

void Writer::quoted(std::string_view text) {
  out_->push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') out_->push_back('\\');
    out_->push_back(c);
  }
  out_->push_back('"');
}

Writer& Writer::string(std::string_view text) {
  if (quotable(text)) {
    quoted(text);
    return *this;
  }
  literal_header(text.size());
  std::replace_copy(text.begin(), text.end(), std::back_inserter(*out_), '\0', '?');
  return *this;
}

Writer& Writer::nstring(std::optional<std::string_view> text) {
  return text ? string(*text) : nil();
}

Writer& Writer::astring(std::string_view text) {
  return is_atom(text) && !iequals(text, "NIL") ? raw(text) : string(text);
}

Writer& Writer::literal_header(std::uint64_t size) {
  return raw("{").number(size).raw("}\r\n");
}
Writer& Writer::literal8_header(std::uint64_t size) {
  return raw("~{").number(size).raw("}\r\n");
}
Writer& Writer::literal(std::string_view octets) {
  return literal_header(octets.size()).raw(octets);
}

Writer& Writer::text(std::string_view text) {
  auto line = printable(text, longest_text);
  if (!dialect_.utf8) std::replace_if(line.begin(), line.end(), is_eight_bit, '?');
  return raw(line);
}

Writer& Writer::mailbox(std::string_view name) {
  return dialect_.utf8 ? astring(name) : astring(encode_mutf7(name));
}

Writer& Writer::flags(Flags const& flags, std::string_view extra) {
  std::vector<std::string_view> keywords(flags.keywords.begin(), flags.keywords.end());
  if (!extra.empty()) keywords.push_back(extra);
  return this->flags(flags.system, keywords);
}

Writer& Writer::flags(std::uint8_t system, std::span<std::string_view const> keywords) {
  open();
  bool first = true;
  auto one = [&](std::string_view name) {
    if (!first) sp();
    first = false;
    raw(name);
  };
  for (SystemFlag flag : system_flags)
    if (system & static_cast<std::uint8_t>(flag)) one(imap::name_of(flag));
  for (std::string_view keyword : keywords) one(keyword);
  return close();
}

Writer& Writer::date_time(Time time, std::chrono::minutes zone) {
  return raw("\"").raw(write_date_time(time, zone)).raw("\"");
}

Writer& Writer::set(UidSet const& set) {
  return raw(to_string(set));
}
Writer& Writer::set(SeqNumSet const& set) {
  return raw(to_string(set));
}

Writer& Writer::section(Section const& section, std::optional<std::uint64_t> origin) {
  raw("[");
  for (std::size_t i = 0; i < section.part.size(); ++i) raw(i ? "." : "").number(section.part[i]);
  if (!section.part.empty() && section.text != Section::Text::all) raw(".");
  raw(text_name(section.text));
  for (std::size_t i = 0; i < section.fields.size(); ++i) raw(i ? " " : " (").astring(section.fields[i]);
  if (!section.fields.empty()) close();
  raw("]");
  if (origin) raw("<").number(*origin).raw(">");
  return *this;
}

}  // namespace mc::imap
