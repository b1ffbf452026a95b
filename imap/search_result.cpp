#include "imap/search_result.h"

#include <algorithm>

namespace mc::imap {

namespace {

// Are MIN, MAX or both all that the client is told?
bool only_ends(EnumSet<SearchReturn> returns) {
  bool ends = returns.contains(SearchReturn::min) || returns.contains(SearchReturn::max);
  return ends && !returns.contains(SearchReturn::all) && !returns.contains(SearchReturn::count);
}

// RFC 7162, 3.1.10: of all messages, unless the response names only the ends.
ModSeq told_modseq(EnumSet<SearchReturn> returns, Found const& found) {
  if (!only_ends(returns)) return found.highest;
  ModSeq first = returns.contains(SearchReturn::min) ? found.of_first : ModSeq{};
  ModSeq last = returns.contains(SearchReturn::max) ? found.of_last : ModSeq{};
  return std::max(first, last);
}

template <class Set>
void write_returns(Writer& out, EnumSet<SearchReturn> returns, Set const& found) {
  if (!found.empty() && returns.contains(SearchReturn::min)) out.raw(" MIN ").number(found.min());
  if (!found.empty() && returns.contains(SearchReturn::max)) out.raw(" MAX ").number(found.max());
  if (returns.contains(SearchReturn::count)) out.raw(" COUNT ").number(found.size());
  if (!found.empty() && returns.contains(SearchReturn::all)) out.raw(" ALL ").set(found);
}

}  // namespace

UidSet saved_result(UidSet const& found, EnumSet<SearchReturn> returns) {
  if (!only_ends(returns) || found.empty()) return found;
  UidSet ends;
  if (returns.contains(SearchReturn::min)) ends.add(found.min());
  if (returns.contains(SearchReturn::max)) ends.add(found.max());
  return ends;
}

void write_esearch(Writer& out, std::string_view tag, EnumSet<SearchReturn> returns, Found const& found,
                   NumberedUids const& list, NumberKind numbers, bool with_modseq) {
  if (returns == EnumSet<SearchReturn>{SearchReturn::save}) return;
  out.raw("* ESEARCH (TAG ").string(tag).close();
  if (numbers == NumberKind::uid) {
    out.raw(" UID");
    write_returns(out, returns, found.uids);
  } else {
    write_returns(out, returns, list.seqs_of(found.uids));
  }
  if (with_modseq && !found.uids.empty()) out.raw(" MODSEQ ").number(told_modseq(returns, found));
  out.crlf();
}

}  // namespace mc::imap
