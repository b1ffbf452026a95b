#include "imap/part_table.h"

#include "mail/summary.h"
#include "store/records.h"

namespace mc::imap {

namespace {

using store::OctetRange;
using store::fb::Part;
using Parts = flatbuffers::Vector<flatbuffers::Offset<Part>>;

struct Place {
  std::uint32_t index = 0;
  Part const* part = nullptr;  // null: there is none
};

bool is(Part const& part, mail::PartKind kind) {
  return part.kind() == static_cast<unsigned char>(kind);
}

Place find_child(Parts const& parts, std::uint32_t parent, std::uint32_t number) {
  for (std::uint32_t i = parent + 1; i < parts.size(); ++i) {
    Part const* part = parts.Get(i);
    if (part->parent() == static_cast<std::int32_t>(parent) && part->number() == number) return {i, part};
  }
  return {};
}

// The header and body of the message inside a message part are those of its only child, which follows it.
Place root_inside(Parts const& parts, Place message) {
  std::uint32_t next = message.index + 1;
  return next < parts.size() ? Place{next, parts.Get(next)} : Place{};
}

Place find_place(store::fb::Body const& body, std::span<std::uint32_t const> path) {
  if (!body.parts() || body.parts()->size() == 0) return {};
  Parts const& parts = *body.parts();
  Place at{0, parts.Get(0)};
  bool is_root = true;  // `at` is a message, its own number not yet used
  for (std::uint32_t number : path) {
    if (!is_root && is(*at.part, mail::PartKind::message)) {
      at = root_inside(parts, at);
      is_root = true;
      if (!at.part) return {};
    }
    if (is(*at.part, mail::PartKind::multipart))
      at = find_child(parts, at.index, number);
    else if (!is_root || number != 1)
      return {};
    if (!at.part) return {};
    is_root = false;
  }
  return at;
}

OctetRange header_of(Part const& part) {
  return {part.header_begin(), part.header_end()};
}
OctetRange body_of(Part const& part) {
  return {part.body_begin(), part.body_end()};
}

}  // namespace

store::fb::Part const* find_part(store::fb::Body const& body, std::span<std::uint32_t const> path) {
  return find_place(body, path).part;
}

std::optional<OctetRange> find_section(store::fb::Body const& body, Section const& section) {
  Place at = find_place(body, section.part);
  if (!at.part) return std::nullopt;
  bool whole = section.part.empty();
  if (section.text == Section::Text::all) return whole ? OctetRange{0, body.shown_size()} : body_of(*at.part);
  if (section.text == Section::Text::mime) return whole ? std::nullopt : std::optional(header_of(*at.part));
  if (!whole) {
    if (!is(*at.part, mail::PartKind::message)) return std::nullopt;
    at = root_inside(*body.parts(), at);
    if (!at.part) return std::nullopt;
  }
  return section.text == Section::Text::text ? body_of(*at.part) : header_of(*at.part);
}

bool starts_at_top(Section const& section) {
  return section.part.empty() && section.text != Section::Text::text;
}

}  // namespace mc::imap
