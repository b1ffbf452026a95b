// imap/parse_search.h - arguments of SEARCH (RFC 9051, 6.4.4; ESEARCH, SEARCHRES, CONDSTORE).
//
// The criteria become a tree of SearchKeys. SORT and THREAD take the same criteria:
// read_search_program() serves them too.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "imap/cursor.h"
#include "imap/date.h"
#include "imap/enum_set.h"
#include "imap/flag.h"
#include "imap/seqset.h"

namespace mc::imap {

inline constexpr std::size_t max_search_keys = 5000;  // leaves and branches together

// Which members of SearchKey count is said beside each operation.
enum class SearchOp {
  all,       // every message
  all_of,    // keys (one or more): AND
  any_of,    // keys (two or more): OR
  none_of,   // keys (exactly one): NOT
  sequence,  // set: message numbers; set.saved is "$"
  uid,       // set: UIDs; set.saved is "UID $"
  flag,      // flag is set (UNANSWERED and so on are none_of)
  recent,    // \Recent; we never have it
  before,
  on,
  since,  // day, of the internal date
  sent_before,
  sent_on,
  sent_since,  // day, of the Date header
  from,
  to,
  cc,
  bcc,
  subject,  // text within that field
  header,   // field holds text; "" asks only whether the field is there
  body,
  text,  // text within the body, within anything
  larger,
  smaller,  // size in octets, exclusive
  modseq,   // modseq at least this (RFC 7162, 3.1.5)
};

struct SearchKey {
  SearchOp op = SearchOp::all;
  std::vector<SearchKey> keys;
  SequenceSet set;
  Flag flag;
  std::string field;
  std::string text;  // in SearchArgs::charset
  Day day{};
  std::uint64_t size = 0;
  ModSeq modseq;
};

enum class SearchReturn { min, max, all, count, save };

struct SearchArgs {
  bool extended = false;          // RETURN was given: answer with ESEARCH
  EnumSet<SearchReturn> returns;  // "RETURN ()" means {all}
  std::string charset;            // upper case; "UTF-8" when none was given
  bool charset_known = true;      // false: answer NO [code::bad_charset()]
  bool uses_modseq = false;       // a MODSEQ key occurs: the answer carries MODSEQ
  bool uses_saved = false;        // "$" occurs
  SearchKey key;                  // several criteria are an all_of
};
Result<SearchArgs> parse_search(Cursor in);

// search-key *(SP search-key): one key, or an all_of. `args` learns uses_modseq and uses_saved.
SearchKey read_search_program(Cursor& in, SearchArgs& args);
// Is the charset one whose strings can be searched? (UTF-8 and US-ASCII, any case)
bool is_known_charset(std::string_view name);

}  // namespace mc::imap
