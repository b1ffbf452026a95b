// imap/fetch_plan.h - a FETCH prepared once for all its messages.
#pragma once
#include <string>
#include <vector>

#include "imap/parse_fetch.h"

namespace mc::imap {

struct PlannedItem {
  FetchItem item;     // RFC822, RFC822.HEADER and RFC822.TEXT have become body_section
  std::string label;  // as it stands in the response, with the space after it
};

// What is answered for each message, in this order.
struct FetchPlan {
  std::vector<PlannedItem> items;
  bool flags = false;      // FLAGS is among them
  bool modseq = false;     // MODSEQ is among them
  bool sets_seen = false;  // one of them is not a peek
  bool octets = false;     // one of them needs the message itself
};

// `items` of the command, and what it implies: UID for the UID form, MODSEQ for `modseq`.
FetchPlan make_fetch_plan(std::vector<FetchItem> items, NumberKind numbers, bool modseq);

}  // namespace mc::imap
