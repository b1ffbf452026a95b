// imap/search_match.h - does a message fit a search plan?
//
// Reads no more of a message than the plan's answer takes: the index entry, then the stored
// facts, then the header, then the text. Lives as long as one snapshot, on one thread.
#pragma once
#include <cstdint>
#include <string>

#include "imap/search_plan.h"
#include "mail/text_search.h"
#include "store/bodies.h"
#include "store/engine.h"
#include "store/messages.h"

namespace mc::store::fb {
struct Part;
}

namespace mc::imap {

// Beyond this much of it a header is not searched.
inline constexpr std::uint64_t searched_header = 256 * 1024;

class SearchMatcher {
 public:
  enum class Answer : std::uint8_t { no, yes, too_large };

  // A message of which more than `most` octets would have to be read is `too_large`: it is for another
  // thread. Lifetime: of both.
  SearchMatcher(store::Snapshot const& s, SearchPlan const& plan, std::uint64_t most);

  Answer match(store::Entry const& entry);

 private:
  bool holds(SearchTest const& test);
  bool all_hold(SearchTest const& test);
  bool any_holds(SearchTest const& test);
  bool subject_holds(SearchTest const& test);
  bool sent_in(SearchTest const& test);
  bool field_holds(SearchTest const& test);
  bool text_holds(SearchTest const& test);

  bool is_too_large(std::uint64_t octets);
  std::uint64_t header_size();
  void read_header();
  void read_texts();
  void search_parts(mail::TextSearch::Mask wanted);
  void search_inner_header(store::fb::Part const& part);
  void search_text(store::fb::Part const& part);
  template <class F>
  void for_each_piece(store::OctetRange range, F f);

  SearchPlan const& plan_;
  std::uint64_t most_;
  store::MessageReader reader_;
  mail::TextSearch texts_;
  mail::TextSearch::Mask all_texts_ = 0;

  // Of the message at hand:
  store::Entry const* entry_ = nullptr;
  bool header_read_ = false;
  bool texts_read_ = false;
  bool too_large_ = false;
  std::uint64_t in_memory_ = 0;  // octets of the message in octets_, from its start
  mail::TextSearch::Mask texts_found_ = 0;
  std::string octets_;  // its start: the header, or all of a small message
  std::string piece_, folded_;
};

}  // namespace mc::imap
