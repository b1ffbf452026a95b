// imap/part_table.h - IMAP's section numbers on the parts of a stored body.
//
// The stored form of mail/section.h: the same rules, read in place from the record. Offsets
// count from the start of the body as readers see it; what stands before it (the message's prefix)
// belongs to the top-level header and is the caller's to add. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "imap/section.h"
#include "store/bodies.h"

namespace mc::store::fb {
struct Part;
}

namespace mc::imap {

// The part `path` names; nullptr if there is none. An empty path names the message itself.
store::fb::Part const* find_part(store::fb::Body const& body, std::span<std::uint32_t const> path);

// The octets of the section; those of HEADER.FIELDS are the header it selects from. Absent if the message
// has no such section.
std::optional<store::OctetRange> find_section(store::fb::Body const& body, Section const& section);

// Does the section begin with the top of the message, so that a prefix is part of it?
bool starts_at_top(Section const& section);

}  // namespace mc::imap
