// center/footer.h - the words at the end of an external copy: into which parts of a message they go, and how.
//
// They go to the text a reader sees first: text/plain and text/html at the root, all alternatives of a
// multipart/alternative, the first part of a multipart/mixed or multipart/related. Never into what is signed, encrypted,
// an attachment, a report, or has an OpenPGP text inside; a part larger than 512 KiB, or in which they cannot be written
// cleanly (mail/insert_text.h), stays as it is. Reads only the parts concerned.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/headers.h"
#include "mail/summary.h"

namespace mc::center {

// Octets of the message's body, by the offsets of its parts.
using ReadOctets = std::function<std::string(mail::Range)>;

// Octets `range` of the body become `text`.
struct Splice {
  mail::Range range;
  std::string text;
};

// In order, disjoint; none where nothing can be added. `lines`: UTF-8, each ended by LF.
std::vector<Splice> place_footer(std::vector<mail::Part> const& parts, ReadOctets const& read, std::string_view lines);

}  // namespace mc::center
