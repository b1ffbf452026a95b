#include "mail/section.h"

#include <array>

#include "core/text.h"

namespace mc::mail {
namespace {

constexpr std::size_t most_numbers = 1000;

struct TextName {
  std::string_view name;
  SectionText text;
  bool without_number;
};
constexpr auto text_names = std::to_array<TextName>({
    {"HEADER", SectionText::header, true},
    {"TEXT", SectionText::text, true},
    {"MIME", SectionText::mime, false},
});

Part const* find_child(std::span<Part const> parts, std::size_t parent, std::uint32_t number) {
  for (std::size_t i = parent + 1; i < parts.size(); ++i)
    if (parts[i].parent == static_cast<std::int32_t>(parent) && parts[i].number == number) return &parts[i];
  return nullptr;
}

// The header and body of the message inside a `message` part are those of its only child, which follows it.
Part const* root_inside(std::span<Part const> parts, Part const& message) {
  auto next = static_cast<std::size_t>(&message - parts.data()) + 1;
  return next < parts.size() ? &parts[next] : nullptr;
}

}  // namespace

// section-part = nz-number *("." nz-number)                        RFC 9051, 9
Result<Section> parse_section(std::string_view text) {
  Section section;
  if (text.empty()) return section;
  for (auto word : split(text, '.')) {
    bool last = word.data() + word.size() == text.data() + text.size();
    for (auto const& row : text_names)
      if (last && iequals(row.name, word) && (row.without_number || !section.path.empty()))
        section.text = row.text;
    if (section.text != SectionText::all) return section;
    auto number = word.starts_with('0') ? std::nullopt : parse_number(word);
    if (!number || *number > UINT32_MAX || section.path.size() >= most_numbers)
      return fail(Errc::syntax, "Invalid section");
    section.path.push_back(static_cast<std::uint32_t>(*number));
  }
  return section;
}

Part const* find_part(std::span<Part const> parts, std::span<std::uint32_t const> path) {
  if (parts.empty()) return nullptr;
  Part const* at = &parts[0];
  bool is_root = true;  // `at` is a message, its own number not yet used
  for (auto number : path) {
    if (!is_root && at->kind == PartKind::message) {
      at = root_inside(parts, *at);
      is_root = true;
      if (!at) return nullptr;
    }
    if (at->kind == PartKind::multipart)
      at = find_child(parts, static_cast<std::size_t>(at - parts.data()), number);
    else if (!is_root || number != 1)
      at = nullptr;
    if (!at) return nullptr;
    is_root = false;
  }
  return at;
}

std::optional<Range> find_section(std::span<Part const> parts, Section const& section) {
  auto part = find_part(parts, section.path);
  if (!part) return std::nullopt;
  bool whole = section.path.empty();
  switch (section.text) {
    case SectionText::all:
      return whole ? Range{part->header_begin, part->body_end} : part->body();
    case SectionText::mime:
      return whole ? std::nullopt : std::optional(part->header());
    default:
      break;
  }
  if (!whole) {
    if (part->kind != PartKind::message) return std::nullopt;
    part = root_inside(parts, *part);
    if (!part) return std::nullopt;
  }
  return section.text == SectionText::header ? part->header() : part->body();
}

}  // namespace mc::mail
