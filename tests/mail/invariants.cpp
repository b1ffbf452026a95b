#include "invariants.h"

#include <algorithm>
#include <map>

#include "core/text.h"
#include "mail/section.h"
#include "wire_grammar.h"

namespace mc::test {
namespace {

using mail::Part;
using mail::PartKind;

std::string check_part(std::string_view octets, std::vector<Part> const& parts, std::size_t i) {
  auto const& part = parts[i];
  bool ordered = part.header_begin <= part.header_end && part.header_end == part.body_begin &&
                 part.body_begin <= part.body_end && part.body_end <= octets.size();
  if (!ordered) return "offsets out of order";
  if (i == 0)
    return part.parent == Part::no_parent && part.header_begin == 0 && part.body_end == octets.size()
               ? ""
               : "the root is not the whole message";
  if (part.parent < 0 || static_cast<std::size_t>(part.parent) >= i) return "parent does not precede";
  auto const& parent = parts[static_cast<std::size_t>(part.parent)];
  if (parent.kind == PartKind::leaf) return "child of a leaf";
  if (part.header_begin < parent.body_begin || part.body_end > parent.body_end) return "outside its parent";
  if (parent.kind == PartKind::message &&
      (part.header_begin != parent.body_begin || part.body_end != parent.body_end))
    return "a message is not its part's whole body";
  return "";
}

// Siblings are numbered 1, 2, 3 and do not overlap; containers have children.
std::string check_children(std::vector<Part> const& parts) {
  std::map<std::int32_t, Part const*> last;
  for (auto const& part : parts) {
    auto& before = last[part.parent];
    bool in_multipart =
        part.parent >= 0 && parts[static_cast<std::size_t>(part.parent)].kind == PartKind::multipart;
    if (in_multipart && part.number != (before ? before->number + 1 : 1))
      return "numbers are not in sequence";
    if (!in_multipart && part.number != (part.kind == PartKind::multipart ? 0u : 1u)) return "root's number";
    if (before && before->body_end > part.header_begin) return "siblings overlap";
    before = &part;
  }
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i].kind != PartKind::leaf && !last.count(static_cast<std::int32_t>(i)))
      return "childless container";
  return "";
}

}  // namespace

std::string check_summary(std::string_view octets, mail::Summary const& summary) {
  if (summary.parts.empty()) return "no parts";
  if (summary.size != octets.size() || summary.header_size != summary.parts[0].header_end) return "sizes";
  for (std::size_t i = 0; i < summary.parts.size(); ++i)
    if (auto wrong = check_part(octets, summary.parts, i); !wrong.empty())
      return wrong + " (part " + std::to_string(i) + ")";
  if (auto wrong = check_children(summary.parts); !wrong.empty()) return wrong;
  if (auto wrong = check_envelope(summary.envelope); !wrong.empty()) return "ENVELOPE: " + wrong;
  if (auto wrong = check_body(summary.body, false); !wrong.empty()) return "BODY: " + wrong;
  if (auto wrong = check_body(summary.bodystructure, true); !wrong.empty()) return "BODYSTRUCTURE: " + wrong;
  if (!is_utf8(summary.subject) || !is_utf8(summary.preview)) return "text is not UTF-8";
  auto characters = std::count_if(summary.preview.begin(), summary.preview.end(),
                                  [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return characters > 200 ? "preview too long" : "";
}

}  // namespace mc::test
