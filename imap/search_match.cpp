#include "imap/search_match.h"

#include <algorithm>
#include <utility>

#include "mail/headers.h"
#include "store/records.h"

namespace mc::imap {

namespace {

constexpr std::uint64_t small_message = 16 * 1024;  // read in one go
constexpr std::uint64_t piece_octets = 64 * 1024;

mail::TextSearch::Mask mask_of(std::size_t needles) {
  return needles >= 64 ? ~mail::TextSearch::Mask{0} : (mail::TextSearch::Mask{1} << needles) - 1;
}

bool is_text(store::fb::Part const& part) {
  return part.kind() == static_cast<std::uint8_t>(mail::PartKind::leaf) &&
         store::view_of(part.type()) == "text";
}

}  // namespace

SearchMatcher::SearchMatcher(store::Snapshot const& s, SearchPlan const& plan, std::uint64_t most)
    : plan_(plan), most_(most), reader_(s), texts_(plan.texts), all_texts_(mask_of(plan.texts.size())) {}

SearchMatcher::Answer SearchMatcher::match(store::Entry const& entry) {
  entry_ = &entry;
  header_read_ = texts_read_ = too_large_ = false;
  in_memory_ = 0;
  bool fits = holds(plan_.test);
  if (too_large_) return Answer::too_large;
  return fits ? Answer::yes : Answer::no;
}

bool SearchMatcher::holds(SearchTest const& test) {
  switch (test.op) {
    case SearchOp::all_of:
      return all_hold(test);
    case SearchOp::any_of:
      return any_holds(test);
    case SearchOp::none_of:
      return !holds(test.tests.front());
    case SearchOp::sequence:
    case SearchOp::uid:
    case SearchOp::recent:
      return test.uids.contains(entry_->uid);
    case SearchOp::flag:
      return (entry_->flags & test.flags) == test.flags;
    case SearchOp::on:
      return test.from <= entry_->date && entry_->date < test.until;
    case SearchOp::larger:
      return entry_->size > test.size;
    case SearchOp::smaller:
      return entry_->size < test.size;
    case SearchOp::modseq:
      return entry_->modseq >= test.modseq;
    case SearchOp::sent_on:
      return sent_in(test);
    case SearchOp::subject:
      return subject_holds(test);
    case SearchOp::header:
      return field_holds(test);
    case SearchOp::body:
    case SearchOp::text:
      return text_holds(test);
    default:
      return false;  // the plan has made others of them
  }
}

bool SearchMatcher::all_hold(SearchTest const& test) {
  return std::all_of(test.tests.begin(), test.tests.end(), [&](SearchTest const& t) { return holds(t); });
}

bool SearchMatcher::any_holds(SearchTest const& test) {
  return std::any_of(test.tests.begin(), test.tests.end(), [&](SearchTest const& t) { return holds(t); });
}

bool SearchMatcher::subject_holds(SearchTest const& test) {
  folded_.clear();
  mail::append_folded(folded_, store::view_of(reader_.facts(entry_->message).subject()));
  return plan_.needles[test.needle].in_folded(folded_);
}

// A message without a date is neither before nor after anything.
bool SearchMatcher::sent_in(SearchTest const& test) {
  store::fb::Body const& facts = reader_.facts(entry_->message);
  return facts.has_sent() && test.from <= facts.sent_day() && facts.sent_day() < test.until;
}

bool SearchMatcher::field_holds(SearchTest const& test) {
  if (!header_read_ && is_too_large(header_size())) return false;
  read_header();
  return mail::header_contains(octets_, test.field, plan_.needles[test.needle]);
}

bool SearchMatcher::text_holds(SearchTest const& test) {
  if (!texts_read_) read_texts();
  return (texts_found_ >> test.needle & 1) != 0;
}

bool SearchMatcher::is_too_large(std::uint64_t octets) {
  too_large_ = too_large_ || octets > most_;
  return too_large_;
}

// With the prefix of ours.
std::uint64_t SearchMatcher::header_size() {
  std::uint64_t whole = reader_.prefix(entry_->message).size() + reader_.facts(entry_->message).header_size();
  return std::min(whole, searched_header);
}

void SearchMatcher::read_header() {
  if (std::exchange(header_read_, true)) return;
  std::uint64_t wanted = entry_->size <= small_message ? entry_->size : header_size();
  octets_.clear();
  reader_.read(entry_->message, {0, wanted}, octets_);
  in_memory_ = wanted;
}

// All needles at once: the message is decoded once whatever is asked of it.
void SearchMatcher::read_texts() {
  if (is_too_large(entry_->size)) return;
  texts_read_ = true;
  read_header();
  std::string_view header = octets_;
  texts_found_ = texts_.in_header(header, plan_.in_headers);
  if (texts_found_ != all_texts_) search_parts(all_texts_);
}

void SearchMatcher::search_parts(mail::TextSearch::Mask wanted) {
  auto const* parts = reader_.facts(entry_->message).parts();
  for (flatbuffers::uoffset_t i = 0; parts && i < parts->size() && texts_found_ != wanted; ++i) {
    store::fb::Part const& part = *parts->Get(i);
    bool inner =
        part.parent() >= 0 && parts->Get(static_cast<flatbuffers::uoffset_t>(part.parent()))->kind() ==
                                  static_cast<std::uint8_t>(mail::PartKind::message);
    if (inner) search_inner_header(part);
    if (is_text(part)) search_text(part);
  }
}

// The header of a message inside the message is body.
void SearchMatcher::search_inner_header(store::fb::Part const& part) {
  std::uint64_t end = std::min(part.header_end(), part.header_begin() + searched_header);
  std::string block;
  reader_.read_body(entry_->message, {part.header_begin(), end}, block);
  texts_found_ |= texts_.in_header(block, all_texts_ & ~texts_found_);
}

void SearchMatcher::search_text(store::fb::Part const& part) {
  texts_.begin(static_cast<mail::TransferEncoding>(part.encoding()), store::view_of(part.charset()),
               all_texts_ & ~texts_found_);
  for_each_piece({part.body_begin(), part.body_end()}, [&](std::string_view piece) { texts_.feed(piece); });
  texts_.end();
  texts_found_ |= texts_.found();
}

// `range` counts as the stored offsets do: without the prefix.
template <class F>
void SearchMatcher::for_each_piece(store::OctetRange range, F f) {
  std::uint64_t prefix = reader_.prefix(entry_->message).size();
  if (range.end + prefix <= in_memory_ && range.begin <= range.end)
    return f(std::string_view(octets_).substr(range.begin + prefix, range.end - range.begin));
  for (std::uint64_t at = range.begin; at < range.end; at += piece_octets) {
    piece_.clear();
    reader_.read_body(entry_->message, {at, std::min(range.end, at + piece_octets)}, piece_);
    f(piece_);
  }
}

}  // namespace mc::imap
