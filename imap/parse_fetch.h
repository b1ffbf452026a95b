// imap/parse_fetch.h - arguments of FETCH (RFC 9051, 6.4.5; BINARY; CONDSTORE; QRESYNC).
#pragma once
#include <optional>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "imap/cursor.h"
#include "imap/section.h"
#include "imap/seqset.h"

namespace mc::imap {

inline constexpr std::size_t max_fetch_items = 256;

// Does a command's sequence-set hold message numbers or UIDs?
enum class NumberKind { seq, uid };

enum class FetchAtt {
  uid,
  flags,
  internaldate,
  rfc822_size,
  envelope,
  body,
  bodystructure,
  modseq,
  rfc822,
  rfc822_header,
  rfc822_text,
  body_section,  // BODY[…] and BODY.PEEK[…]: section, partial, peek
  binary,        // BINARY[…] and BINARY.PEEK[…]: section.part, partial, peek
  binary_size,   // BINARY.SIZE[…]: section.part
};

struct FetchItem {
  FetchAtt att;
  Section section;
  std::optional<Partial> partial;
  bool peek = true;  // false: fetching it sets \Seen
  bool operator==(FetchItem const&) const = default;
};

struct FetchArgs {
  SequenceSet set;
  std::vector<FetchItem> items;         // macros expanded, repetitions dropped
  std::optional<ModSeq> changed_since;  // CHANGEDSINCE; implies that MODSEQ is answered
  bool vanished = false;                // only with uid and CHANGEDSINCE; QRESYNC the session checks
};
Result<FetchArgs> parse_fetch(Cursor in, NumberKind kind);

}  // namespace mc::imap
