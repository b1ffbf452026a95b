// imap/search_result.h - the answer to SEARCH: "* SEARCH …" or "* ESEARCH …". Pure.
#pragma once
#include <string>
#include <string_view>

#include "imap/cursor.h"
#include "imap/parse_fetch.h"
#include "imap/parse_search.h"
#include "imap/search.h"
#include "imap/view.h"
#include "imap/writer.h"

namespace mc::imap {

// What RETURN (SAVE …) keeps as "$": all, unless MIN or MAX are all else that is asked for (RFC 5182, 2.4).
UidSet saved_result(UidSet const& found, EnumSet<SearchReturn> returns);

// "* ESEARCH (TAG "a1") UID MIN 2 COUNT 3 ALL 2,10:11 MODSEQ 917"     RFC 9051, 7.3.4; RFC 7162, 3.1.10
// Nothing at all when the result is only to be saved. `with_modseq`: a MODSEQ key was used.
void write_esearch(Writer& out, std::string_view tag, EnumSet<SearchReturn> returns, Found const& found,
                   NumberedUids const& list, NumberKind numbers, bool with_modseq);

}  // namespace mc::imap
