#include "imap/search_plan.h"

#include <algorithm>

#include "imap/stored.h"

namespace mc::imap {

namespace {

constexpr std::int64_t day_seconds = 86'400;

class Planner {
 public:
  Planner(SearchPlan& plan, SearchScope const& scope) : plan_(plan), scope_(scope) {}

  SearchTest test_of(SearchKey const& key) {
    SearchTest out;
    out.op = key.op;
    switch (key.op) {
      case SearchOp::all:
        out.op = SearchOp::all_of;
        break;
      case SearchOp::all_of:
      case SearchOp::any_of:
      case SearchOp::none_of:
        tests(key, out);
        break;
      case SearchOp::sequence:
        out.uids = numbered(key.set);
        break;
      case SearchOp::uid:
        out.uids = named(key.set);
        break;
      case SearchOp::recent:
        out.uids = scope_.recent;
        break;
      case SearchOp::flag:
        flag(key, out);
        break;
      case SearchOp::before:
      case SearchOp::on:
      case SearchOp::since:
        days(key, SearchOp::on, day_seconds, out);
        break;
      case SearchOp::sent_before:
      case SearchOp::sent_on:
      case SearchOp::sent_since:
        days(key, SearchOp::sent_on, 1, out);
        out.cost = SearchCost::facts;
        break;
      case SearchOp::from:
        field(key, "From", out);
        break;
      case SearchOp::to:
        field(key, "To", out);
        break;
      case SearchOp::cc:
        field(key, "Cc", out);
        break;
      case SearchOp::bcc:
        field(key, "Bcc", out);
        break;
      case SearchOp::subject:
        subject(key, out);
        break;
      case SearchOp::header:
        field(key, key.field, out);
        break;
      case SearchOp::body:
      case SearchOp::text:
        text(key, out);
        break;
      case SearchOp::larger:
      case SearchOp::smaller:
        out.size = key.size;
        break;
      case SearchOp::modseq:
        out.modseq = key.modseq;
        break;
    }
    return out;
  }

 private:
  // Numbers nobody has mean nothing here (RFC 9051, 6.4.4 makes no error of them).
  UidSet numbered(SequenceSet const& set) const {
    View const& view = scope_.view;
    if (set.saved) return scope_.saved.intersection(view.uids());
    return view.uids_of(set.resolve(SeqNum(view.exists())));
  }
  UidSet named(SequenceSet const& set) const {
    if (set.saved) return scope_.saved;
    return set.resolve(scope_.view.last_uid());
  }

  void tests(SearchKey const& key, SearchTest& out) {
    for (SearchKey const& part : key.keys) out.tests.push_back(test_of(part));
    std::stable_sort(out.tests.begin(), out.tests.end(),
                     [](SearchTest const& a, SearchTest const& b) { return a.cost < b.cost; });
    if (!out.tests.empty()) out.cost = out.tests.back().cost;
  }

  void flag(SearchKey const& key, SearchTest& out) const {
    auto bits = find_flag_bits(key.flag, scope_.keywords);
    if (bits)
      out.flags = *bits;
    else
      out.op = SearchOp::any_of;  // a keyword no message of this mailbox has
  }

  static void days(SearchKey const& key, SearchOp op, std::int64_t unit, SearchTest& out) {
    std::int64_t day = key.day.time_since_epoch().count();
    bool before = key.op == SearchOp::before || key.op == SearchOp::sent_before;
    bool since = key.op == SearchOp::since || key.op == SearchOp::sent_since;
    out.op = op;
    if (!before) out.from = day * unit;
    if (!since) out.until = (before ? day : day + 1) * unit;
  }

  void field(SearchKey const& key, std::string_view name, SearchTest& out) {
    out.op = SearchOp::header;
    out.cost = SearchCost::header;
    out.field = name;
    out.needle = plan_.needles.size();
    plan_.needles.emplace_back(key.text);
  }

  // The subject is among the facts, but not whether there was one at all.
  void subject(SearchKey const& key, SearchTest& out) {
    field(key, "Subject", out);
    if (plan_.needles.back().empty()) return;
    out.op = SearchOp::subject;
    out.cost = SearchCost::facts;
  }

  void text(SearchKey const& key, SearchTest& out) {
    mail::Needle needle(key.text);
    if (needle.empty()) {
      out.op = SearchOp::all_of;
      return;
    }
    out.cost = SearchCost::body;
    out.needle = plan_.texts.size();
    if (key.op == SearchOp::text && out.needle < mail::TextSearch::most_needles)
      plan_.in_headers |= mail::TextSearch::Mask{1} << out.needle;
    plan_.texts.push_back(std::move(needle));
  }

  SearchPlan& plan_;
  SearchScope const& scope_;
};

bool names_messages(SearchTest const& test) {
  return test.op == SearchOp::sequence || test.op == SearchOp::uid || test.op == SearchOp::recent;
}

// Sets that must hold beside everything else need not be asked message by message.
void narrow(SearchPlan& plan) {
  SearchTest& top = plan.test;
  if (names_messages(top)) {
    plan.candidates = plan.candidates.intersection(top.uids);
    top = SearchTest{};
  }
  if (top.op != SearchOp::all_of) return;
  for (SearchTest const& test : top.tests)
    if (names_messages(test)) plan.candidates = plan.candidates.intersection(test.uids);
  std::erase_if(top.tests, names_messages);
}

}  // namespace

Result<SearchPlan> make_search_plan(SearchKey const& key, SearchScope const& scope) {
  SearchPlan plan;
  plan.test = Planner(plan, scope).test_of(key);
  if (plan.texts.size() > mail::TextSearch::most_needles)
    return fail(Errc::limit, "Too many BODY and TEXT keys in one search");
  if (plan.needles.size() > max_header_keys) return fail(Errc::limit, "Too many header keys in one search");
  plan.candidates = scope.view.uids();
  narrow(plan);
  return plan;
}

}  // namespace mc::imap
