// imap/search_plan.h - the criteria of a SEARCH made ready to be asked of 100,000 messages.
//
// Flags have become bits, days spans of time, sequence-sets UIDs, texts folded needles; what costs
// little is asked first. A plan holds no reference to the session or a snapshot: any thread may
// read it, and it stays true while messages come and go.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "imap/parse_search.h"
#include "imap/seqset.h"
#include "imap/view.h"
#include "mail/match.h"
#include "mail/text_search.h"
#include "store/block.h"

namespace mc::imap {

// What of a message a test must read. Later ones cost more.
enum class SearchCost : std::uint8_t { index, facts, header, body };

// A SearchKey resolved. `op` as there, except:
//   flag: all bits of `flags` are set;  sequence, uid, recent: the UID is in `uids`
//   before … sent_since: `from` <= seconds or day number < `until` (then op is `on` or `sent_on`)
//   from … subject, header: a field called `field` holds `needle`
//   body, text: `needle` occurs
// all_of without tests is always true, any_of without tests never.
struct SearchTest {
  SearchOp op = SearchOp::all_of;
  SearchCost cost = SearchCost::index;
  std::vector<SearchTest> tests;
  UidSet uids;
  store::Flags flags = 0;
  std::int64_t from = std::numeric_limits<std::int64_t>::min();
  std::int64_t until = std::numeric_limits<std::int64_t>::max();
  std::uint64_t size = 0;
  ModSeq modseq;
  std::string field;
  std::size_t needle = 0;  // place in `needles` for header tests, in `texts` for body and text
};

struct SearchPlan {
  SearchTest test;
  UidSet candidates;  // no other message can match
  std::vector<mail::Needle> needles;
  std::vector<mail::Needle> texts;        // of body and text; never empty ones
  mail::TextSearch::Mask in_headers = 0;  // which of `texts` count in the message's header too
};

// What the words of the criteria mean in this session.
struct SearchScope {
  View const& view;     // loaded
  UidSet const& saved;  // "$"
  UidSet const& recent;
  std::span<std::string const> keywords;  // of the mailbox
};
// Fails: limit (more than mail::TextSearch::most_needles BODY and TEXT keys, or max_header_keys).
inline constexpr std::size_t max_header_keys = 1000;
Result<SearchPlan> make_search_plan(SearchKey const& key, SearchScope const& scope);

}  // namespace mc::imap
